import DICOMCore
import DICOMNetwork
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct AssociationRequestorTests {
    private let me = AETitle("TESTER")!

    private func error(_ body: () throws -> Void) -> NetworkError? {
        do {
            try body()
            return nil
        } catch {
            return error as? NetworkError
        }
    }

    @Test("many objects on one association, and the bytes that arrive are those of the files")
    func store() throws {
        let test = try TestSCP()
        let objects = (1...20).map { TestObject($0, rows: 300) }
        let files = try objects.map { try $0.write(to: test.delegate.folder) }
        let requestor = try test.requestor(files.map(\.context))
        for file in files { #expect(try requestor.store(file).status == .success) }
        try requestor.release()
        for (object, stored) in zip(objects, test.delegate.stored) {
            #expect(stored.request.sopInstanceUID == object.sopInstanceUID)
            #expect([UInt8](try Data(contentsOf: stored.file)).suffix(object.dataSet.count) == object.dataSet[...])
        }
        #expect(test.delegate.waitFor { $0.summaries.first?.ending == .released })
        #expect(test.delegate.summaries.first?.storedInstances == 20)
    }

    @Test("a failure status is an answer, and the association goes on")
    func failureStatus() throws {
        let test = try TestSCP(RecordingDelegate(outcome: { _ in .outOfResources }))
        let file = try TestObject(1).write(to: test.delegate.folder)
        let requestor = try test.requestor([file.context])
        #expect(try requestor.store(file) == StoreResponse(status: .outOfResources, comment: nil))
        #expect(try !requestor.store(file).isStored)
    }

    @Test("no accepted context and an unreadable file leave the association as it is")
    func permanentFailures() throws {
        let test = try TestSCP { $0.otherStorage = .refuse }
        let folder = test.delegate.folder
        let ct = try TestObject(1).write(to: folder)
        let other = try TestObject(2, sopClassUID: SOPClassUID("1.2.840.10008.5.1.4.1.1.481.3")!).write(to: folder)
        let gone = try TestObject(3).write(to: folder)
        try FileManager.default.removeItem(at: gone.file)
        let requestor = try test.requestor([ct.context, other.context])
        #expect(error { _ = try requestor.store(other) }?.code == .noAcceptedContext)
        #expect(error { _ = try requestor.store(gone) }?.code == .unreadableFile)
        #expect(error { _ = try requestor.echo() }?.code == .noAcceptedContext)
        #expect(try requestor.store(ct).status == .success)
    }

    @Test("files that are no Part 10 files are told apart before anything is sent")
    func unreadable() throws {
        let test = try TestSCP()
        let file = test.delegate.folder.appending(path: "x")
        for bytes in [Data(), Data("hello".utf8), Data(repeating: 0, count: 1000)] {
            try bytes.write(to: file)
            #expect(error { _ = try StoredObject.read(file) }?.code == .unreadableFile)
        }
        #expect(error { _ = try StoredObject.read(URL(filePath: "/nonexistent")) }?.code == .unreadableFile)
    }

    @Test("more than 128 contexts: the first 128 are proposed")
    func manyContexts() throws {
        let test = try TestSCP()
        let contexts = StorageClass.table.map {
            PresentationContext(sopClassUID: $0.uid, transferSyntaxUID: TransferSyntax.explicitVRLittleEndian.uid)
        }
        #expect(contexts.count > AssociationRequestor.maximumContexts)
        let requestor = try test.requestor(contexts + contexts)
        #expect(contexts.map(requestor.accepts).prefix(128).allSatisfy { $0 })
        #expect(!contexts.map(requestor.accepts).dropFirst(128).contains(true))
    }

    @Test("nobody listens: refused; no such host: unknown")
    func noPeer() throws {
        let test = try TestSCP()
        let address = test.address
        test.scp.stop(drain: .zero)
        let refused = error { _ = try AssociationRequestor(to: address, from: me, proposing: []) }
        #expect(refused?.code == .connectionRefused)
        let nowhere = PeerAddress(aeTitle: me, host: "no-such-host.invalid", port: 104)
        #expect(error { _ = try AssociationRequestor(to: nowhere, from: me, proposing: []) }?.code == .unknownHost)
        let long = PeerAddress(aeTitle: me, host: String(repeating: "a", count: 300), port: 104)
        #expect(error { _ = try AssociationRequestor(to: long, from: me, proposing: []) } != nil)
    }

    @Test("a rejection carries its reason")
    func rejected() throws {
        let test = try TestSCP()
        let wrong = PeerAddress(aeTitle: AETitle("OTHER")!, host: "127.0.0.1", port: test.port)
        let error = error { _ = try AssociationRequestor(to: wrong, from: me, proposing: []) }
        #expect(error?.code == .rejected(.calledAETitleNotRecognized))
        #expect(error?.isTransient == false)
    }

    @Test("a peer that accepts the connection and says nothing: timeout")
    func silentPeer() throws {
        let listener = try SilentServer()
        var timeouts = RequestorTimeouts()
        timeouts.association = .seconds(1)
        let address = PeerAddress(aeTitle: me, host: "127.0.0.1", port: listener.port)
        let start = ContinuousClock.now
        let error = error { _ = try AssociationRequestor(to: address, from: me, proposing: [], timeouts: timeouts) }
        #expect(error?.code == .timeout)
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test("a peer that hangs in the middle: timeout; one that goes away: connection lost or aborted")
    func hangingPeer() throws {
        let slow = RecordingDelegate(outcome: { _ in
            Thread.sleep(forTimeInterval: 3)
            return .success
        })
        let hanging = try TestSCP(slow)
        let file = try TestObject(1).write(to: hanging.delegate.folder)
        var timeouts = RequestorTimeouts()
        timeouts.response = .seconds(1)
        let requestor = try AssociationRequestor(
            to: hanging.address, from: me, proposing: [file.context], timeouts: timeouts)
        #expect(error { _ = try requestor.store(file) }?.code == .timeout)
        #expect(error { _ = try requestor.store(file) }?.code == .connectionLost)
        let leaving = try TestSCP()
        let other = try leaving.requestor([file.context])
        leaving.scp.stop(drain: .zero)
        #expect([.aborted, .connectionLost].contains(error { _ = try other.store(file) }?.code))
    }
}
