public import Imaging

/// What distinguishes images by their intensities.
public enum ImageModality: String, Sendable, Hashable, Decodable, CaseIterable {
    case ct = "CT"
    case mr = "MR"
    case pt = "PT"

    /// Of its images.
    public var unit: IntensityUnit {
        switch self {
        case .ct: .hounsfield
        case .mr: .arbitrary
        case .pt: .becquerelsPerML
        }
    }

    /// The one whose images have this unit.
    init(_ unit: IntensityUnit) {
        self = Self.allCases.first { $0.unit == unit } ?? .mr
    }
}
