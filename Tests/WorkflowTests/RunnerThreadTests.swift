import Foundation
import Synchronization
import Testing
import Workflow

@Suite struct RunnerThreadTests {
    /// Counts passes and lets a test wait for them.
    final class Passes: Sendable {
        private let count = Mutex(0)
        private let signal = DispatchSemaphore(value: 0)

        func add() -> Int {
            defer { signal.signal() }
            return count.withLock {
                $0 += 1
                return $0
            }
        }

        func wait() -> Bool { signal.wait(timeout: .now() + 5) == .success }

        var total: Int { count.withLock(\.self) }
    }

    @Test("passes follow at once while there is more, then wait to be rung") func ringing() {
        let passes = Passes()
        let thread = RunnerThread(name: "test", intervalSeconds: 3600) { passes.add() < 3 }
        thread.start()
        #expect((0..<3).allSatisfy { _ in passes.wait() })
        thread.ring()
        #expect(passes.wait())
        thread.stop()
        #expect(thread.join(timeoutSeconds: 5))
        #expect(passes.total == 4)
    }

    @Test("a thread that was never started need not be waited for") func unstarted() {
        #expect(RunnerThread(name: "test", intervalSeconds: 1) { false }.join(timeoutSeconds: 0))
    }

    @Test("a pass under way is waited for no longer than asked") func slow() {
        let release = DispatchSemaphore(value: 0)
        let passes = Passes()
        let thread = RunnerThread(name: "test", intervalSeconds: 3600) {
            _ = passes.add()
            release.wait()
            return false
        }
        thread.start()
        #expect(passes.wait())
        thread.stop()
        #expect(!thread.join(timeoutSeconds: 0.05))
        release.signal()
        #expect(thread.join(timeoutSeconds: 5))
    }
}
