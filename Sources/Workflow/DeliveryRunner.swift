public import Archive
import DICOMCore

/// Empties the outbox of one destination. Each destination has its own, so that a dead one blocks no other.
public struct DeliveryRunner: Sendable {
    private let archive: Archive
    private let destination: Destination
    private let sender: any InstanceSending
    private let record: WorkflowEventHandler

    /// Objects for one association.
    private static let batchSize = 64
    /// Longer than an association with so many objects lasts; a crash frees them at start-up.
    private static let leaseSeconds = 3600.0

    public init(
        archive: Archive, destination: Destination, sender: any InstanceSending, record: @escaping WorkflowEventHandler
    ) {
        self.archive = archive
        self.destination = destination
        self.sender = sender
        self.record = record
    }

    /// Sends what is due.
    /// - Returns: whether there may be more at once.
    public func pass() -> Bool {
        do {
            let due = try archive.claimDeliveries(
                to: destination.name, limit: Self.batchSize, leaseSeconds: Self.leaseSeconds)
            guard !due.isEmpty else { return false }
            sender.send(due, to: destination, report: report)
            return due.count == Self.batchSize
        } catch {
            record(.archiveFailed(error, during: "looking for results for \(destination.name)"))
            return false
        }
    }

    private func report(_ delivery: DeliveryRecord, _ outcome: DeliveryOutcome) {
        do {
            try archive.report(delivery, outcome)
        } catch {
            record(.archiveFailed(error, during: "noting delivery \(delivery.id)"))
        }
        if let event = event(delivery, outcome) { record(event) }
    }

    private func event(_ delivery: DeliveryRecord, _ outcome: DeliveryOutcome) -> WorkflowEvent? {
        func failure(_ reason: String) -> WorkflowEvent {
            .notDelivered(delivery.id, destination: destination.name, delivery.sopInstanceUID, reason: reason)
        }
        return switch outcome {
        case .sent: .delivered(delivery.id, destination: destination.name, delivery.sopInstanceUID)
        case .refused(let status): failure("it answered \(status)")
        case .unreachable(let reason): failure(reason)
        case .notAttempted: nil
        }
    }
}
