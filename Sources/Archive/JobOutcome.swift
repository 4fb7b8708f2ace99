/// The answer of a job.
public enum JobOutcome: String, Sendable, Codable, CaseIterable {
    case findings
    case nothingFound = "nothing_found"
    case notApplicable = "not_applicable"
    case refused
    case failed
}
