import Models
import Testing

@Suite struct BlockCostsTests {
    static let work = BlockCosts(
        multiplyAccumulates: [.block(0): 10, .block(1): 20, .block(2): 30, .block(3): 40, .rest: 50, .policy: 5])

    /// Four blocks of 1, 2, 3 and 4 seconds, 5 for the rest.
    static let costs = {
        var costs = work
        costs.record([.policy: 0.5])
        return costs
    }()

    @Test("blocks are computed in the order of their probability as long as they fit, but half of them always")
    func budget() {
        let keep: [Float] = [0.6, 0.9, 0.7, 0.2]
        func blocks(_ seconds: Double) -> [Bool] { Self.costs.blocks(keepProbabilities: keep, within: seconds) }
        #expect(blocks(100) == [true, true, true, true])
        #expect(blocks(15) == [true, true, true, true])
        #expect(blocks(14.9) == [true, true, true, false])
        #expect(blocks(10.9) == [false, true, true, false])
        #expect(blocks(0) == [false, true, true, false])
        #expect(blocks(-1) == [false, true, true, false])
    }

    @Test("a cheap block may still fit where a dear one did not")
    func gaps() {
        let blocks = Self.costs.blocks(keepProbabilities: [0.1, 0.9, 0.8, 0.7], within: 11)
        #expect(blocks == [true, true, true, false])
    }

    @Test("of equal probabilities the first blocks are computed")
    func ties() {
        #expect(Self.costs.blocks(keepProbabilities: [0.5, 0.5, 0.5, 0.5], within: 0) == [true, true, false, false])
    }

    @Test("what was not measured follows from its work, and new times count as much as all before")
    func measuring() {
        #expect(Self.work.fullSeconds == 0)
        var costs = Self.work
        costs.record([.block(0): 2, .rest: 10])
        #expect(costs.seconds(.block(0)) == 2)
        #expect(costs.seconds(.block(3)) == 8)
        #expect(costs.fullSeconds == 30)
        costs.record([.block(0): 4])
        #expect(costs.seconds(.block(0)) == 3)
    }
}
