/// One true lesion, and what was found of it.
public struct LesionScore: Sendable, Hashable, Codable {
    /// Of the sphere of equal volume.
    public let diameterMM: Double
    /// The greatest score of the findings that touch it; nil where it was missed.
    public let score: Double?
    /// Dice with the finding that overlaps it best; nil where it was missed.
    public let dice: Double?
}
