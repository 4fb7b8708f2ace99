import Archive
public import DICOMImaging

/// The form in which a destination takes results. Destinations of one form share the same objects.
public struct ResultForm: Sendable, Hashable {
    public var documentType = MeasurementReport.DocumentType.comprehensive3D
    public var hasAllFrames = false
    public var hasOverlays = false

    public init() {}

    public init(_ destination: Destination) {
        documentType = destination.reportClass == .enhanced ? .enhanced : .comprehensive3D
        hasAllFrames = destination.sendsAllFrames
        hasOverlays = destination.sendsSecondaryCapture
    }

    /// What makes the UIDs of this form's objects others than those of the usual form.
    var parameter: String {
        self == ResultForm() ? "" : " form \(documentType.rawValue) \(hasAllFrames) \(hasOverlays)"
    }

    /// Before the extension of a file name; empty for the usual form.
    var fileSuffix: String {
        [documentType == .enhanced ? "-enhanced" : "", hasAllFrames ? "-all-frames" : ""].joined()
    }
}
