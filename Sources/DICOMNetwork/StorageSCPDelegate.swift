public import DICOMCore
public import struct Foundation.URL

/// The decisions of a storage SCP. Every function is called on the thread of an association, from several at once, and
/// may block; only that association waits.
public protocol StorageSCPDelegate: Sendable {
    /// Who may come, and whether there is room. Called AE title, application context and the number of associations
    /// have been checked.
    func decide(_ request: AssociationRequest) -> AssociationDecision

    /// Where the data set goes. Asked only for classes that are kept.
    func willReceive(_ request: StoreRequest) -> StoreDisposition

    /// The file is complete and closed, its length is checked; it is not synced. From here on it is the delegate's,
    /// which moves or removes it.
    /// - Returns: the status for the peer; Success only if the object will survive whatever comes.
    func didReceive(_ request: StoreRequest, file: URL, byteCount: Int) -> DIMSEStatus

    /// The last call for an association that was accepted.
    func associationEnded(_ summary: AssociationSummary)

    /// Something for the log.
    func record(_ event: NetworkEvent)
}
