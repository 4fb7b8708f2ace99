import DICOMCore
import DICOMNetwork
import Foundation
import Testing

/// The SCP against scripted peers, byte by byte.
@Suite(.timeLimit(.minutes(2))) struct StorageSCPTests {
    private static let ct = (abstract: "1.2.840.10008.5.1.4.1.1.2", transfers: ["1.2.840.10008.1.2.1"])

    /// A peer whose association for CT in Explicit VR Little Endian is accepted.
    private func associated(_ test: TestSCP) throws -> RawPeer {
        let peer = try RawPeer(port: test.port)
        peer.send(PDU.associateRequest(contexts: [Self.ct]).bytes)
        let answer = try #require(peer.receivePDU())
        #expect(answer.type == 0x02)
        return peer
    }

    /// The response to the next message.
    private func response(_ peer: RawPeer) throws -> CommandSet {
        let pdu = try #require(peer.receivePDU())
        #expect(pdu.type == 0x04)
        return try #require(CommandSet(decoding: Array(pdu.body.dropFirst(6))))
    }

    /// Sends a whole C-STORE and returns the status.
    private func store(
        _ object: TestObject, on peer: RawPeer, affectedSOPInstanceUID: String? = nil
    ) throws -> DIMSEStatus {
        let command = object.command(affectedSOPInstanceUID: affectedSOPInstanceUID)
        peer.send(PDU.data(command, isCommand: true, isLast: true).bytes)
        peer.send(PDU.data(object.dataSet, isCommand: false, isLast: true).bytes)
        return DIMSEStatus(rawValue: try #require(try response(peer)[number: .status]))
    }

    // MARK: Before an association

    @Test("silent clients keep nobody from working, and are let go in time")
    func silentClients() throws {
        let test = try TestSCP()
        let silent = try (0..<4).map { _ in try RawPeer(port: test.port) }
        Thread.sleep(forTimeInterval: 0.1)
        let start = ContinuousClock.now
        #expect(try test.requestor().echo() == .success)
        #expect(ContinuousClock.now - start < .milliseconds(800))
        for peer in silent { #expect(peer.isClosedByPeer()) }
        #expect(test.delegate.waitFor { $0.events.count(where: { $0 == .silent(peerAddress: "127.0.0.1") }) == 4 })
    }

    @Test("a peer that trickles its association request is let go in time")
    func trickle() throws {
        let test = try TestSCP()
        let peer = try RawPeer(port: test.port)
        let start = ContinuousClock.now
        for byte in PDU.associateRequest(contexts: [Self.ct]).bytes.prefix(20) {
            peer.send([byte])
            Thread.sleep(forTimeInterval: 0.15)
        }
        #expect(peer.isClosedByPeer())
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(test.delegate.waitFor { $0.events == [.silent(peerAddress: "127.0.0.1")] })
    }

    @Test("a TLS hello on the plain port is named as such")
    func tlsHello() throws {
        let test = try TestSCP()
        let peer = try RawPeer(port: test.port)
        peer.send([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00])
        #expect(peer.isClosedByPeer())
        #expect(test.delegate.waitFor { $0.events == [.tlsHello(peerAddress: "127.0.0.1")] })
    }

    @Test(
        "garbage ends its connection and nothing else",
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0xFF, count: 4096),
            [0x01, 0x00, 0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 64),
            [0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0, 1, 0, 0], [0x04, 0x00, 0x00, 0x00, 0x00, 0x04, 0, 0, 0, 0],
            [0x09, 0x00, 0x00, 0x00, 0x00, 0x00],
        ])
    func garbage(bytes: [UInt8]) throws {
        let test = try TestSCP()
        let peer = try RawPeer(port: test.port)
        peer.send(bytes)
        #expect(peer.isClosedByPeer())
        #expect(
            test.delegate.waitFor {
                $0.events.contains { if case .notDICOM("127.0.0.1", _) = $0 { true } else { false } }
            })
        #expect(try test.requestor().echo() == .success)
    }

    @Test("a probe is no association")
    func probe() throws {
        let test = try TestSCP()
        _ = try RawPeer(port: test.port)
        #expect(test.delegate.waitFor { $0.events == [.probed(peerAddress: "127.0.0.1")] })
        #expect(test.delegate.summaries.isEmpty)
    }

    // MARK: Rejections

    @Test("rejections carry result, source and reason of PS3.8 §9.3.4")
    func rejections() throws {
        let unknown = RecordingDelegate(decision: {
            $0.callingAETitle.rawValue == "TESTER" ? .accept : .reject(.callingAETitleNotRecognized)
        })
        let test = try TestSCP(unknown)
        func rejection(_ request: PDU) throws -> [UInt8] {
            let peer = try RawPeer(port: test.port)
            peer.send(request.bytes)
            let answer = try #require(peer.receivePDU())
            #expect(answer.type == 0x03)
            return Array(answer.body.dropFirst())
        }
        #expect(try rejection(.associateRequest(called: "OTHER", contexts: [Self.ct])) == [1, 1, 7])
        #expect(try rejection(.associateRequest(calling: "STRANGER", contexts: [Self.ct])) == [1, 1, 3])
        #expect(try rejection(.associateRequest(calling: "", contexts: [Self.ct])) == [1, 1, 3])
        #expect(try rejection(.associateRequest(application: "1.2.3", contexts: [Self.ct])) == [1, 1, 2])
        #expect(
            test.delegate.waitFor {
                $0.events.contains(
                    .rejected(
                        .calledAETitleNotRecognized, callingAETitle: "TESTER", calledAETitle: "OTHER",
                        peerAddress: "127.0.0.1"))
            })
    }

    @Test("one association too many is rejected for now; the next may come when one has gone")
    func localLimit() throws {
        let test = try TestSCP { $0.maximumAssociations = 2 }
        let first = try test.requestor(), second = try test.requestor()
        #expect(throws: NetworkError.self) { try test.requestor() }
        do {
            _ = try test.requestor()
            Issue.record("a third association was accepted")
        } catch let error as NetworkError {
            #expect(error.code == .rejected(.localLimitExceeded))
            #expect(error.isTransient)
        }
        #expect(try first.echo() == .success)
        try second.release()
        #expect(test.delegate.waitFor { $0.summaries.count == 1 && test.scp.activeAssociations == 1 })
        #expect(try test.requestor().echo() == .success)
    }

    // MARK: Negotiation

    @Test("of the proposed transfer syntaxes the first of ours is taken; big endian and deflated never")
    func preference() throws {
        let test = try TestSCP()
        let peer = try RawPeer(port: test.port)
        let implicit = "1.2.840.10008.1.2", explicit = "1.2.840.10008.1.2.1", bigEndian = "1.2.840.10008.1.2.2"
        let deflated = "1.2.840.10008.1.2.1.99", jpegLS = "1.2.840.10008.1.2.4.80", j2k = "1.2.840.10008.1.2.4.90"
        let contexts = [
            (Self.ct.abstract, [implicit, bigEndian, explicit]), (Self.ct.abstract, [bigEndian]),
            (Self.ct.abstract, [deflated, implicit]), (Self.ct.abstract, [j2k, jpegLS]),
            ("1.2.840.10008.5.1.4.1.1.88.67", [explicit]), ("1.2.840.10008.5.1.4.1.2.2.1", [implicit]),
            ("1.2.840.10008.1.1", [jpegLS, implicit]),
        ]
        peer.send(PDU.associateRequest(contexts: contexts.map { (abstract: $0.0, transfers: $0.1) }).bytes)
        let answer = try #require(peer.receivePDU())
        let results = AcceptedContext.all(in: answer)
        #expect(results.map(\.result) == [0, 4, 0, 0, 0, 3, 0])
        let accepted = results.filter { $0.result == 0 }.map(\.transferSyntax)
        #expect(accepted == [explicit, implicit, jpegLS, explicit, implicit])
    }

    @Test("every row of the table is negotiated as it says", arguments: StorageSCPConfiguration.OtherStorage.allCases)
    func table(otherStorage: StorageSCPConfiguration.OtherStorage) throws {
        let test = try TestSCP { $0.otherStorage = otherStorage }
        let syntax = TransferSyntax.implicitVRLittleEndian.uid
        for rows in [StorageClass.table.prefix(100), StorageClass.table.dropFirst(100)] {
            let contexts = rows.map { PresentationContext(sopClassUID: $0.uid, transferSyntaxUID: syntax) }
            let requestor = try test.requestor(contexts)
            for (row, context) in zip(rows, contexts) {
                let isAccepted = row.kind != .other || otherStorage == .acknowledge
                #expect(requestor.accepts(context) == isAccepted, "\(row.keyword)")
            }
            try requestor.release()
        }
    }

    // MARK: C-STORE

    @Test("the data set arrives bit by bit behind file meta information with the AE titles")
    func bitPreserving() throws {
        let test = try TestSCP()
        let peer = try associated(test)
        let object = TestObject(1)
        #expect(try store(object, on: peer) == .success)
        let stored = try #require(test.delegate.stored.first)
        let bytes = [UInt8](try Data(contentsOf: stored.file))
        #expect(stored.byteCount == bytes.count)
        let (information, offset) = try #require(FileMetaInformation.decode(bytes))
        #expect(Array(bytes[offset...]) == object.dataSet)
        #expect(information.sopInstanceUID == object.sopInstanceUID)
        #expect(information.transferSyntaxUID == TransferSyntax.explicitVRLittleEndian.uid)
        #expect(bytes.prefix(offset).contains(Array("TESTER".utf8)))
        #expect(bytes.prefix(offset).contains(Array("FOVEA ".utf8)))
        #expect(stored.request.callingAETitle.rawValue == "TESTER")
        #expect(stored.request.peerAddress == "127.0.0.1")
    }

    @Test("many small fragments, an empty one at the end, and command and data set in one PDU are all one object")
    func fragments() throws {
        let test = try TestSCP()
        let peer = try associated(test)
        let object = TestObject(2)
        let command = PDU.data(object.command(), isCommand: true, isLast: true)
        let half = object.dataSet.count / 4 * 2
        let first = PDU.data(Array(object.dataSet.prefix(half)), isCommand: false, isLast: false)
        peer.send(PDU(type: 0x04, body: command.body + first.body).bytes)
        for byte in stride(from: half, to: object.dataSet.count, by: 2) {
            peer.send(PDU.data(Array(object.dataSet[byte..<byte + 2]), isCommand: false, isLast: false).bytes)
        }
        peer.send(PDU.data([], isCommand: false, isLast: true).bytes)
        #expect(try response(peer)[number: .status] == 0)
        let stored = try #require(test.delegate.stored.first)
        #expect([UInt8](try Data(contentsOf: stored.file)).suffix(object.dataSet.count) == object.dataSet[...])
    }

    @Test(
        "UIDs that are none name no file: 0x0117, and the association goes on",
        arguments: [
            "../../etc/passwd", "1.2/3", "", "1..2", String(repeating: "1", count: 65), "1.2.3\0.4", "caf\u{e9}",
        ])
    func hostileUID(uid: String) throws {
        let test = try TestSCP()
        let peer = try associated(test)
        #expect(try store(TestObject(3), on: peer, affectedSOPInstanceUID: uid) == .invalidSOPInstance)
        #expect(test.delegate.filesInFolder.isEmpty)
        #expect(try store(TestObject(4), on: peer) == .success)
        #expect(test.delegate.stored.map(\.request.sopInstanceUID) == [TestObject(4).sopInstanceUID])
    }

    @Test("a space-padded UID is a UID, and is given back as it came")
    func paddedUID() throws {
        let test = try TestSCP()
        let peer = try associated(test)
        let object = TestObject(5)
        let command = object.command(affectedSOPInstanceUID: object.sopInstanceUID.rawValue + "  ")
        peer.send(PDU.data(command, isCommand: true, isLast: true).bytes)
        peer.send(PDU.data(object.dataSet, isCommand: false, isLast: true).bytes)
        let answer = try response(peer)
        #expect(answer[number: .status] == 0)
        #expect(answer[uid: .affectedSOPInstanceUID]?.hasPrefix(object.sopInstanceUID.rawValue + "  ") == true)
        #expect(test.delegate.stored.first?.request.sopInstanceUID == object.sopInstanceUID)
    }

    @Test("a class that is not that of the context: 0xA900")
    func wrongClass() throws {
        let test = try TestSCP()
        let peer = try associated(test)
        #expect(try store(TestObject(6, sopClassUID: .mrImageStorage), on: peer) == .dataSetDoesNotMatchSOPClass)
        #expect(test.delegate.stored.isEmpty)
    }

    @Test("the delegate's statuses reach the peer", arguments: [0x0000, 0xB000, 0xA700, 0xA900, 0xC000, 0x0124, 0x0110])
    func statuses(raw: Int) throws {
        let status = DIMSEStatus(rawValue: UInt16(raw))
        let late = try TestSCP(RecordingDelegate(outcome: { _ in status }))
        let latePeer = try associated(late)
        #expect(try store(TestObject(7), on: latePeer) == status)
        latePeer.send(PDU.releaseRequest.bytes)
        #expect(latePeer.receivePDU()?.type == 0x06)
        #expect(late.delegate.waitFor { $0.summaries.count == 1 })
        let summary = try #require(late.delegate.summaries.first)
        #expect(summary.ending == .released)
        #expect(summary.storedInstances == (status.isSuccess || status.isWarning ? 1 : 0))
        #expect(summary.storedInstances + summary.refusedInstances == 1)
        let early = try TestSCP(RecordingDelegate(disposition: { _ in .refuse(status) }))
        let earlyPeer = try associated(early)
        #expect(try store(TestObject(7), on: earlyPeer) == status)
        #expect(try store(TestObject(8), on: earlyPeer) == status)
        #expect(early.delegate.stored.isEmpty)
    }

    @Test("too large: 0xA700 and no file; beyond all measure: the end")
    func oversize() throws {
        let test = try TestSCP { $0.maximumObjectBytes = 4096 }
        let peer = try associated(test)
        #expect(try store(TestObject(9, rows: 48), on: peer) == .outOfResources)
        #expect(test.delegate.filesInFolder.isEmpty)
        #expect(try store(TestObject(10), on: peer) == .success)
        peer.send(PDU.data(TestObject(11).command(), isCommand: true, isLast: true).bytes)
        let piece = PDU.data([UInt8](repeating: 0, count: 1024), isCommand: false, isLast: false)
        for _ in 0..<9 { peer.send(piece.bytes) }
        #expect(peer.receivePDU()?.type == 0x07)
        #expect(test.delegate.waitFor { $0.summaries.first?.ending == .failed })
        #expect(test.delegate.filesInFolder.count == 1)
        let uid = TestObject(9).sopInstanceUID
        #expect(test.delegate.events.contains { if case .objectTooLarge(_, uid, 4096) = $0 { true } else { false } })
    }

    @Test("a spool file that cannot be written: a status, and the association goes on")
    func unwritable() throws {
        let missing = URL(filePath: "/nonexistent/object.part"), full = URL(filePath: "/dev/full/object.part")
        for place in [missing, full] {
            let test = try TestSCP(RecordingDelegate(disposition: { _ in .spool(place) }))
            let peer = try associated(test)
            #expect(try store(TestObject(12), on: peer) == .processingFailure)
            #expect(try store(TestObject(13), on: peer) == .processingFailure)
            #expect(test.delegate.stored.isEmpty)
        }
    }

    @Test("acknowledged classes are read and not kept")
    func acknowledged() throws {
        let test = try TestSCP()
        let keyObject = StorageClass.table.first { $0.keyword == "KeyObjectSelectionDocumentStorage" }!
        let object = TestObject(14, sopClassUID: keyObject.uid)
        let peer = try RawPeer(port: test.port)
        let contexts = [(abstract: keyObject.uid.rawValue, transfers: ["1.2.840.10008.1.2.1"])]
        peer.send(PDU.associateRequest(contexts: contexts).bytes)
        #expect(peer.receivePDU()?.type == 0x02)
        #expect(try store(object, on: peer) == .success)
        #expect(test.delegate.stored.isEmpty && test.delegate.filesInFolder.isEmpty)
        let uid = object.sopInstanceUID
        #expect(
            test.delegate.events.contains { if case .acknowledgedOnly(_, uid, keyObject) = $0 { true } else { false } })
    }

    // MARK: Ends

    @Test("an association that breaks off in mid-object leaves nothing behind", arguments: [true, false])
    func brokenOff(byAbort: Bool) throws {
        let test = try TestSCP()
        var peer: RawPeer? = try associated(test)
        let object = TestObject(15)
        peer?.send(PDU.data(object.command(), isCommand: true, isLast: true).bytes)
        peer?.send(PDU.data(Array(object.dataSet.prefix(100)), isCommand: false, isLast: false).bytes)
        #expect(test.delegate.waitFor { $0.filesInFolder.count == 1 })
        if byAbort { peer?.send(PDU.abort.bytes) }
        peer = nil
        #expect(test.delegate.waitFor { $0.summaries.first?.ending == .aborted })
        #expect(test.delegate.filesInFolder.isEmpty)
        #expect(test.delegate.stored.isEmpty)
        let uid = object.sopInstanceUID
        #expect(test.delegate.events.contains { if case .receptionBroken(_, uid, 100) = $0 { true } else { false } })
    }

    @Test("a peer that falls silent in mid-object, or between messages, is aborted in time", arguments: [true, false])
    func idle(inMidObject: Bool) throws {
        let test = try TestSCP { $0.idleTimeout = .seconds(1) }
        let peer = try associated(test)
        if inMidObject {
            peer.send(PDU.data(TestObject(16).command(), isCommand: true, isLast: true).bytes)
        }
        #expect(peer.receivePDU()?.type == 0x07)
        #expect(test.delegate.waitFor { $0.summaries.first?.ending == .timedOut })
        #expect(test.delegate.filesInFolder.isEmpty)
    }

    @Test("commands that are not supported get 0x0211, a C-CANCEL gets no answer, and the association goes on")
    func unsupported() throws {
        let test = try TestSCP()
        let peer = try associated(test)
        for field: UInt16 in [0x0020, 0x0010, 0x0021, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150, 0x0777] {
            var command = CommandSet()
            command[number: .commandField] = field
            command[number: .messageID] = 3
            command[number: .dataSetType] = 1
            peer.send(PDU.data(command.encoded(), isCommand: true, isLast: true).bytes)
            peer.send(PDU.data([8, 0, 5, 0, 0, 0, 0, 0], isCommand: false, isLast: true).bytes)
            let answer = try response(peer)
            #expect(answer[number: .status] == 0x0211)
            #expect(answer[number: .commandField] == field | 0x8000)
            #expect(answer[number: .messageIDBeingRespondedTo] == 3)
        }
        var cancel = CommandSet()
        cancel[number: .commandField] = 0x0FFF
        cancel[number: .messageIDBeingRespondedTo] = 3
        cancel[number: .dataSetType] = 0x0101
        peer.send(PDU.data(cancel.encoded(), isCommand: true, isLast: true).bytes)
        #expect(try store(TestObject(17), on: peer) == .success)
    }

    @Test(
        "a peer that breaks the protocol is aborted",
        arguments: [
            PDU.data([8, 0, 5, 0, 0, 0, 0, 0], isCommand: false, isLast: true),
            PDU.data([1, 2, 3], isCommand: true, isLast: true),
            PDU.data([UInt8](repeating: 0, count: 8000), isCommand: true, isLast: false),
            PDU(type: 0x04, body: [0, 0, 0, 1, 1]), PDU(type: 0x04, body: [0x7F, 0xFF, 0xFF, 0xFF, 1, 3]),
            PDU(type: 0x02, body: [UInt8](repeating: 0, count: 68)), PDU(type: 0x42, body: [0]),
        ])
    func violations(pdu: PDU) throws {
        let test = try TestSCP()
        let peer = try associated(test)
        for _ in 0..<10 { peer.send(pdu.bytes) }
        #expect(peer.isClosedByPeer())
        #expect(test.delegate.waitFor { !$0.summaries.isEmpty })
        #expect(test.delegate.summaries.map(\.ending) == [.failed])
        #expect(try test.requestor().echo() == .success)
    }

    // MARK: Start and stop

    @Test("a port that is taken is an error that says so")
    func portTaken() throws {
        let test = try TestSCP()
        do {
            _ = try TestSCP { $0.port = test.port }
            Issue.record("two listeners on one port")
        } catch let error as NetworkError {
            #expect(error.code == .cannotListen)
        }
    }

    @Test("stop aborts the idle, lets a C-STORE end, and then nobody is answered any more")
    func drain() throws {
        let test = try TestSCP()
        let idle = try associated(test), busy = try associated(test)
        let port = test.port
        let object = TestObject(19)
        busy.send(PDU.data(object.command(), isCommand: true, isLast: true).bytes)
        busy.send(PDU.data(Array(object.dataSet.prefix(100)), isCommand: false, isLast: false).bytes)
        #expect(test.delegate.waitFor { $0.filesInFolder.count == 1 })
        let stopping = Thread { [scp = test.scp] in scp.stop(drain: .seconds(5)) }
        stopping.start()
        #expect(idle.receivePDU()?.type == 0x07)
        #expect(throws: (any Error).self) { try RawPeer(port: port) }
        busy.send(PDU.data(Array(object.dataSet.dropFirst(100)), isCommand: false, isLast: true).bytes)
        #expect(try response(busy)[number: .status] == 0)
        #expect(busy.receivePDU()?.type == 0x07)
        #expect(test.delegate.waitFor { $0.summaries.map(\.ending) == [.stopped, .stopped] })
        #expect(test.delegate.stored.count == 1)
    }

    @Test("what is still in progress when the time for draining is over is aborted")
    func drainDeadline() throws {
        let test = try TestSCP { $0.transferTimeout = .seconds(30) }
        let peer = try associated(test)
        peer.send(PDU.data(TestObject(20).command(), isCommand: true, isLast: true).bytes)
        #expect(test.delegate.waitFor { $0.filesInFolder.count == 1 })
        let start = ContinuousClock.now
        test.scp.stop(drain: .milliseconds(300))
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(test.delegate.summaries.map(\.ending) == [.stopped])
        #expect(test.delegate.filesInFolder.isEmpty)
        #expect(test.scp.boundPort == nil)
    }

    @Test("starting and stopping leaves no descriptor behind")
    func noLeak() throws {
        func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        _ = try TestSCP()
        let before = try descriptors()
        for number in 0..<10 {
            let test = try TestSCP()
            let peer = try associated(test)
            #expect(try store(TestObject(100 + number), on: peer) == .success)
            test.scp.stop(drain: .zero)
        }
        // Other tests run at the same time; ten leaked listeners would be 30 descriptors and more.
        #expect(try descriptors() < before + 30)
    }
}

/// A presentation context of an A-ASSOCIATE-AC (PS3.8 §9.3.3.2).
private struct AcceptedContext {
    let result: UInt8
    let transferSyntax: String

    static func all(in answer: PDU) -> [AcceptedContext] {
        var contexts: [AcceptedContext] = []
        var rest = answer.body.dropFirst(68)[...]
        while rest.count >= 4 {
            let bytes = Array(rest)
            let length = Int(bytes[2]) << 8 | Int(bytes[3])
            if bytes[0] == 0x21 {
                let syntax = bytes[12..<4 + length].prefix { $0 != 0 }
                let text = String(decoding: syntax, as: UTF8.self)
                contexts.append(AcceptedContext(result: bytes[6], transferSyntax: text))
            }
            rest = rest.dropFirst(4 + length)
        }
        return contexts
    }
}
