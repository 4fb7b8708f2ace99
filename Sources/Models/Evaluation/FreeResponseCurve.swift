/// Recall over false positives per scan (FROC), as the score above which a finding counts is lowered: a step curve
/// through the origin.
public struct FreeResponseCurve: Sendable, Hashable, Codable {
    public struct Point: Sendable, Hashable, Codable {
        public let falsePositivesPerScan: Double
        public let recall: Double
    }

    /// One for each lesion that was found, the best score first; at least one lesion is needed, else there is none.
    public let points: [Point]

    public init(_ cases: [CaseEvaluation]) {
        let lesionCount = cases.reduce(0) { $0 + $1.lesions.count }
        let found = cases.flatMap { $0.lesions.compactMap(\.score) }.sorted(by: >)
        let falsePositives = cases.flatMap(\.falsePositives)
        points = found.enumerated().map { position, score in
            let falseCount = falsePositives.count { $0 >= score }
            return Point(
                falsePositivesPerScan: Double(falseCount) / Double(cases.count),
                recall: Double(position + 1) / Double(lesionCount))
        }
    }

    /// The mean of the recall at 0, 0.01, ... 5 false positives per scan (LowRes's average recall).
    public var averageRecall: Double {
        let recalls = (0...500).map { step in recall(atMost: Double(step) / 100) }
        return recalls.reduce(0, +) / Double(recalls.count)
    }

    private func recall(atMost rate: Double) -> Double {
        points.last { $0.falsePositivesPerScan <= rate }?.recall ?? 0
    }
}
