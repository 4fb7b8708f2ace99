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
    ///
    /// - Parameters:
    ///   - source: another series than the phantom
    ///   - first: only so many slices, from the feet
    ///   - matrix: fewer rows and columns, to be quick
    static func varied(
        _ fault: String, of source: URL? = nil, first: Int? = nil, matrix: Int? = nil, in scratch: ScratchFolder
    ) throws -> URL {
        let folder = try scratch.folder("\(fault)-\(UUID().uuidString.prefix(8))")
        let limits = (first.map { ["--first", "\($0)"] } ?? []) + (matrix.map { ["--matrix", "\($0)"] } ?? [])
        let source = try source ?? chest.get().folder
        try runPeer("vary_series.py", [fault, source.path, folder.path] + limits, in: scratch)
        return folder
    }

    /// The whole chest in few pixels: found and answered within a second or two.
    static func small(in scratch: ScratchFolder) throws -> URL { try varied("same", matrix: 128, in: scratch) }

    /// Whole chests of 26 slices of 128 x 128, under UIDs of their own, each in a folder: quick to send and segment.
    static func small(copies: Int, in scratch: ScratchFolder) throws -> [URL] {
        let folder = try scratch.folder("small-\(UUID().uuidString.prefix(8))")
        let options = ["--coarser", "4", "--copies", "\(copies)"]
        try runPeer("vary_series.py", ["same", try chest.get().folder.path, folder.path] + options, in: scratch)
        return (0..<copies).map { folder.appending(path: ($0 < 10 ? "0" : "") + "\($0)") }
    }

    /// Some slices below the lungs: received, assembled, and answered without a run of the network.
    static func few(in scratch: ScratchFolder) throws -> URL { try varied("same", first: 12, matrix: 128, in: scratch) }

    /// A scout, two reconstructions and a reformat of one study, each in the subfolder of its name; and the UIDs of the
    /// series by name.
    static func study(in scratch: ScratchFolder) throws -> (folder: URL, series: [String: String]) {
        let folder = try scratch.folder("study")
        let output = try runPeer("make_study.py", [try chest.get().folder.path, folder.path], in: scratch)
        let names = output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return (folder, Dictionary(uniqueKeysWithValues: names.map { ($0[0], $0[1]) }))
    }
}
