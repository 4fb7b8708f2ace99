/// Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 §9.3.4, table 9-21).
public struct AssociationRejection: Hashable, Sendable, CustomStringConvertible {
    public enum Result: UInt8, Sendable {
        case rejectedPermanent = 1
        case rejectedTransient = 2
    }

    public enum Source: UInt8, Sendable {
        case serviceUser = 1
        case serviceProviderACSE = 2
        case serviceProviderPresentation = 3
    }

    public let result: Result
    public let source: Source
    /// The number of table 9-21, whose meaning depends on the source.
    public let reason: UInt8

    public init(_ result: Result, _ source: Source, reason: UInt8) {
        self.result = result
        self.source = source
        self.reason = reason
    }

    /// From the numbers of a peer; unknown ones are read as permanent, without reason.
    init(result: UInt8, source: UInt8, reason: UInt8) {
        self.result = Result(rawValue: result) ?? .rejectedPermanent
        self.source = Source(rawValue: source) ?? .serviceUser
        self.reason = reason
    }

    public static let noReasonGiven = Self(.rejectedPermanent, .serviceUser, reason: 1)
    public static let applicationContextNameNotSupported = Self(.rejectedPermanent, .serviceUser, reason: 2)
    public static let callingAETitleNotRecognized = Self(.rejectedPermanent, .serviceUser, reason: 3)
    public static let calledAETitleNotRecognized = Self(.rejectedPermanent, .serviceUser, reason: 7)
    /// Try again later: for example, the disk is nearly full.
    public static let temporaryCongestion = Self(.rejectedTransient, .serviceProviderPresentation, reason: 1)
    /// Try again later: too many associations.
    public static let localLimitExceeded = Self(.rejectedTransient, .serviceProviderPresentation, reason: 2)

    /// The words of table 9-21.
    public var description: String {
        let kind = result == .rejectedPermanent ? "rejected permanently" : "rejected for now"
        return "\(kind): \(reasonText)"
    }

    private var reasonText: String {
        switch (source, reason) {
        case (.serviceUser, 1), (.serviceProviderACSE, 1): "no reason given"
        case (.serviceUser, 2): "application context name not supported"
        case (.serviceUser, 3): "calling AE title not recognized"
        case (.serviceUser, 7): "called AE title not recognized"
        case (.serviceProviderACSE, 2): "protocol version not supported"
        case (.serviceProviderPresentation, 1): "temporary congestion"
        case (.serviceProviderPresentation, 2): "local limit exceeded"
        default: "reason \(reason) of source \(source.rawValue)"
        }
    }
}
