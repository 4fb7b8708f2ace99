import Foundation

/// What highdicom and pydicom read in our SEG and SR (Tests/Peers/check_results.py).
struct Results: Decodable {
    struct Segment: Decodable {
        let number: Int
        let label: String
        let trackingUid: String
        let voxels: Int
        let centroidMm: [Double]
    }
    struct Segmentation: Decodable {
        let sopInstanceUid: String
        let seriesInstanceUid: String
        let sourceSeries: String
        let frames: Int
        let sources: [String]
        let segments: [Segment]
    }
    struct Measurement: Decodable {
        let name: String
        let value: Double
        let unit: String
        let derivation: String?
    }
    struct Group: Decodable {
        let trackingUid: String
        let segment: Int?
        let segmentation: String?
        let measurements: [Measurement]
    }
    struct Report: Decodable {
        let sopClass: String
        let sopInstanceUid: String
        let preliminary: String?
        let verification: String
        let evidence: [String]
        let predecessors: [String]
        let texts: [String]
        let codes: [[String]]
        let groups: [Group]
    }
    let segmentations: [Segmentation]
    let reports: [Report]

    static func read(_ files: [URL], in folder: ScratchFolder) throws -> Results {
        let output = try runPeer("check_results.py", files.map(\.path), in: folder)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Results.self, from: Data(output.utf8))
    }
}

/// The errors that dciodvfy finds in an object.
func dciodvfyErrors(_ file: URL, in folder: ScratchFolder) throws -> [Substring] {
    let result = try run("dciodvfy", [file.path], in: folder)
    return (result.output + result.error).split(separator: "\n").filter { $0.hasPrefix("Error") }
}
