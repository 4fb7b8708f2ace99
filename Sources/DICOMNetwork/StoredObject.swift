public import DICOMCore
public import struct Foundation.URL

/// A Part 10 file that can be sent: what its file meta information says.
public struct StoredObject: Hashable, Sendable {
    public let file: URL
    public let sopInstanceUID: SOPInstanceUID
    /// SOP class and transfer syntax: the presentation context that the object needs.
    public let context: PresentationContext
    let dataSetOffset: Int

    /// Reads the file meta information only.
    /// - Throws: `.unreadableFile`.
    public static func read(_ file: URL) throws(NetworkError) -> StoredObject {
        let start: [UInt8]
        do throws(SystemError) {
            start = try InputFile(file).readStart(atMost: FileMetaInformation.maximumBytes)
        } catch {
            throw NetworkError(.unreadableFile, "\(file.path) cannot be read.", cause: error.description)
        }
        guard let (information, offset) = FileMetaInformation.decode(start) else {
            throw NetworkError(.unreadableFile, "\(file.path) is not a DICOM file with file meta information (PS3.10).")
        }
        return StoredObject(
            file: file, sopInstanceUID: information.sopInstanceUID,
            context: PresentationContext(
                sopClassUID: information.sopClassUID, transferSyntaxUID: information.transferSyntaxUID),
            dataSetOffset: offset)
    }
}
