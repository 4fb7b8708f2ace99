import DICOMCore
import DICOMFile
import Foundation

/// A CT series written file by file, its pixels a function of the position, to be spoilt by a test.
struct SyntheticSeries {
    var columns = 50
    var rows = 37
    /// The position of the first pixel of each slice.
    var origins: [[Double]] = (0..<20).map { [-20.5, -15.25, 100 + 2.5 * Double($0)] }
    var orientation: [Double] = [1, 0, 0, 0, 1, 0]
    /// Between rows, between columns.
    var pixelSpacing = [0.8, 0.6]
    var paddingValue: Int?
    /// Stored values at column i, row j of slice k; rescaled by 1 and -1024.
    var value: (_ i: Int, _ j: Int, _ k: Int) -> Int = { i, j, k in 1000 + i + 2 * j + 3 * k }
    /// Changes the data set of slice k before it is written.
    var change: (DataSet, _ k: Int) throws -> Void = { _, _ in }

    /// Writes the files in an order that is not that of the slices.
    func write(to directory: URL) throws -> [URL] {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try origins.indices.map { k in
            let url = directory.appending(path: "\((k * 7) % origins.count).\(k).dcm")
            try makeSlice(k).write(to: url)
            return url
        }.sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// Head CT: ten slices 2.5 mm apart, then ten 7.5 mm apart.
    static let headPositionsMM: [Double] =
        Array(stride(from: 0.0, through: 22.5, by: 2.5)) + Array(stride(from: 30.0, through: 97.5, by: 7.5))

    static let texts: [(Tag, String)] = [
        (.sopClassUID, SOPClassUID.ctImageStorage.rawValue), (.studyInstanceUID, "1.2.840.99.1"),
        (.seriesInstanceUID, "1.2.840.99.1.2"), (.frameOfReferenceUID, "1.2.840.99.1.3"), (.modality, "CT"),
        (.imageType, "ORIGINAL\\PRIMARY\\AXIAL"), (.patientName, "TEST^SYNTHETIC"), (.patientID, "T1"),
        (.patientBirthDate, ""), (.patientSex, "O"), (.studyDate, "20260101"), (.studyTime, "120000"),
        (.studyID, "1"), (.accessionNumber, ""), (.referringPhysicianName, ""), (.seriesNumber, "3"),
        (.manufacturer, "Fovea"), (.photometricInterpretation, "MONOCHROME2"), (.rescaleIntercept, "-1024"),
        (.rescaleSlope, "1"), (.positionReferenceIndicator, ""),
    ]

    private func makeSlice(_ k: Int) throws -> DataSet {
        let dataSet = try DataSet()
        for (tag, text) in Self.texts { try dataSet.set(tag, text) }
        try dataSet.set(.sopInstanceUID, "1.2.840.99.1.2.\(k + 1)")
        try dataSet.set(.instanceNumber, int: origins.count - k)
        try dataSet.set(.imagePositionPatient, doubles: origins[k])
        try dataSet.set(.imageOrientationPatient, doubles: orientation)
        try dataSet.set(.pixelSpacing, doubles: pixelSpacing)
        let numbers: [(Tag, Int)] = [
            (.rows, rows), (.columns, columns), (.samplesPerPixel, 1), (.bitsAllocated, 16), (.bitsStored, 16),
            (.highBit, 15), (.pixelRepresentation, 0),
        ]
        for (tag, number) in numbers { try dataSet.set(tag, int: number) }
        if let paddingValue { try dataSet.set(.pixelPaddingValue, int: paddingValue) }
        try dataSet.setPixelData(byteCount: rows * columns * 2, bitsAllocated: 16) { bytes in
            for j in 0..<rows {
                for i in 0..<columns {
                    bytes.storeBytes(of: UInt16(value(i, j, k)), toByteOffset: 2 * (i + j * columns), as: UInt16.self)
                }
            }
        }
        try change(dataSet, k)
        return dataSet
    }
}

/// A new folder for one test, removed afterwards.
func withTemporaryDirectory<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
}
