/// What is known about a series besides silence, and whether it is enough to end the wait (the reason is stored and
/// shown).
///
/// Half a stack is gapless too, and an association may carry a part of a series: neither ends the wait without an
/// expected number of images or a sender that is known to deliver a whole series in one association.
public struct CompletenessEvidence: Sendable, Hashable {
    public enum Verdict: Sendable, Hashable {
        case complete(reason: String)
        case wait(reason: String)
    }

    /// Images received; of multi-frame objects every frame.
    public var imageCount: Int
    /// ImagesInAcquisition (0020,1002), where the headers agree on it.
    public var expectedCount: Int?
    public var isGapless: Bool
    /// Whether the association that delivered the latest image was released in order.
    public var wasReleased: Bool
    public var senderDeliversSeriesInOneAssociation: Bool

    public init(
        imageCount: Int, expectedCount: Int?, isGapless: Bool, wasReleased: Bool,
        senderDeliversSeriesInOneAssociation: Bool
    ) {
        self.imageCount = imageCount
        self.expectedCount = expectedCount
        self.isGapless = isGapless
        self.wasReleased = wasReleased
        self.senderDeliversSeriesInOneAssociation = senderDeliversSeriesInOneAssociation
    }

    public var verdict: Verdict {
        guard wasReleased else { return .wait(reason: "the association was not released") }
        guard isGapless else { return .wait(reason: "the stack has gaps") }
        if let expectedCount {
            return imageCount == expectedCount
                ? .complete(reason: "all \(imageCount) expected images are here, without gaps, association released")
                : .wait(reason: "\(imageCount) of \(expectedCount) expected images are here")
        }
        return senderDeliversSeriesInOneAssociation
            ? .complete(reason: "\(imageCount) images without gaps, association released by a sender of whole series")
            : .wait(reason: "no expected number of images is known")
    }
}
