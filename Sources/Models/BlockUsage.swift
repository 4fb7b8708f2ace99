/// Which residual blocks of AutoPath's backbone were computed for an image, and what that saved.
public struct BlockUsage: Sendable, Hashable, Codable {
    /// A window of the image.
    public struct Window: Sendable, Hashable, Codable {
        /// In slices of the resampled image.
        public let firstSlice: Int
        /// For each block, in order.
        public let isComputed: [Bool]
        /// What the policy network says; empty where it was not asked.
        public let keepProbabilities: [Float]

        public init(firstSlice: Int, isComputed: [Bool], keepProbabilities: [Float]) {
            self.firstSlice = firstSlice
            self.isComputed = isComputed
            self.keepProbabilities = keepProbabilities
        }
    }

    /// What decided: a `PathStrategy`, or "budget".
    public let strategy: String
    public let windows: [Window]
    /// The share of the full network's multiply-accumulates that was saved; the policy network's own are counted
    /// against it. Negative if it cost more than it saved.
    public let estimatedSaving: Double
    /// The share of the time that the full network would have taken that was saved, by the measured time of each block
    /// (of one that was never computed here, by its work); the policy network's own is counted against it.
    public let measuredSaving: Double

    public init(strategy: String, windows: [Window], estimatedSaving: Double, measuredSaving: Double) {
        self.strategy = strategy
        self.windows = windows
        self.estimatedSaving = estimatedSaving
        self.measuredSaving = measuredSaving
    }

    public var blockCount: Int { windows.first?.isComputed.count ?? 0 }
    public var computedBlocks: Int { windows.reduce(0) { $0 + $1.isComputed.count(where: \.self) } }
    public var droppedBlocks: Int { windows.count * blockCount - computedBlocks }

    /// For each window a text of 1 (computed) and 0 (dropped).
    public var paths: [String] { windows.map { $0.isComputed.map { $0 ? "1" : "0" }.joined() } }

    /// For the user: "AutoPath computed 14 of 16 blocks in 2 windows (policy: 11011111 11110111), 17 % less work than
    /// the full network."
    public var sentence: String {
        let percent = Int((100 * estimatedSaving).rounded())
        let work = percent == 0 ? "as much work as" : "\(abs(percent)) % \(percent > 0 ? "less" : "more") work than"
        let places = windows.count == 1 ? "one window" : "\(windows.count) windows"
        return "AutoPath computed \(computedBlocks) of \(windows.count * blockCount) blocks in \(places) (\(strategy): "
            + "\(paths.joined(separator: " "))), \(work) the full network."
    }

    private enum CodingKeys: String, CodingKey {
        case strategy, windows
        case estimatedSaving = "estimated_saving"
        case measuredSaving = "measured_saving"
    }
}

extension BlockUsage.Window {
    private enum CodingKeys: String, CodingKey {
        case firstSlice = "first_slice"
        case isComputed = "is_computed"
        case keepProbabilities = "keep_probabilities"
    }
}
