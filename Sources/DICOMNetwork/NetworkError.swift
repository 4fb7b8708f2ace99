/// Why an association could not be made, or ended before its work was done.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The TCP connection cannot be made.
        case connectionRefused
        case unknownHost
        case timeout
        /// A-ASSOCIATE-RJ.
        case rejected(AssociationRejection)
        /// A-ABORT of the peer.
        case aborted
        case connectionLost
        /// The peer takes no presentation context that fits the object.
        case noAcceptedContext
        /// The file to be sent cannot be read or is not a Part 10 file.
        case unreadableFile
        /// The peer does not follow PS3.7 or PS3.8, or is no DICOM node.
        case protocolViolation
        /// The port is taken, or the address is not ours.
        case cannotListen
        case internalFailure
    }

    public let code: Code
    /// What to do about it.
    public let message: String
    /// What the system or DCMTK says.
    public let cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The same attempt may succeed later without anybody changing a configuration or a file.
    public var isTransient: Bool {
        switch code {
        case .connectionRefused, .unknownHost, .timeout, .aborted, .connectionLost: true
        case .rejected(let rejection): rejection.result == .rejectedTransient
        case .noAcceptedContext, .unreadableFile, .protocolViolation, .cannotListen, .internalFailure: false
        }
    }

    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
