public import DICOMCore

/// Which series of a study and frame of reference a pipeline processes: the best eligible one.
///
/// A study floods a node with scouts, reformats and several reconstructions of the same acquisition; one answer is
/// wanted.
public struct SeriesSelection: Sendable, Hashable {
    public let chosen: SeriesInstanceUID?
    /// Why each other series is not processed; names the chosen one.
    public let reasons: [SeriesInstanceUID: String]

    /// One line of the table: what is compared, and which of two candidates it prefers.
    private struct Criterion {
        /// Says why a series lost: "the chosen one ...".
        let advantage: String
        /// Smaller is better.
        let rank: (SeriesCandidate) -> Double
    }

    /// The rules, the most important first.
    private static func criteria(preferredKernels: [TextPattern]) -> [Criterion] {
        [
            Criterion(advantage: "is original", rank: { $0.isOriginal ? 0 : 1 }),
            // A tilted gantry is axial all the same, so steps of 35 degrees.
            Criterion(
                advantage: "is closer to axial", rank: { (($0.shape?.axialDeviationDegrees ?? 90) / 35).rounded(.down) }
            ),
            Criterion(advantage: "is a complete stack", rank: { $0.shape?.isGapless ?? false ? 0 : 1 }),
            Criterion(advantage: "is thinner", rank: { (($0.shape?.spacingMM ?? 1000) * 20).rounded() }),
            Criterion(advantage: "has a preferred kernel", rank: { Double(kernelRank($0.kernel, preferredKernels)) }),
            Criterion(advantage: "covers more", rank: { -($0.shape?.coverageMM ?? 0).rounded() }),
            Criterion(advantage: "has more images", rank: { -Double($0.imageCount) }),
            Criterion(advantage: "comes first", rank: { Double($0.seriesNumber ?? Int(Int32.max)) }),
        ]
    }

    /// - Parameters:
    ///   - candidates: all closed series of one study and frame of reference that match the pipeline.
    ///   - preferredKernels: regular expressions, the most preferred first.
    public init(_ candidates: [SeriesCandidate], preferredKernels: [String] = []) {
        let criteria = Self.criteria(preferredKernels: preferredKernels.compactMap(TextPattern.init))
        let eligible = candidates.filter { $0.ineligibility == nil }
        let best = eligible.min { Self.firstDifference($0, $1, criteria)?.leftIsBetter ?? Self.uidOrder($0, $1) }
        var reasons: [SeriesInstanceUID: String] = [:]
        for candidate in candidates where candidate != best {
            reasons[candidate.seriesInstanceUID] = Self.reason(against: candidate, best: best, criteria)
        }
        chosen = best?.seriesInstanceUID
        self.reasons = reasons
    }

    private static func firstDifference(
        _ left: SeriesCandidate, _ right: SeriesCandidate, _ criteria: [Criterion]
    ) -> (leftIsBetter: Bool, advantage: String)? {
        for criterion in criteria {
            let (leftRank, rightRank) = (criterion.rank(left), criterion.rank(right))
            if leftRank != rightRank { return (leftRank < rightRank, criterion.advantage) }
        }
        return nil
    }

    private static func uidOrder(_ left: SeriesCandidate, _ right: SeriesCandidate) -> Bool {
        left.seriesInstanceUID < right.seriesInstanceUID
    }

    private static func reason(against loser: SeriesCandidate, best: SeriesCandidate?, _ criteria: [Criterion])
        -> String
    {
        let chosen = best.map { "; series \($0.seriesInstanceUID) was chosen" } ?? ""
        if let ineligibility = loser.ineligibility { return "the series holds \(ineligibility)\(chosen)" }
        guard let best else { return "no series is eligible" }
        let advantage = firstDifference(best, loser, criteria)?.advantage ?? "is equal and comes first"
        return "series \(best.seriesInstanceUID) was chosen: it \(advantage)"
    }

    private static func kernelRank(_ kernel: String, _ preferred: [TextPattern]) -> Int {
        preferred.firstIndex { $0.isFound(in: kernel) } ?? preferred.count
    }
}
