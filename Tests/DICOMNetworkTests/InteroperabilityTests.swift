import DICOMCore
import DICOMNetwork
import Foundation
import Testing

/// DCMTK's own command line tools as peers, on loopback.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Tool.isInstalled("dcmsend") && Tool.isInstalled("storescp")))
struct InteroperabilityTests {
    /// Files in a folder of their own.
    private func write(_ objects: [TestObject], below folder: URL) throws -> [StoredObject] {
        let place = folder.appending(path: "send")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return try objects.map { try $0.write(to: place) }
    }

    @Test("echoscu is answered")
    func echoscu() throws {
        let test = try TestSCP()
        let (status, output) = try Tool("echoscu", ["-aec", "FOVEA", "127.0.0.1", "\(test.port)"]).finish()
        #expect(status == 0, "\(output)")
        let (wrong, words) = try Tool("echoscu", ["-aec", "OTHER", "127.0.0.1", "\(test.port)"]).finish()
        #expect(wrong != 0)
        #expect(words.contains("Called AE Title Not Recognized"))
    }

    @Test("storescu and dcmsend deliver everything", arguments: ["storescu", "dcmsend"])
    func senders(tool: String) throws {
        let test = try TestSCP()
        let objects = (1...30).map { TestObject($0, rows: 128) } + [TestObject(31, sopClassUID: .mrImageStorage)]
        let files = try write(objects, below: test.delegate.folder)
        let arguments = ["-aec", "FOVEA", "127.0.0.1", "\(test.port)"] + files.map(\.file.path)
        let (status, output) = try Tool(tool, arguments).finish()
        #expect(status == 0, "\(output)")
        #expect(test.delegate.waitFor { $0.summaries.count == 1 })
        #expect(test.delegate.stored.count == objects.count)
        let pairs = test.delegate.stored.map { ($0.request.sopInstanceUID, $0.file) }
        let arrived = Dictionary(uniqueKeysWithValues: pairs)
        for object in objects {
            let file = try #require(arrived[object.sopInstanceUID])
            // The tools encode the data set anew: sequence and item lengths aside, these objects come out the same.
            #expect([UInt8](try Data(contentsOf: file)).suffix(object.dataSet.count) == object.dataSet[...])
        }
    }

    @Test("what arrived is a Part 10 file for dcmdump")
    func part10() throws {
        let test = try TestSCP()
        let files = try write([TestObject(1)], below: test.delegate.folder)
        let requestor = try test.requestor(files.map(\.context))
        #expect(try requestor.store(files[0]).status == .success)
        let file = try #require(test.delegate.stored.first?.file)
        let (status, output) = try Tool("dcmdump", ["-ml", file.path]).finish()
        #expect(status == 0, "\(output)")
        #expect(output.contains("FOVEA_0_1"))
        #expect(output.contains("SourceApplicationEntityTitle"))
        #expect(output.contains("ReceivingApplicationEntityTitle"))
    }

    @Test("our requestor delivers to storescp")
    func storescp() throws {
        let test = RecordingDelegate()
        let port = try freePort()
        let incoming = test.folder.appending(path: "pacs")
        try FileManager.default.createDirectory(at: incoming, withIntermediateDirectories: true)
        let pacs = try Tool("storescp", ["-od", incoming.path, "-aet", "PACS", "\(port)"])
        defer { pacs.stop() }
        let objects = (1...10).map { TestObject($0, rows: 200) }
        let files = try write(objects, below: test.folder)
        let address = PeerAddress(aeTitle: AETitle("PACS")!, host: "localhost", port: port)
        var requestor: AssociationRequestor?
        #expect(
            test.waitFor { _ in
                requestor = try? AssociationRequestor(
                    to: address, from: AETitle("FOVEA")!, proposing: [.verification] + files.map(\.context))
                return requestor != nil
            })
        let sender = try #require(requestor)
        #expect(try sender.echo() == .success)
        for file in files { #expect(try sender.store(file).status == .success) }
        try sender.release()
        let names = try FileManager.default.contentsOfDirectory(atPath: incoming.path)
        #expect(names.count == objects.count)
    }

    private func freePort() throws -> UInt16 { try SilentServer().port }
}
