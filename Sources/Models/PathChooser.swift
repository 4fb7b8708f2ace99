/// Chooses AutoPath's blocks, window by window.
struct PathChooser {
    private enum Mode {
        case strategy(PathStrategy)
        case budget(seconds: Double)
    }

    private let mode: Mode
    private let blockCount: Int
    /// A budget without a policy network has no effect.
    private let budgetIsIgnored: Bool

    /// - Throws: `SegmentationError` (`effort`) if the path does not fit the network.
    init(_ effort: Effort, blockCount: Int, hasPolicy: Bool) throws(SegmentationError) {
        self.blockCount = blockCount
        budgetIsIgnored = effort.path == nil && effort.budgetSeconds != nil && !hasPolicy
        if effort.path == nil, hasPolicy, let seconds = effort.budgetSeconds {
            mode = .budget(seconds: seconds)
        } else {
            let strategy = effort.path ?? (hasPolicy ? .policy : .full)
            if let problem = strategy.problem(blockCount: blockCount, hasPolicy: hasPolicy) {
                throw SegmentationError(.effort, problem)
            }
            mode = .strategy(strategy)
        }
    }

    var name: String {
        switch mode {
        case .strategy(let strategy): "\(strategy)"
        case .budget: "budget"
        }
    }

    var asksPolicy: Bool {
        switch mode {
        case .strategy(let strategy): strategy == .policy
        case .budget: true
        }
    }

    /// The blocks that are computed.
    /// - Parameters:
    ///   - elapsedSeconds: since the run began.
    ///   - windowsLeft: this one included.
    func path(
        window: Int, keepProbabilities: [Float], costs: BlockCosts, elapsedSeconds: Double, windowsLeft: Int
    ) -> [Bool] {
        switch mode {
        case .strategy(let strategy):
            return strategy.blocks(count: blockCount, window: window, keepProbabilities: keepProbabilities)
        case .budget(let seconds):
            // The policy network must still look at the other windows.
            let available = seconds - elapsedSeconds - Double(windowsLeft - 1) * costs.seconds(.policy)
            return costs.blocks(keepProbabilities: keepProbabilities, within: available / Double(windowsLeft))
        }
    }

    /// What the user should know about the choice.
    func messages(_ windows: [BlockUsage.Window], elapsedSeconds: Double) -> [String] {
        guard case .budget(let seconds) = mode else {
            return budgetIsIgnored ? ["The model has no policy network, so that the time budget has no effect."] : []
        }
        let hasDroppedWanted = windows.contains { window in
            zip(window.isComputed, window.keepProbabilities).contains { !$0 && $1 >= 0.5 }
        }
        var messages: [String] = []
        if hasDroppedWanted {
            messages.append("Blocks that the policy network would keep were dropped to meet the time budget.")
        }
        if elapsedSeconds > seconds { messages.append("The time budget of \(seconds) s was not met.") }
        return messages
    }
}
