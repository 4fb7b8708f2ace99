import Foundation
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

    @Test("every item is done once, also by threads that fell asleep between the loops")
    func sleepers() {
        let pool = ComputePool(threads: 3)
        for pause in [0, 0.0001, 0.001, 0.0011, 0.005, 0.02] {
            for _ in 0..<20 {
                let sum = Atomic(0)
                pool.forEach(50) { item, _ in sum.add(item, ordering: .relaxed) }
                #expect(sum.load(ordering: .relaxed) == 1225)
                Thread.sleep(forTimeInterval: pause)
            }
        }
    }

    @Test("what the items wrote can be read after the loop, many times over")
    func visibility() {
        let pool = ComputePool(threads: 4)
        let buffer = AlignedBuffer(count: 64)
        for round in 0..<5000 {
            pool.forEach(64) { item, _ in buffer.base[item] = Float(round + item) }
            #expect((0..<64).allSatisfy { buffer.base[$0] == Float(round + $0) })
        }
    }

    @Test("threads that wait for a slow caller do not keep it from its items")
    func unevenItems() {
        let pool = ComputePool(threads: 2)
        let slow = Atomic(0)
        pool.forEach(4) { item, _ in
            if item == 0 { Thread.sleep(forTimeInterval: 0.02) }
            slow.add(1, ordering: .relaxed)
        }
        #expect(slow.load(ordering: .relaxed) == 4)
    }

    @Test("a pool that nobody uses takes no processor time")
    func idle() async {
        await #expect(processExitsWith: .success) {
            let pool = ComputePool(threads: 4)
            pool.forEach(100) { _, _ in }
            try await Task.sleep(for: .milliseconds(100))
            let before = clock()
            try await Task.sleep(for: .milliseconds(500))
            let seconds = Double(clock() - before) / Double(CLOCKS_PER_SEC)
            pool.forEach(100) { _, _ in }
            precondition(seconds < 0.02, "an idle pool took \(seconds) s of processor time")
        }
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
