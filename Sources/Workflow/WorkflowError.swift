/// Why a series could not be processed, where no lower module says so.
public struct WorkflowError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case regionOfInterest
        case unknownModel
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
