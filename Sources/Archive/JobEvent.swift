/// What can happen to a job.
public enum JobEvent: String, Sendable, Codable, CaseIterable {
    /// Its time has come, or it was chosen.
    case due
    case claimed
    /// The lease ran out, or the worker gave the job back.
    case released
    /// A failure that may pass.
    case postponed
    /// Results are stored and have somewhere to go.
    case answered
    case completed
    case refused
    case failed
    case cancelled
    /// Compute again, by hand.
    case retried
    /// Send the stored objects again, by hand.
    case redelivered
}
