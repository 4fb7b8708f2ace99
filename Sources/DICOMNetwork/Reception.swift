import DICOMCore
import Foundation

/// A data set on its way into a spool file. Trouble with the file does not stop the reading: the outcome is told at the
/// end.
struct Reception: ~Copyable {
    enum Outcome {
        /// The file is whole and closed. Bytes with preamble and file meta information.
        case complete(byteCount: Int)
        /// There is no file any more.
        case tooLarge
        /// There is no file any more.
        case unwritable(SystemError)
    }

    private let url: URL
    private var file: SpoolFile?
    private var failure: Outcome?
    private(set) var dataSetBytes = 0

    /// Creates the file and writes what comes before the data set.
    init(_ request: StoreRequest, receivingAETitle: AETitle, file url: URL) {
        self.url = url
        let information = FileMetaInformation(
            sopClassUID: request.sopClassUID, sopInstanceUID: request.sopInstanceUID,
            transferSyntaxUID: request.transferSyntaxUID, sourceAETitle: request.callingAETitle,
            receivingAETitle: receivingAETitle)
        do throws(SystemError) {
            file = try SpoolFile(creating: url)
            try write(information.encoded())
        } catch {
            fail(.unwritable(error))
        }
    }

    private mutating func write(_ bytes: [UInt8]) throws(SystemError) {
        try bytes.withUnsafeBufferPointer { bytes throws(SystemError) in
            try file?.append(UnsafeRawBufferPointer(bytes))
        }
    }

    /// - Parameter limit: of the data set, in bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer, limit: Int) {
        dataSetBytes += bytes.count
        guard failure == nil else { return }
        guard dataSetBytes <= limit else { return fail(.tooLarge) }
        do throws(SystemError) {
            try file?.append(bytes)
        } catch {
            fail(.unwritable(error))
        }
    }

    /// Closes the file.
    mutating func finish() -> Outcome {
        do throws(SystemError) {
            try file?.checkLength()
        } catch {
            fail(.unwritable(error))
        }
        let byteCount = file?.byteCount ?? 0
        file = nil
        return failure ?? .complete(byteCount: byteCount)
    }

    /// Removes what has come.
    mutating func abandon() { fail(.complete(byteCount: 0)) }

    private mutating func fail(_ outcome: Outcome) {
        if file != nil { unlink(url.path) }
        file = nil
        failure = outcome
    }
}
