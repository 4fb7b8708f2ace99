public import DICOMCore
import DICOMFile
public import Foundation
import Geometry
public import Imaging

/// The chest phantom as a CT series that says in its header what it is.
///
/// The same seed and size give the same files, UIDs and dates included.
public struct PhantomSeries: Sendable {
    public let phantom: ChestPhantom
    public let seed: UInt64

    /// - Parameter phantom: made from `seed`.
    public init(_ phantom: ChestPhantom, seed: UInt64) {
        self.phantom = phantom
        self.seed = seed
    }

    /// Writes one file for each slice, `CT0001.dcm` at the feet, and `truth.json` with the nodules.
    ///
    /// - Returns: the slices' files.
    public func write(to directory: URL) throws(ResultError) -> [URL] {
        try ResultError.wrapping("phantom") {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let files = try (0..<phantom.volume.size.depth).map { k in
                let url = directory.appending(path: "CT\(String(format: "%04d", k + 1)).dcm")
                try makeSlice(k).write(to: url)
                return url
            }
            try truth.write(to: directory.appending(path: "truth.json"), options: .atomic)
            return files
        }
    }

    private func uid<Role>(_ role: String) -> UniqueIdentifier<Role> {
        let (size, spacing) = (phantom.volume.size, phantom.volume.geometry.spacing)
        return UniqueIdentifier(hashing: "chest phantom 1, seed \(seed), \(size), \(spacing), \(role)")
    }

    private func makeSlice(_ k: Int) throws -> DataSet {
        let dataSet = try DataSet()
        for (tag, text) in Self.texts { try dataSet.set(tag, text) }
        try dataSet.set(.patientID, "PHANTOM-\(seed)")
        try dataSet.set(.studyInstanceUID, uid: uid("study") as StudyInstanceUID)
        try dataSet.set(.seriesInstanceUID, uid: uid("series") as SeriesInstanceUID)
        try dataSet.set(.frameOfReferenceUID, uid: uid("frame of reference") as FrameOfReferenceUID)
        try dataSet.set(.sopInstanceUID, uid: uid("slice \(k)") as SOPInstanceUID)
        try dataSet.set(.instanceNumber, int: k + 1)
        try dataSet.set(.imagesInAcquisition, int: phantom.volume.size.depth)
        try setPlane(k, in: dataSet)
        try setPixels(k, in: dataSet)
        return dataSet
    }

    private static let texts: [(Tag, String)] = [
        (.specificCharacterSet, "ISO_IR 100"), (.imageType, "ORIGINAL\\PRIMARY\\AXIAL"),
        (.sopClassUID, SOPClassUID.ctImageStorage.rawValue), (.modality, "CT"),
        (.patientName, "FOVEA^PHANTOM"), (.patientBirthDate, ""), (.patientSex, ""),
        (.studyDate, "20260101"), (.studyTime, "000000"), (.seriesDate, "20260101"), (.seriesTime, "000000"),
        (.contentDate, "20260101"), (.contentTime, "000000"), (.studyID, "PHANTOM"), (.accessionNumber, ""),
        (.referringPhysicianName, ""), (.studyDescription, "Synthetic chest phantom, not a patient"),
        (.seriesDescription, "Synthetic chest phantom, not a patient"), (.seriesNumber, "1"),
        (.acquisitionNumber, "1"), (.bodyPartExamined, "CHEST"), (.patientPosition, "HFS"),
        (.manufacturer, "Fovea"), (.manufacturerModelName, "Chest phantom"), (.kvp, ""),
        (.convolutionKernel, "SYNTHETIC"), (.positionReferenceIndicator, ""), (.qualityControlImage, "YES"),
        (.imageComments, "Computed from a geometric model with known nodules. No patient was imaged."),
        (.photometricInterpretation, "MONOCHROME2"), (.rescaleIntercept, "-1024"), (.rescaleSlope, "1"),
        (.rescaleType, "HU"), (.windowCenter, "-600"), (.windowWidth, "1500"), (.lossyImageCompression, "00"),
        (.burnedInAnnotation, "NO"),
    ]

    private func setPlane(_ k: Int, in dataSet: DataSet) throws {
        let geometry = phantom.volume.geometry
        let position = geometry.position(VoxelIndex(i: 0, j: 0, k: k))
        let (row, column) = (geometry.iDirection, geometry.jDirection)
        try dataSet.set(.imagePositionPatient, doubles: [position.x, position.y, position.z])
        try dataSet.set(.imageOrientationPatient, doubles: [row.x, row.y, row.z, column.x, column.y, column.z])
        try dataSet.set(.pixelSpacing, doubles: [geometry.spacing.j, geometry.spacing.i])
        try dataSet.set(.sliceThickness, double: geometry.spacing.k)
        try dataSet.set(.sliceLocation, double: position.z)
    }

    private func setPixels(_ k: Int, in dataSet: DataSet) throws {
        let size = phantom.volume.size
        let numbers: [(Tag, Int)] = [
            (.rows, size.height), (.columns, size.width), (.samplesPerPixel, 1), (.bitsAllocated, 16),
            (.bitsStored, 12), (.highBit, 11), (.pixelRepresentation, 0),
        ]
        for (tag, number) in numbers { try dataSet.set(tag, int: number) }
        let slice = phantom.volume.voxels[k * size.planeCount..<(k + 1) * size.planeCount]
        try dataSet.setPixelData(byteCount: 2 * size.planeCount, bitsAllocated: 16) { bytes in
            for (index, value) in slice.enumerated() {
                let stored = UInt16(min(max(value + 1024, 0), 4095).rounded())
                bytes.storeBytes(of: stored.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
            }
        }
    }

    /// The nodules as the phantom was built, and the series that holds them.
    private var truth: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return try encoder.encode(
                PhantomTruth(
                    seed: seed, seriesInstanceUID: uid("series"),
                    nodules: phantom.nodules.map(PhantomTruth.Nodule.init)))
        }
    }
}

/// The content of `truth.json`.
public struct PhantomTruth: Sendable, Codable {
    public let seed: UInt64
    public let seriesInstanceUID: SeriesInstanceUID
    /// From the largest to the smallest.
    public let nodules: [Nodule]

    public struct Nodule: Sendable, Codable {
        public let kind: String
        /// LPS.
        public let centreMM: [Double]
        public let diameterMM: Double
        public let volumeML: Double
        public let meanHU: Double
        /// The patient's side: `left` or `right`.
        public let side: String

        init(_ nodule: PhantomNodule) {
            kind = nodule.kind.rawValue
            centreMM = [nodule.centre.x, nodule.centre.y, nodule.centre.z]
            diameterMM = nodule.diameterMM
            volumeML = nodule.volumeML
            meanHU = nodule.meanHU
            side = nodule.side.rawValue
        }

        private enum CodingKeys: String, CodingKey {
            case kind, side
            case centreMM = "centre_mm"
            case diameterMM = "diameter_mm"
            case volumeML = "volume_ml"
            case meanHU = "mean_hu"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case seed, nodules
        case seriesInstanceUID = "series_instance_uid"
    }
}
