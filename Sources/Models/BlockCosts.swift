/// What AutoPath's parts cost for one window, in seconds: measured, or until they have been, by their work at the speed
/// of what was measured.
package struct BlockCosts: Sendable {
    /// A part of the two networks.
    package enum Part: Sendable, Hashable {
        /// A residual function of the backbone, by its number.
        case block(Int)
        /// What no path drops: stem, projections, pyramid, decoder.
        case rest
        case policy
    }

    /// Multiply-accumulates.
    private let work: [Part: Int]
    private var measured: [Part: Double] = [:]

    package init(multiplyAccumulates work: [Part: Int]) {
        self.work = work
    }

    /// Takes in how long parts took: the mean of what was known and this, so that old times fade.
    package mutating func record(_ seconds: [Part: Double]) {
        measured.merge(seconds) { ($0 + $1) / 2 }
    }

    /// Zero while nothing was measured.
    package func seconds(_ part: Part) -> Double {
        if let known = measured[part] { return known }
        let workMeasured = measured.keys.reduce(0) { $0 + (work[$1] ?? 0) }
        guard workMeasured > 0 else { return 0 }
        return Double(work[part] ?? 0) * measured.values.reduce(0, +) / Double(workMeasured)
    }

    /// A window with all blocks, without the policy network.
    package var fullSeconds: Double {
        work.keys.filter { $0 != .policy }.reduce(0) { $0 + seconds($1) }
    }

    /// As many blocks as fit, those first that the policy network would rather keep; at least half of them: beyond
    /// that the published networks break down (methods: drop-last on R50).
    package func blocks(keepProbabilities: [Float], within availableSeconds: Double) -> [Bool] {
        let order = keepProbabilities.indices.sorted {
            (-keepProbabilities[$0], $0) < (-keepProbabilities[$1], $1)
        }
        var blocks = keepProbabilities.map { _ in false }
        var left = availableSeconds - seconds(.rest)
        for (rank, block) in order.enumerated() {
            let cost = seconds(.block(block))
            guard cost <= left || rank < (order.count + 1) / 2 else { continue }
            blocks[block] = true
            left -= cost
        }
        return blocks
    }
}
