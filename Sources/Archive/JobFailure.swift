/// How a run ended without an answer.
public enum JobFailure: Sendable, Equatable {
    /// May pass (no memory, a disk that is full): tried again a bounded number of times, with growing waits.
    case transient(String)
    /// Will not pass.
    case permanent(String)

    var reason: String {
        switch self {
        case .transient(let reason), .permanent(let reason): reason
        }
    }
}
