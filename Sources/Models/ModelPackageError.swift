/// Why a model package is refused.
public struct ModelPackageError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// A file is missing or cannot be read.
        case unreadable
        /// model.json is not what format 1 says.
        case manifest
        /// The weights' length or digest is not the manifest's.
        case digest
        /// The weights are damaged, or not those of the architecture.
        case weights
        /// The package is sound, but this version cannot run it.
        case unsupported
    }

    public let code: Code
    /// What is wrong where, and what can be done, for a user.
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
