import Foundation
import ServiceLifecycle

/// A service that works on threads of its own: started, then stopped when the group shuts down, both off the
/// cooperative pool.
struct BlockingService: Service, CustomStringConvertible {
    let description: String
    let start: @Sendable () throws -> Void
    /// Blocks until the work has ended, or as long as the drain may take.
    let stop: @Sendable () -> Void

    func run() async throws {
        try await Self.onOwnThread(start)
        // Cancellation, too, ends the wait.
        try? await gracefulShutdown()
        try await Self.onOwnThread(stop)
    }

    static func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
        }
    }
}
