import DICOMNetwork
import Logging
import Workflow

/// Where the events of the lower modules become log lines.
struct NodeLog: Sendable {
    let logger: Logger

    func record(_ event: WorkflowEvent) {
        switch event.severity {
        case .information: logger.info("\(event)")
        case .warning: logger.warning("\(event)")
        case .error: logger.error("\(event)")
        }
    }

    func record(_ event: NetworkEvent) {
        switch event {
        case .accepted, .probed, .acknowledgedOnly: logger.debug("\(event)")
        default: logger.warning("\(event)")
        }
    }

    func record(_ summary: AssociationSummary) {
        let counts =
            "\(summary.storedInstances) stored, \(summary.refusedInstances) refused, \(summary.receivedBytes) bytes"
        let line = "\(summary.id) from \(summary.callingAETitle) at \(summary.peerAddress) \(summary.ending): \(counts)"
        if summary.ending == .released { logger.info("\(line)") } else { logger.warning("\(line)") }
    }
}
