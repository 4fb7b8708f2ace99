import Archive
import DICOMCore
import Foundation

/// A study as `--json` shows it: without patient data.
struct StudyView: Encodable {
    let studyInstanceUID: StudyInstanceUID
    let studyDate: String?
    let studyDescription: String?
    let firstReceivedAt: Date
    let lastReceivedAt: Date
    let seriesCount: Int
    let instanceCount: Int
    let byteCount: Int64

    init(_ study: StudyRecord) {
        studyInstanceUID = study.studyInstanceUID
        studyDate = study.studyDate
        studyDescription = study.studyDescription
        firstReceivedAt = study.firstReceivedAt
        lastReceivedAt = study.lastReceivedAt
        seriesCount = study.seriesCount
        instanceCount = study.instanceCount
        byteCount = study.byteCount
    }
}

/// A series as `--json` shows it: without patient data.
struct SeriesView: Encodable {
    let seriesInstanceUID: SeriesInstanceUID
    let studyInstanceUID: StudyInstanceUID
    let seriesNumber: Int?
    let modality: String?
    let seriesDescription: String?
    let sender: AETitle
    let state: SeriesRecord.State
    let revision: Int
    let reason: String?
    let instanceCount: Int
    let byteCount: Int64
    let firstInstanceAt: Date
    let lastInstanceAt: Date
    let closedAt: Date?

    init(_ series: SeriesRecord) {
        seriesInstanceUID = series.seriesInstanceUID
        studyInstanceUID = series.studyInstanceUID
        seriesNumber = series.seriesNumber
        modality = series.modality
        seriesDescription = series.seriesDescription
        sender = series.callingAETitle
        state = series.state
        revision = series.revision
        reason = series.reason
        instanceCount = series.instanceCount
        byteCount = series.byteCount
        firstInstanceAt = series.firstInstanceAt
        lastInstanceAt = series.lastInstanceAt
        closedAt = series.closedAt
    }
}
