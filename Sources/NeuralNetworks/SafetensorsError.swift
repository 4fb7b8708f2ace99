/// Why a safetensors file is refused, or not written.
public struct SafetensorsError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// The file cannot be opened or mapped.
        case unreadable
        /// The header is not what the format says, or the file is shorter or longer than the header says.
        case malformed
        /// A tensor's type is neither F32 nor F16.
        case unsupportedType
        /// A tensor's bytes overlap another's, leave a gap, or do not fit its shape.
        case inconsistent
        /// A tensor that is asked for is not in the file.
        case missing
        case unwritable
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
