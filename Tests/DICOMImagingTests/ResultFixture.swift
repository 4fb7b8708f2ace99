import DICOMCore
import DICOMImaging
import Foundation
import Geometry
import Imaging

/// A series with labelled boxes, and what is needed to write results about it.
struct ResultFixture {
    let series: AssembledSeries
    let labels: LabelMap
    let segments: [SegmentDescription]
    var context: ResultContext

    /// Boxes of voxels (lower and upper corner, the upper one exclusive), one for each segment.
    init(_ synthetic: SyntheticSeries = SyntheticSeries(), in directory: URL) throws {
        try self.init(
            SeriesAssembler().assemble(files: synthetic.write(to: directory.appending(path: "series"))),
            boxes: Self.boxes)
    }

    init(_ series: AssembledSeries, boxes: [VoxelBox]) throws {
        self.series = series
        var labels = LabelMap(geometry: series.grid.geometry)
        for (index, box) in boxes.enumerated() {
            for k in box.lower.k..<box.upper.k {
                for j in box.lower.j..<box.upper.j {
                    for i in box.lower.i..<box.upper.i {
                        labels.labels[labels.size.offset(VoxelIndex(i: i, j: j, k: k))] = UInt16(index + 1)
                    }
                }
            }
        }
        self.labels = labels
        let identity = ResultIdentity(
            instances: series.source.instances.map { (uid: $0.sopInstanceUID, digest: "") }, modelDigest: "m",
            parameters: "", executedPath: "test")
        context = ResultContext(
            source: series.source, identity: identity, equipment: Self.equipment,
            algorithm: AlgorithmDescription(name: "Test nodules", version: "1.0"),
            created: Date(timeIntervalSince1970: 1_800_000_000), timeZone: .gmt)
        segments = boxes.indices.map { Self.nodule($0 + 1, identity) }
    }

    static let boxes = [
        VoxelBox(lower: VoxelIndex(i: 3, j: 4, k: 2), upper: VoxelIndex(i: 12, j: 9, k: 7)),
        VoxelBox(lower: VoxelIndex(i: 30, j: 20, k: 11), upper: VoxelIndex(i: 33, j: 25, k: 12)),
    ]

    static let equipment = Equipment(
        manufacturer: "Fovea", modelName: "Fovea", deviceSerialNumber: "1", softwareVersions: "0.1",
        deviceUID: DeviceUID("1.2.840.99.7")!)

    static func nodule(_ number: Int, _ identity: ResultIdentity) -> SegmentDescription {
        var segment = SegmentDescription(
            label: "Nodule \(number)",
            category: CodedEntry("49755003", "SCT", "Morphologically Altered Structure"),
            type: CodedEntry("27925004", "SCT", "Nodule"),
            colour: RGBColour(red: 144, green: 238, blue: 144), trackingIdentifier: "Nodule \(number)",
            trackingUID: identity.trackingUID(segment: number))
        segment.region = CodedEntry("39607008", "SCT", "Lung")
        segment.regionModifier = CodedEntry("7771000", "SCT", "Left")
        return segment
    }

    var segmentation: SegmentationObject {
        SegmentationObject(context: context, grid: series.grid, labels: labels, segments: segments)
    }

    var findings: [ReportedFinding] {
        zip(segments, series.measure(labels)).enumerated().map { index, pair in
            ReportedFinding(segment: pair.0, segmentNumber: index + 1, measurements: pair.1, score: 0.875)
        }
    }

    func report(_ segmentation: WrittenObject) -> MeasurementReport {
        var report = MeasurementReport(context: context, outcome: .findings)
        report.findings = findings
        report.segmentation = segmentation
        report.grid = series.grid
        report.messages = series.messages
        return report
    }
}

/// The errors that dicom3tools' dciodvfy finds in a file; none where it is not installed.
func dciodvfyErrors(_ url: URL) throws -> [String] {
    let tool = URL(filePath: "/usr/bin/dciodvfy")
    guard FileManager.default.isExecutableFile(atPath: tool.path) else { return [] }
    let process = Process()
    process.executableURL = tool
    process.arguments = [url.path]
    let output = Pipe()
    process.standardError = output
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("Error") }
}
