import Synchronization
import Tensors
import Testing

@Suite struct ComputePoolTests {
    @Test("every item is done once, whatever the number of threads", arguments: [1, 2, 4, 7], [0, 1, 2, 3, 100, 1001])
    func everyItemOnce(threads: Int, count: Int) {
        let pool = ComputePool(threads: threads)
        for _ in 0..<20 {
            let done = Mutex([Int](repeating: 0, count: count))
            pool.forEach(count) { item, worker in
                precondition(worker < threads)
                done.withLock { $0[item] += 1 }
            }
            #expect(done.withLock { $0.allSatisfy { $0 == 1 } })
        }
    }

    @Test("no two calls with the same worker overlap")
    func workersAreExclusive() {
        let pool = ComputePool(threads: 4)
        let busy = Mutex([Bool](repeating: false, count: 4))
        let clashes = Atomic(0)
        pool.forEach(2000) { _, worker in
            let wasBusy = busy.withLock { state in
                defer { state[worker] = true }
                return state[worker]
            }
            if wasBusy { clashes.add(1, ordering: .relaxed) }
            busy.withLock { $0[worker] = false }
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
    }

    @Test("pools of one thread may be used inside of a loop")
    func nestedSingleThread() {
        let outer = ComputePool(threads: 2), inner = ComputePool(threads: 1)
        let sum = Atomic(0)
        outer.forEach(10) { item, _ in inner.forEach(10) { sum.add($0 * 0 + item + $1, ordering: .relaxed) } }
        #expect(sum.load(ordering: .relaxed) == 450)
    }

    @Test("a pool without threads is a mistake of ours")
    func noThreads() async {
        await #expect(processExitsWith: .failure) { _ = ComputePool(threads: 0) }
    }
}
