import Archive
internal import Crypto
public import DICOMCore
import DICOMFile
public import Foundation

/// The files of one series, found among others.
public struct SeriesFiles: Sendable {
    public let seriesInstanceUID: SeriesInstanceUID
    public private(set) var files: [URL] = []
    public private(set) var sopInstanceUIDs: [SOPInstanceUID] = []

    private init(_ seriesInstanceUID: SeriesInstanceUID) { self.seriesInstanceUID = seriesInstanceUID }

    /// The series of images among `files`, in the order in which they are met; what is not DICOM and what holds no
    /// image is left out.
    /// - Parameter damaged: called for each DICOM file that cannot be read.
    public static func group(_ files: [URL], damaged: (URL, String) -> Void) -> [SeriesFiles] {
        var order: [SeriesInstanceUID] = []
        var series: [SeriesInstanceUID: SeriesFiles] = [:]
        for file in files {
            guard let header = header(of: file, damaged), StorageClass.with(uid: header.sopClassUID)?.kind == .image,
                !header.isOwnResult
            else { continue }
            let uid = header.seriesInstanceUID
            if series[uid] == nil { order.append(uid) }
            series[uid, default: SeriesFiles(uid)].add(file, header.sopInstanceUID)
        }
        return order.compactMap { series[$0] }
    }

    /// What goes in, with the SHA-256 of each file.
    public func instances() throws -> [(uid: SOPInstanceUID, digest: String)] {
        try zip(files, sopInstanceUIDs).map { file, uid in (uid, try Self.digest(of: file)) }
    }

    /// The SHA-256 of a file as hexadecimal digits.
    public static func digest(of file: URL) throws -> String {
        let digest = SHA256.hash(data: try Data(contentsOf: file, options: .mappedIfSafe))
        return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private mutating func add(_ file: URL, _ uid: SOPInstanceUID) {
        files.append(file)
        sopInstanceUIDs.append(uid)
    }

    private static func header(of file: URL, _ damaged: (URL, String) -> Void) -> InstanceAttributes? {
        do {
            return try InstanceHeader.attributes(of: DICOMFile(reading: file))
        } catch let error as DICOMFileError where error.code == .notDICOM {
            return nil
        } catch {
            damaged(file, "\(error)")
            return nil
        }
    }
}
