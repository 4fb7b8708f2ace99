import DICOMCore
import DICOMImaging
import Imaging
import Models

/// A finding on the slices of the source, measured and named.
struct MeasuredFinding {
    let segmentNumber: Int
    let segment: SegmentDescription
    let measurements: RegionMeasurements
    let score: Double

    var reported: ReportedFinding {
        ReportedFinding(segment: segment, segmentNumber: segmentNumber, measurements: measurements, score: score)
    }
}

extension SegmentDescription {
    /// - Parameters:
    ///   - number: the segment's, from 1.
    ///   - side: of a paired organ.
    init(_ finding: Finding, number: Int, isInstance: Bool, side: LungSide?, identity: ResultIdentity) {
        let definition = finding.definition
        let label = isInstance ? "\(definition.label) \(number)" : definition.label
        let color = definition.color
        self.init(
            label: label, category: definition.category, type: definition.type,
            colour: RGBColour(red: color[0], green: color[1], blue: color[2]), trackingIdentifier: label,
            trackingUID: identity.trackingUID(segment: number))
        region = definition.region
        regionModifier = side?.code
    }
}

extension LungSide {
    /// CID 244, Laterality.
    var code: CodedEntry {
        switch self {
        case .left: CodedEntry("7771000", "SCT", "Left")
        case .right: CodedEntry("24028007", "SCT", "Right")
        }
    }
}
