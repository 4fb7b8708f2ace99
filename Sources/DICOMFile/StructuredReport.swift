import CDCMTK
public import Foundation

/// Structured reports as another implementation sees them.
public enum StructuredReport {
    /// Has dcmsr read a report: value types, relationships and attributes that its IOD requires (PS3.3 §A.35).
    /// - Throws: `.malformed` with dcmsr's word for it.
    public static func validate(_ url: URL) throws(DICOMFileError) {
        try DICOMFileError.check { dcx_report_validate(url.path, $0) }
    }
}
