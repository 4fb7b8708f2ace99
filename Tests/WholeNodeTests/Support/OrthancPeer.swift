import Foundation

/// Debian's Orthanc as the PACS.
final class OrthancPeer {
    let port: Int
    let folder: ScratchFolder
    private let process: RunningProcess

    init() throws {
        folder = try ScratchFolder()
        port = try Loopback.freePort()
        let settings: [String: Any] = [
            "Name": "Tests", "DicomAet": "PACS", "DicomPort": port, "HttpServerEnabled": false,
            "StorageDirectory": folder.url.appending(path: "store").path,
            "IndexDirectory": folder.url.appending(path: "index").path, "Plugins": [String](),
            "DicomAlwaysAllowStore": true, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true,
        ]
        let file = folder.url.appending(path: "orthanc.json")
        try JSONSerialization.data(withJSONObject: settings).write(to: file)
        process = try RunningProcess("Orthanc", [file.path], in: folder)
        try eventually("Orthanc listens") { Loopback.isListening(port) }
    }

    /// The SOP Instance UIDs that a C-FIND gives for a modality.
    func instances(modality: String, study: String) throws -> [String] {
        let arguments = [
            "-S", "-aec", "PACS", "-k", "QueryRetrieveLevel=IMAGE", "-k", "StudyInstanceUID=\(study)",
            "-k", "Modality=\(modality)", "-k", "SeriesInstanceUID", "-k", "SOPInstanceUID", "127.0.0.1", "\(port)",
        ]
        let answer = try run("findscu", arguments, in: folder)
        return (answer.output + answer.error).split(separator: "\n")
            .filter { $0.contains("(0008,0018)") }
            .compactMap { $0.split(separator: "[").dropFirst().first?.split(separator: "]").first.map(String.init) }
            .filter { $0.first?.isNumber == true }
    }
}
