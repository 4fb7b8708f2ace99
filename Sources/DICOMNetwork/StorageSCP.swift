import CDCMTK
import DICOMCore
import Dispatch
import Foundation
import Synchronization

/// A storage and verification SCP (PS3.4 Annexes A and B) on threads of its own.
///
/// As many threads as there may be associations, and more, wait at one listening socket: a peer that connects and
/// says nothing keeps one of them for `associationTimeout`, and nobody else.
public final class StorageSCP: Sendable {
    /// Threads beyond the number of associations: they tell further peers to come later, and so many peers may connect
    /// and say nothing before others have to wait.
    private static let spareThreads = 48

    private let configuration: StorageSCPConfiguration
    private let delegate: any StorageSCPDelegate
    private let running = Mutex<Listener?>(nil)
    private let workers = DispatchGroup()
    private let associations = Mutex<Int>(0)
    private let lastID = Atomic<UInt64>(0)

    public init(configuration: StorageSCPConfiguration, delegate: any StorageSCPDelegate) {
        self.configuration = configuration
        self.delegate = delegate
    }

    /// Listens, and returns at once. To be called once.
    /// - Throws: `.cannotListen`.
    public func start() throws(NetworkError) {
        let listener = try Listener(configuration)
        running.withLock { $0 = listener }
        for number in 1...max(1, configuration.maximumAssociations) + Self.spareThreads {
            workers.enter()
            let thread = Thread { [self] in
                work(listener)
                workers.leave()
            }
            thread.name = "association \(number)"
            thread.start()
        }
    }

    /// Nil before `start`.
    public var boundPort: UInt16? { running.withLock { $0?.port } }

    /// How many associations are open.
    public var activeAssociations: Int { associations.withLock { $0 } }

    /// Takes no more associations, aborts the idle ones, lets each C-STORE in progress end, and returns when all
    /// threads have ended. What is still in progress after `drain` is aborted.
    public func stop(drain: Duration) {
        guard let listener = running.withLock({ $0 }) else { return }
        listener.stop()
        let milliseconds = drain.components.seconds * 1000 + drain.components.attoseconds / 1_000_000_000_000_000
        if workers.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .timedOut {
            listener.interrupt()
            workers.wait()
        }
        running.withLock { $0 = nil }
    }

    private func work(_ listener: Listener) {
        while true {
            switch listener.accept() {
            case .request(let association): answer(association)
            case .event(let event): delegate.record(event)
            case .failed(let detail): delegate.record(.notDICOM(peerAddress: "", detail: detail))
            case .stopped: return
            }
        }
    }

    // MARK: One association

    private enum Admission {
        case admitted(AssociationRequest)
        case rejected(AssociationRejection)
    }

    /// The application context of PS3.7 Annex A.2.1.
    private static let applicationContextName = "1.2.840.10008.3.1.1.1"

    private func answer(_ association: Association) {
        let peer = association.peer
        let hasRoom = reserve()
        defer { if hasRoom { associations.withLock { $0 -= 1 } } }
        switch admit(peer, hasRoom: hasRoom) {
        case .admitted(let request):
            serve(association, request)
        case .rejected(let rejection):
            association.reject(rejection)
            delegate.record(
                .rejected(
                    rejection, callingAETitle: text(peer.calling_ae_title), calledAETitle: text(peer.called_ae_title),
                    peerAddress: text(peer.address)))
        }
    }

    /// Takes one of the places for associations; false if there is none left.
    private func reserve() -> Bool {
        associations.withLock { count in
            guard count < configuration.maximumAssociations else { return false }
            count += 1
            return true
        }
    }

    private func admit(_ peer: dcx_association_peer, hasRoom: Bool) -> Admission {
        guard text(peer.application_context_name) == Self.applicationContextName else {
            return .rejected(.applicationContextNameNotSupported)
        }
        guard let called = AETitle(text(peer.called_ae_title)), called == configuration.aeTitle else {
            return .rejected(.calledAETitleNotRecognized)
        }
        guard let calling = AETitle(text(peer.calling_ae_title)) else { return .rejected(.callingAETitleNotRecognized) }
        guard hasRoom else { return .rejected(.localLimitExceeded) }
        let request = AssociationRequest(
            id: AssociationID(rawValue: lastID.add(1, ordering: .relaxed).newValue), callingAETitle: calling,
            calledAETitle: called, peerAddress: text(peer.address),
            peerImplementationClassUID: text(peer.implementation_class_uid),
            peerImplementationVersionName: text(peer.implementation_version_name))
        return switch delegate.decide(request) {
        case .accept: .admitted(request)
        case .reject(let rejection): .rejected(rejection)
        }
    }

    private func serve(_ association: Association, _ request: AssociationRequest) {
        var session = StorageSession(association, request, configuration, delegate)
        session.run()
        delegate.associationEnded(session.summary)
    }
}
