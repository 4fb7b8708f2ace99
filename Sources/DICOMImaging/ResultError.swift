/// Why a result object was not written.
public struct ResultError: Error, Sendable, CustomStringConvertible {
    public let code: Code
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message + (cause.map { ": \($0)" } ?? "") }

    /// Runs `body`; an error that is none of ours means that object `what` cannot be written.
    static func wrapping<Value>(_ what: String, _ body: () throws -> Value) throws(ResultError) -> Value {
        do {
            return try body()
        } catch let error as ResultError {
            throw error
        } catch {
            throw ResultError(.cannotWrite, "the \(what) cannot be written", cause: error)
        }
    }

    public enum Code: String, Sendable {
        /// The result cannot be expressed: no frame of reference, no segment with voxels, labels on another grid.
        case notRepresentable
        /// The source's header cannot be read any more.
        case sourceUnreadable
        /// The file cannot be written.
        case cannotWrite
        /// The file, read again, is not what was to be written. It must not leave this machine.
        case verificationFailed
    }
}
