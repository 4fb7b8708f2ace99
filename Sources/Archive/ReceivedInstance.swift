public import DICOMCore
public import Foundation

/// An object that lies complete in a spool file and is to be kept.
public struct ReceivedInstance: Sendable {
    /// Made by `Archive.makeSpoolFile()` and closed by the writer.
    public let file: URL
    public let attributes: InstanceAttributes
    public let callingAETitle: AETitle
    /// Any text that is the same for the objects of one association and no other.
    public let associationID: String

    public init(file: URL, attributes: InstanceAttributes, callingAETitle: AETitle, associationID: String) {
        self.file = file
        self.attributes = attributes
        self.callingAETitle = callingAETitle
        self.associationID = associationID
    }
}
