/// What AutoPath computed for an image so far.
struct BlockRecord {
    private(set) var windows: [BlockUsage.Window] = []
    private var multiplyAccumulates = 0
    private var seconds = 0.0

    mutating func add(_ window: BlockUsage.Window) { windows.append(window) }

    /// Takes in a run of one of the two networks.
    mutating func add(multiplyAccumulates: Int, seconds: Double) {
        self.multiplyAccumulates += multiplyAccumulates
        self.seconds += seconds
    }

    /// - Parameters:
    ///   - fullMultiplyAccumulates: of one window of the full network, without a policy network.
    ///   - fullSeconds: likewise.
    func usage(strategy: String, fullMultiplyAccumulates: Int, fullSeconds: Double) -> BlockUsage {
        let fullWork = Double(windows.count) * Double(fullMultiplyAccumulates)
        let fullTime = Double(windows.count) * fullSeconds
        return BlockUsage(
            strategy: strategy, windows: windows, estimatedSaving: 1 - Double(multiplyAccumulates) / fullWork,
            measuredSaving: fullTime > 0 ? 1 - seconds / fullTime : 0)
    }
}
