import DICOMImaging
import Geometry
import Imaging

/// A finding as the queue and `--json` show it.
public struct FindingSummary: Sendable, Hashable, Codable {
    /// Its segment number in the SEG, from 1.
    public let segment: Int
    public let label: String
    public let volumeML: Double
    public let longAxisMM: Double
    /// x, y, z in mm, LPS.
    public let centroidMM: [Double]
    /// nil where every voxel is padding.
    public let meanIntensity: Double?
    /// `HU`, `Bq/mL` or `arbitrary`.
    public let unit: String
    /// The network's greatest probability: uncalibrated.
    public let score: Double

    private enum CodingKeys: String, CodingKey {
        case segment, label, unit, score
        case volumeML = "volume_ml"
        case longAxisMM = "long_axis_mm"
        case centroidMM = "centroid_mm"
        case meanIntensity = "mean_intensity"
    }

    init(_ finding: MeasuredFinding, unit: IntensityUnit) {
        let measurements = finding.measurements
        segment = finding.segmentNumber
        label = finding.segment.label
        volumeML = measurements.volumeML
        longAxisMM = measurements.longAxisMM
        centroidMM = [measurements.centroid.x, measurements.centroid.y, measurements.centroid.z]
        meanIntensity = measurements.intensity?.mean
        self.unit = unit.symbol
        score = finding.score
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(segment, forKey: .segment)
        try container.encode(label, forKey: .label)
        try container.encode(volumeML, forKey: .volumeML)
        try container.encode(longAxisMM, forKey: .longAxisMM)
        try container.encode(centroidMM, forKey: .centroidMM)
        // Null, not absent: every finding has the same keys.
        try container.encode(meanIntensity, forKey: .meanIntensity)
        try container.encode(unit, forKey: .unit)
        try container.encode(score, forKey: .score)
    }
}

extension IntensityUnit {
    var symbol: String {
        switch self {
        case .hounsfield: "HU"
        case .becquerelsPerML: "Bq/mL"
        case .arbitrary: "arbitrary"
        }
    }
}
