import DICOMCore
import DICOMFile
public import Foundation

extension SourceSeries {
    /// What can be said of a series without assembling it.
    ///
    /// - Returns: nil if none of the files is a DICOM object with the UIDs of its study and series.
    public static func read(_ files: [URL]) -> SourceSeries? {
        let headers = files.enumerated().flatMap { index, file in
            (try? DICOMFile(reading: file)).map { SliceHeader.read($0, fileIndex: index) } ?? []
        }
        return SourceSeries(headers, files: files)
    }

    /// - Returns: nil without headers, or if the first one lacks the UIDs of its study and series.
    init?(_ headers: [SliceHeader], files: [URL]) {
        guard let first = headers.first, let study = first.studyInstanceUID, let series = first.seriesInstanceUID
        else { return nil }
        headerFile = files[first.fileIndex]
        studyInstanceUID = study
        seriesInstanceUID = series
        frameOfReferenceUID = first.frameOfReferenceUID
        modality = first.modality
        isLossy = headers.contains(where: \.isLossy)
        var seen: Set<SourceInstance> = []
        instances = headers.compactMap(\.instance).filter { seen.insert($0).inserted }
    }
}

extension SliceHeader {
    var instance: SourceInstance? {
        guard let sopClassUID, let sopInstanceUID else { return nil }
        return SourceInstance(sopClassUID: sopClassUID, sopInstanceUID: sopInstanceUID)
    }
}
