/// Why an object was kept apart.
public enum QuarantineReason: String, Sendable, Codable, CaseIterable {
    /// The SOP Instance UID is known with other bytes.
    case differentContent
    /// The SOP Instance UID is known in another series or study.
    case differentSeries
    /// Found at start-up in the store without a row; it was never acknowledged under this database.
    case orphan
}
