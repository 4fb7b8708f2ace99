public import Geometry

/// A nodule that a chest phantom holds, as it was built.
public struct PhantomNodule: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Soft tissue, surrounded by lung.
        case solid
        /// Soft tissue with its base on the pleura.
        case pleural
        /// Soft tissue on a vessel.
        case vascular
        /// Denser than lung, thinner than soft tissue; vessels show through.
        case groundGlass
    }

    public let kind: Kind
    public let centre: PointMM
    /// The longest axis of the ellipsoid.
    public let diameterMM: Double
    /// What lies within the lung.
    public let volumeML: Double
    /// Its intensity before noise and partial volume.
    public let meanHU: Double
    public let side: LungSide
}
