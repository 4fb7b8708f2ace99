import DICOMCore

/// What came of a series; a report states it in codes whatever it is, since silence would read as "nothing found".
public enum ReportOutcome: Hashable, Sendable {
    case findings
    case nothingFound
    /// The model does not apply to this series.
    case notApplicable(reason: String)
    /// The series is not fit to be measured, or larger than this node allows.
    case refused(reason: String)
    /// Something went wrong on this side.
    case failed(reason: String)

    /// CAD Processing and Findings Summary (PS3.16 CID 6047).
    var summary: CodedEntry {
        switch self {
        case .findings: CodedEntry("111242", "DCM", "All algorithms succeeded; with findings")
        case .nothingFound: CodedEntry("111241", "DCM", "All algorithms succeeded; without findings")
        case .notApplicable, .refused, .failed: CodedEntry("111245", "DCM", "No algorithms succeeded; without findings")
        }
    }

    /// Tells apart what CID 6047 does not.
    var code: CodedEntry {
        switch self {
        case .findings: CodedEntry("FINDINGS", CodedEntry.privateScheme, "Findings")
        case .nothingFound: CodedEntry("NOTHING_FOUND", CodedEntry.privateScheme, "Nothing found")
        case .notApplicable: CodedEntry("NOT_APPLICABLE", CodedEntry.privateScheme, "Model not applicable to series")
        case .refused: CodedEntry("REFUSED", CodedEntry.privateScheme, "Series refused")
        case .failed: CodedEntry("FAILED", CodedEntry.privateScheme, "Processing failed")
        }
    }

    var reason: String? {
        switch self {
        case .findings, .nothingFound: nil
        case .notApplicable(let reason), .refused(let reason), .failed(let reason): reason
        }
    }
}
