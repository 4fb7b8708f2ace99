import Archive
import DICOMCore
import DICOMNetwork
import Workflow

/// Sends results over DICOM associations.
struct AssociationSender: InstanceSending {
    let callingAETitle: AETitle

    func send(
        _ deliveries: [DeliveryRecord], to destination: Destination, report: (DeliveryRecord, DeliveryOutcome) -> Void
    ) {
        var remaining = deliveries[...]
        do {
            let requestor = try requestor(for: deliveries, to: destination)
            while let delivery = remaining.first {
                let outcome = try Self.send(delivery, over: requestor)
                remaining.removeFirst()
                report(delivery, outcome)
            }
            try? requestor.release()
        } catch {
            if let failed = remaining.popFirst() { report(failed, .unreachable("\(error)")) }
            for delivery in remaining { report(delivery, .notAttempted) }
        }
    }

    private func requestor(
        for deliveries: [DeliveryRecord], to destination: Destination
    ) throws(NetworkError) -> AssociationRequestor {
        guard let title = AETitle(destination.aeTitle), let port = UInt16(exactly: destination.port) else {
            throw NetworkError(.unknownHost, "destination \(destination.name) has no valid address")
        }
        var timeouts = RequestorTimeouts()
        timeouts.association = .seconds(destination.connectTimeoutSeconds)
        timeouts.response = .seconds(destination.responseTimeoutSeconds)
        let contexts = deliveries.map {
            PresentationContext(sopClassUID: $0.sopClassUID, transferSyntaxUID: $0.transferSyntaxUID)
        }
        return try AssociationRequestor(
            to: PeerAddress(aeTitle: title, host: destination.host, port: port), from: callingAETitle,
            proposing: contexts,
            timeouts: timeouts)
    }

    /// - Throws: what ends the association.
    private static func send(
        _ delivery: DeliveryRecord, over requestor: AssociationRequestor
    ) throws(NetworkError) -> DeliveryOutcome {
        do throws(NetworkError) {
            let response = try requestor.store(StoredObject.read(delivery.file))
            let isTaken = response.status.isSuccess || response.status.isWarning
            return isTaken ? .sent(response.status) : .refused(response.status)
        } catch {
            switch error.code {
            case .noAcceptedContext: return .refused(.sopClassNotSupported)
            case .unreadableFile: return .refused(.cannotUnderstand)
            default: throw error
            }
        }
    }
}
