import DICOMCore
import DICOMNetwork
import Foundation
import Synchronization

/// Takes everything, into a folder of its own, and remembers what it was told. The closures change its mind.
final class RecordingDelegate: StorageSCPDelegate {
    struct Stored: Sendable {
        let request: StoreRequest
        let file: URL
        let byteCount: Int
    }

    private struct Records {
        var stored: [Stored] = []
        var events: [NetworkEvent] = []
        var summaries: [AssociationSummary] = []
    }

    let folder: URL
    private let records = Mutex(Records())
    private let decision: @Sendable (AssociationRequest) -> AssociationDecision
    private let disposition: (@Sendable (StoreRequest) -> StoreDisposition)?
    private let outcome: @Sendable (StoreRequest) -> DIMSEStatus

    init(
        decision: @escaping @Sendable (AssociationRequest) -> AssociationDecision = { _ in .accept },
        disposition: (@Sendable (StoreRequest) -> StoreDisposition)? = nil,
        outcome: @escaping @Sendable (StoreRequest) -> DIMSEStatus = { _ in .success }
    ) {
        self.decision = decision
        self.disposition = disposition
        self.outcome = outcome
        folder = FileManager.default.temporaryDirectory.appending(path: "fovea-network-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func decide(_ request: AssociationRequest) -> AssociationDecision { decision(request) }

    func willReceive(_ request: StoreRequest) -> StoreDisposition {
        disposition?(request) ?? .spool(folder.appending(path: "\(UUID().uuidString).part"))
    }

    func didReceive(_ request: StoreRequest, file: URL, byteCount: Int) -> DIMSEStatus {
        records.withLock { $0.stored.append(Stored(request: request, file: file, byteCount: byteCount)) }
        return outcome(request)
    }

    func associationEnded(_ summary: AssociationSummary) { records.withLock { $0.summaries.append(summary) } }

    func record(_ event: NetworkEvent) { records.withLock { $0.events.append(event) } }

    var stored: [Stored] { records.withLock { $0.stored } }
    var events: [NetworkEvent] { records.withLock { $0.events } }
    var summaries: [AssociationSummary] { records.withLock { $0.summaries } }
    var filesInFolder: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

    /// Waits up to five seconds.
    func waitFor(_ condition: (RecordingDelegate) -> Bool) -> Bool {
        for _ in 0..<500 {
            if condition(self) { return true }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return condition(self)
    }
}

/// A running SCP on a free port of loopback with short time limits, stopped at the end.
final class TestSCP {
    let scp: StorageSCP
    let delegate: RecordingDelegate

    init(
        _ delegate: RecordingDelegate = RecordingDelegate(),
        _ change: (inout StorageSCPConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = StorageSCPConfiguration(aeTitle: AETitle("FOVEA")!)
        configuration.address = "127.0.0.1"
        configuration.port = 0
        configuration.maximumAssociations = 4
        configuration.associationTimeout = .seconds(1)
        configuration.idleTimeout = .seconds(5)
        configuration.transferTimeout = .seconds(1)
        change(&configuration)
        self.delegate = delegate
        scp = StorageSCP(configuration: configuration, delegate: delegate)
        try scp.start()
    }

    deinit { scp.stop(drain: .zero) }

    var port: UInt16 { scp.boundPort! }
    var address: PeerAddress { PeerAddress(aeTitle: AETitle("FOVEA")!, host: "127.0.0.1", port: port) }

    /// An SCU for this SCP.
    func requestor(_ contexts: [PresentationContext] = []) throws -> AssociationRequestor {
        try AssociationRequestor(to: address, from: AETitle("TESTER")!, proposing: contexts)
    }
}
