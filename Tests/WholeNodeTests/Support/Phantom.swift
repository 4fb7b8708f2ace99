import Foundation

/// The chest phantom that `fovea phantom chest` writes, made once for all tests.
enum Phantom {
    struct Truth: Decodable {
        struct Nodule: Decodable {
            let centreMm: [Double]
            let diameterMm: Double
            let volumeMl: Double
        }
        let nodules: [Nodule]
    }

    /// The folder of the series and its truth.json.
    static let chest: Result<(folder: URL, truth: Truth), any Error> = Result {
        let scratch = try kept.get()
        let folder = try scratch.folder("chest")
        let result = try run(Repository.fovea, ["phantom", "chest", "--output", folder.path], in: scratch)
        guard result.status == 0 else { throw RunningProcess.Timeout(description: result.error) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let truth = try decoder.decode(Truth.self, from: Data(contentsOf: folder.appending(path: "truth.json")))
        try FileManager.default.removeItem(at: folder.appending(path: "truth.json"))
        return (folder, truth)
    }

    private static let kept = Result { try ScratchFolder() }

    /// A copy with one fault of Tests/Peers/vary_series.py, under UIDs of its own.
    static func varied(_ fault: String, first: Int? = nil, in scratch: ScratchFolder) throws -> URL {
        let folder = try scratch.folder("\(fault)-\(UUID().uuidString.prefix(8))")
        let script = Repository.peers.appending(path: "vary_series.py").path
        let arguments = [script, fault, try chest.get().folder.path, folder.path] + (first.map { ["--first", "\($0)"] } ?? [])
        let result = try run(Repository.python, arguments, in: scratch)
        guard result.status == 0 else { throw RunningProcess.Timeout(description: result.error) }
        return folder
    }
}
