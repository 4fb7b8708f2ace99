import Models
import Testing

@Suite struct PathStrategyTests {
    @Test("every form of the text is understood, and written back")
    func text() {
        let forms: [(String, PathStrategy)] = [
            ("full", .full), ("policy", .policy), ("first:2", .dropFirst(2)), ("last:0", .dropLast(0)),
            ("random:3", .dropRandom(3)), ("1,1,0,1", .explicit([true, true, false, true])), ("0", .explicit([false]))
        ]
        for (text, strategy) in forms {
            #expect(PathStrategy(text) == strategy)
            #expect(strategy.description == text)
        }
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "all", "first", "first:", "first:-1", "first:x", "first:1:2", "1,2", "1,,0", ",", "1 0", "policy:1"
        ])
    func nonsense(text: String) {
        #expect(PathStrategy(text) == nil)
    }

    @Test("the blocks that are computed")
    func blocks() {
        let probabilities: [Float] = [0.9, 0.5, 0.49, 0.1]
        func blocks(_ strategy: PathStrategy) -> [Bool] {
            strategy.blocks(count: 4, window: 0, keepProbabilities: probabilities)
        }
        #expect(blocks(.full) == [true, true, true, true])
        #expect(blocks(.policy) == [true, true, false, false])
        #expect(blocks(.dropFirst(1)) == [false, true, true, true])
        #expect(blocks(.dropLast(3)) == [true, false, false, false])
        #expect(blocks(.explicit([false, true, false, true])) == [false, true, false, true])
        #expect(blocks(.dropFirst(4)) == [false, false, false, false])
    }

    @Test("random paths drop as many as they say, are the same in every run, and differ between windows")
    func random() {
        func path(_ window: Int) -> [Bool] {
            PathStrategy.dropRandom(6).blocks(count: 16, window: window, keepProbabilities: [])
        }
        for window in 0..<5 {
            #expect(path(window).count { !$0 } == 6)
            #expect(path(window) == path(window))
        }
        #expect(Set((0..<5).map(path)).count > 1)
    }

    @Test("what does not fit the network is told")
    func problems() {
        #expect(PathStrategy.full.problem(blockCount: 8, hasPolicy: false) == nil)
        #expect(PathStrategy.dropLast(8).problem(blockCount: 8, hasPolicy: false) == nil)
        #expect(PathStrategy.dropLast(9).problem(blockCount: 8, hasPolicy: true) != nil)
        #expect(PathStrategy.explicit([true]).problem(blockCount: 8, hasPolicy: true) != nil)
        #expect(PathStrategy.policy.problem(blockCount: 8, hasPolicy: true) == nil)
        #expect(PathStrategy.policy.problem(blockCount: 8, hasPolicy: false) == "The model has no policy network.")
    }
}
