/// Where a job stands.
public enum JobState: String, Sendable, Codable, CaseIterable {
    /// Not yet: until a time (a retry's backoff) or until the study's series have been chosen from.
    case waiting
    case ready
    /// Leased by a worker.
    case running
    /// Answered; the objects are on their way.
    case delivering
    /// Answered with findings, nothing found or not applicable, and delivered.
    case done
    /// The input was refused, and the answer saying so was delivered.
    case refused
    /// No answer, or an answer that could not be delivered.
    case failed
    case cancelled

    /// Nothing more happens by itself.
    public var isFinal: Bool { [.done, .refused, .failed, .cancelled].contains(self) }
}
