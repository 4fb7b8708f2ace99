import Archive
import DICOMCore
import DICOMNetwork
import Foundation
import Logging
import Workflow

/// Joins the storage SCP to the archive: who may send, where an object goes, and the status that tells what became of
/// it.
struct ArchiveReception: StorageSCPDelegate {
    let archive: Archive
    let peers: PeerTable
    let log: NodeLog
    let metrics: NodeMetrics?
    /// Called when an association is over: its ID for the archive, and whether it was released.
    let associationDidEnd: @Sendable (String, Bool) -> Void
    /// Tells this process's associations from those of earlier ones.
    let processID = "\(Int(Date().timeIntervalSince1970 * 1000))"

    func decide(_ request: AssociationRequest) -> AssociationDecision {
        guard peers.admits(request.callingAETitle, from: request.peerAddress) else {
            return .reject(.callingAETitleNotRecognized)
        }
        switch admission {
        case .open: return .accept
        case .refuseAssociations(let why), .refuseObjects(let why):
            log.logger.warning("association from \(request.callingAETitle) refused: \(why)")
            return .reject(.temporaryCongestion)
        }
    }

    func willReceive(_ request: StoreRequest) -> StoreDisposition {
        guard peers.admits(request.callingAETitle, from: request.peerAddress) else { return .refuse(.notAuthorized) }
        if case .refuseObjects = admission { return .refuse(.outOfResources) }
        return .spool(archive.makeSpoolFile())
    }

    func didReceive(_ request: StoreRequest, file: URL, byteCount: Int) -> DIMSEStatus {
        let attributes: InstanceAttributes
        do throws(InstanceHeader.Failure) {
            attributes = try InstanceHeader.attributes(of: file)
        } catch {
            return refuse(request, file, .cannotUnderstand, "its header cannot be read (\(error))")
        }
        guard attributes.sopInstanceUID == request.sopInstanceUID, attributes.sopClassUID == request.sopClassUID else {
            return refuse(request, file, .dataSetDoesNotMatchSOPClass, "its UIDs are not those of the request")
        }
        return store(request, file, attributes)
    }

    func associationEnded(_ summary: AssociationSummary) {
        log.record(summary)
        metrics?.record(summary)
        associationDidEnd(archiveID(summary.id), summary.ending == .released)
    }

    func record(_ event: NetworkEvent) {
        log.record(event)
        metrics?.record(event)
    }

    private func store(_ request: StoreRequest, _ file: URL, _ attributes: InstanceAttributes) -> DIMSEStatus {
        let received = ReceivedInstance(
            file: file, attributes: attributes, callingAETitle: request.callingAETitle,
            associationID: archiveID(request.associationID))
        do {
            if case .quarantined(let reason) = try archive.store(received) {
                log.logger.warning(
                    "\(request.sopInstanceUID) from \(request.callingAETitle) quarantined: \(reason.rawValue)")
            }
            return .success
        } catch {
            log.logger.error("\(request.sopInstanceUID) not stored, answered \(error.status): \(error)")
            return error.status
        }
    }

    private func refuse(_ request: StoreRequest, _ file: URL, _ status: DIMSEStatus, _ reason: String) -> DIMSEStatus {
        try? FileManager.default.removeItem(at: file)
        log.logger.warning("\(request.sopInstanceUID) from \(request.callingAETitle) answered \(status): \(reason)")
        return status
    }

    /// An archive that cannot say whether there is room has none.
    private var admission: Admission {
        do throws(ArchiveError) {
            return try archive.admission()
        } catch {
            return .refuseObjects("\(error)")
        }
    }

    private func archiveID(_ id: AssociationID) -> String { "\(processID)-\(id.rawValue)" }
}
