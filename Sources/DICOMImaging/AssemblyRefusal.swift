/// Why a series does not become a volume.
public struct AssemblyRefusal: Error, Sendable, CustomStringConvertible {
    public let message: AssemblyMessage
    /// What was noticed before the refusal.
    public let notes: [AssemblyMessage]
    /// What the refused series is, for the report of the refusal; nil where that is not known or must not be told.
    public let source: SourceSeries?

    public init(_ message: AssemblyMessage, notes: [AssemblyMessage] = [], source: SourceSeries? = nil) {
        self.message = message
        self.notes = notes
        self.source = source
    }

    public var code: AssemblyCode { message.code }

    public var disposition: Disposition {
        switch code {
        case .inconsistentIdentity: .answerNobody
        case .onlyLocalizers, .derivedImages, .noImages: .notEligible
        default: .refused
        }
    }

    public var description: String { message.description }

    /// Who hears of it.
    public enum Disposition: Sendable {
        /// The queue and the destination.
        case refused
        /// The queue only: scouts, reformats and other objects that nobody expects an answer for.
        case notEligible
        /// The queue only, since any object sent would be filed under the wrong patient.
        case answerNobody
    }
}
