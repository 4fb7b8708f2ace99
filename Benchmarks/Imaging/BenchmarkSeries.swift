import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Geometry
import Imaging

/// A CT series of 512 x 512 slices in a temporary folder.
struct BenchmarkSeries {
    let folder: URL
    let files: [URL]

    init(slices: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "fovea-benchmark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var files: [URL] = []
        for index in 0..<slices {
            let file = folder.appending(path: "\(index).dcm")
            try Self.slice(index).write(to: file, transferSyntax: .explicitVRLittleEndian)
            files.append(file)
        }
        self.files = files
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    private static func slice(_ index: Int) throws -> DataSet {
        let image = try DataSet()
        for (tag, value) in [
            (Tag.sopClassUID, SOPClassUID.ctImageStorage.rawValue), (.sopInstanceUID, "2.25.7.\(index + 1)"),
            (.studyInstanceUID, "2.25.5"), (.seriesInstanceUID, "2.25.6"), (.frameOfReferenceUID, "2.25.8"),
            (.modality, "CT"), (.imageType, "ORIGINAL\\PRIMARY\\AXIAL"), (.patientID, "BENCHMARK"),
            (.patientName, "BENCHMARK"), (.imagePositionPatient, "0\\0\\\(index)"),
            (.imageOrientationPatient, "1\\0\\0\\0\\1\\0"), (.pixelSpacing, "0.7\\0.7"), (.sliceThickness, "1"),
            (.rescaleIntercept, "-1024"), (.rescaleSlope, "1"), (.photometricInterpretation, "MONOCHROME2"),
            (.instanceNumber, "\(index + 1)"), (.seriesNumber, "1"), (.studyID, "1"),
        ] { try image.set(tag, value) }
        for (tag, value) in [
            (Tag.rows, 512), (.columns, 512), (.samplesPerPixel, 1), (.bitsAllocated, 16), (.bitsStored, 16), (.highBit, 15),
            (.pixelRepresentation, 1),
        ] { try image.set(tag, int: value) }
        try image.setPixelData(byteCount: 512 * 512 * 2, bitsAllocated: 16) { bytes in
            var state = UInt64(index)
            for offset in stride(from: 0, to: bytes.count, by: 2) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.storeBytes(of: UInt16(state >> 52), toByteOffset: offset, as: UInt16.self)
            }
        }
        return image
    }

    /// Disjoint blocks that run through all slices, so that every segment has a frame in each.
    func columns(segments: Int, on grid: SourceGrid) -> LabelMap {
        let size = grid.size
        let spacing = SpacingMM(i: 0.7, j: 0.7, k: 1)
        var labels = LabelMap(geometry: GridGeometry(size: size, spacing: spacing, origin: PointMM(x: 0, y: 0, z: 0)))
        for k in 0..<size.depth {
            for j in 0..<size.height {
                for segment in 0..<segments where j % 3 != 0 {
                    let start = size.offset(VoxelIndex(i: segment * 50 + 5, j: j, k: k))
                    for i in start..<start + 40 { labels.labels[i] = UInt16(segment + 1) }
                }
            }
        }
        return labels
    }

    static func context(_ source: SourceSeries) -> ResultContext {
        let identity = ResultIdentity(instances: [], modelDigest: "", parameters: "benchmark", executedPath: "")
        let equipment = Equipment(
            manufacturer: "Fovea", modelName: "Benchmark", deviceSerialNumber: "0", softwareVersions: "0",
            deviceUID: DeviceUID("2.25.9")!)
        return ResultContext(
            source: source, identity: identity, equipment: equipment,
            algorithm: AlgorithmDescription(name: "benchmark", version: "0"), created: Date(timeIntervalSince1970: 0))
    }

    static func descriptions(count: Int) -> [SegmentDescription] {
        (1...count).map { number in
            SegmentDescription(
                label: "Segment \(number)", category: CodedEntry("49755003", "SCT", "Morphologically Altered Structure"),
                type: CodedEntry("27925004", "SCT", "Nodule"), colour: RGBColour(red: 144, green: 238, blue: 144),
                trackingIdentifier: "benchmark \(number)", trackingUID: TrackingUID("2.25.10.\(number)")!)
        }
    }
}
