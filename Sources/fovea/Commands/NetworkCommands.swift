import ArgumentParser
import DICOMCore
import DICOMNetwork
import Foundation
import Workflow

/// The peer of `send` and `echo`.
struct PeerOptions: ParsableArguments {
    @Argument(help: "The peer, as AET@HOST:PORT.", transform: Self.peer)
    var peer: PeerAddress

    @Option(help: "Our own AE title.", transform: aeTitle)
    var callingAETitle = AETitle("FOVEA")!

    private static func peer(_ text: String) throws -> PeerAddress {
        guard let peer = PeerAddress(text) else { throw ValidationError("'\(text)' is not AET@HOST:PORT") }
        return peer
    }
}

struct EchoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "Verify that a peer answers (C-ECHO).")

    @OptionGroup var options: PeerOptions

    func run() throws {
        let requestor = try AssociationRequestor(to: options.peer, from: options.callingAETitle, proposing: [])
        let status = try requestor.echo()
        try requestor.release()
        guard status.isSuccess else { throw CommandFailure("\(options.peer) answered \(status)") }
        print("\(options.peer) answers")
    }
}

struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Send files and folders to a peer (C-STORE).",
        discussion: "Files that are not DICOM are left out. Exits with 1 if an object was not taken.")

    @OptionGroup var options: PeerOptions

    @Argument(help: "Files and folders.", completion: .file())
    var paths: [String]

    func run() throws {
        let objects = try FileSearch.files(in: paths).compactMap { try? StoredObject.read($0) }
        guard !objects.isEmpty else { throw CommandFailure("no DICOM files in \(paths.joined(separator: ", "))") }
        let start = ContinuousClock.now
        var refused = 0
        for group in Self.associations(objects) { refused += try send(group) }
        let seconds = Texts.decimal((ContinuousClock.now - start) / .seconds(1), 2)
        print("\(objects.count - refused) of \(objects.count) objects sent to \(options.peer) in \(seconds) s")
        if refused > 0 { throw ExitCode.failure }
    }

    /// No association proposes more contexts than PS3.8 allows.
    private static func associations(_ objects: [StoredObject]) -> [[StoredObject]] {
        var groups: [[StoredObject]] = []
        var contexts: Set<PresentationContext> = []
        for object in objects {
            if groups.isEmpty
                || (contexts.count == AssociationRequestor.maximumContexts && !contexts.contains(object.context))
            {
                groups.append([])
                contexts = []
            }
            contexts.insert(object.context)
            groups[groups.count - 1].append(object)
        }
        return groups
    }

    /// - Returns: how many were not taken.
    private func send(_ objects: [StoredObject]) throws -> Int {
        let requestor = try AssociationRequestor(
            to: options.peer, from: options.callingAETitle, proposing: objects.map(\.context))
        let refusals = try objects.compactMap { try refusal(of: $0, requestor) }
        try requestor.release()
        for refusal in refusals { Terminal.complain(refusal) }
        return refusals.count
    }

    private func refusal(of object: StoredObject, _ requestor: AssociationRequestor) throws(NetworkError) -> String? {
        do throws(NetworkError) {
            let response = try requestor.store(object)
            let isTaken = response.status.isSuccess || response.status.isWarning
            return isTaken
                ? nil : "\(object.file.path): \(options.peer) answered \(response.status) \(response.comment ?? "")"
        } catch {
            guard error.code == .noAcceptedContext || error.code == .unreadableFile else { throw error }
            return "\(object.file.path): \(error)"
        }
    }
}
