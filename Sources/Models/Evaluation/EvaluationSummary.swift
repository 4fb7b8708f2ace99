internal import Imaging

/// The figures of several cases together.
public struct EvaluationSummary: Sendable, Hashable, Codable {
    /// Lesions by the diameter of the sphere of equal volume.
    public struct SizeClass: Sendable, Hashable, Codable {
        public let fromMM: Double
        /// Exclusive; nil for the largest.
        public let toMM: Double?
        public let lesions: Int
        public let found: Int
    }

    public struct Detection: Sendable, Hashable, Codable {
        public let lesions: Int
        public let recall: Double
        public let averageRecall: Double
        public let falsePositivesPerScan: Double
        /// The mean Dice of the lesions that were found; nil if none was.
        public let objectDice: Double?
        public let bySize: [SizeClass]
    }

    public let cases: Int
    public let meanDice: Double
    /// The mean of |found - true|.
    public let meanVolumeErrorML: Double
    /// Over the cases where both are not empty.
    public let meanSurfaceDistanceMM: Double?
    /// nil where the truth holds no lesion, or the model's result is one region.
    public let detection: Detection?

    private static let sizesMM: [(from: Double, to: Double?)] = [(0, 6), (6, 10), (10, nil)]

    /// - Parameter cases: at least one.
    public init(_ cases: [CaseEvaluation]) {
        precondition(!cases.isEmpty, "a summary of nothing")
        self.cases = cases.count
        meanDice = Self.mean(cases.map(\.dice)) ?? 0
        meanVolumeErrorML = Self.mean(cases.map { abs($0.foundML - $0.truthML) }) ?? 0
        meanSurfaceDistanceMM = Self.mean(cases.compactMap { $0.surface?.meanMM })
        detection = Self.detection(cases)
    }

    private static func detection(_ cases: [CaseEvaluation]) -> Detection? {
        let lesions = cases.flatMap(\.lesions)
        guard !lesions.isEmpty else { return nil }
        let dices = lesions.compactMap(\.dice)
        let falsePositives = cases.reduce(0) { $0 + $1.falsePositives.count }
        return Detection(
            lesions: lesions.count, recall: Double(dices.count) / Double(lesions.count),
            averageRecall: FreeResponseCurve(cases).averageRecall,
            falsePositivesPerScan: Double(falsePositives) / Double(cases.count), objectDice: mean(dices),
            bySize: sizesMM.map { from, to in
                let sized = lesions.filter { $0.diameterMM >= from && $0.diameterMM < to ?? .infinity }
                return SizeClass(fromMM: from, toMM: to, lesions: sized.count, found: sized.count { $0.dice != nil })
            })
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
