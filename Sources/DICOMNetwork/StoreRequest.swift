public import DICOMCore
public import struct Foundation.URL

/// A C-STORE-RQ (PS3.4 §B.2) whose UIDs are well formed and fit its presentation context.
public struct StoreRequest: Sendable {
    public let associationID: AssociationID
    public let callingAETitle: AETitle
    public let peerAddress: String
    public var sopClassUID: SOPClassUID { storageClass.uid }
    public let sopInstanceUID: SOPInstanceUID
    /// As negotiated for the presentation context.
    public let transferSyntaxUID: TransferSyntaxUID
    public let storageClass: StorageClass

    public init(
        associationID: AssociationID, callingAETitle: AETitle, peerAddress: String, sopInstanceUID: SOPInstanceUID,
        transferSyntaxUID: TransferSyntaxUID, storageClass: StorageClass
    ) {
        self.associationID = associationID
        self.callingAETitle = callingAETitle
        self.peerAddress = peerAddress
        self.sopInstanceUID = sopInstanceUID
        self.transferSyntaxUID = transferSyntaxUID
        self.storageClass = storageClass
    }
}

/// What is done with the data set of a C-STORE-RQ.
public enum StoreDisposition: Sendable {
    /// Write a Part 10 file at this place, where nothing is yet.
    case spool(URL)
    /// Read it, keep nothing, and answer Success.
    case acknowledge
    /// Read it, keep nothing, and answer this.
    case refuse(DIMSEStatus)
}
