import Foundation

/// A series as `fovea segment --json` shows it.
struct SegmentedSeries: Decodable {
    struct Output: Decodable {
        let role: String
        let path: String
    }

    let outcome: String
    let reason: String?
    let seriesInstanceUid: String
    let findings: [JobFinding]
    let outputs: [Output]
    let timingsS: [String: Double]
    let peakMemoryMb: Double

    var files: [URL] { outputs.map { URL(filePath: $0.path) } }

    static func decode(_ result: ProcessResult) throws -> [SegmentedSeries] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([SegmentedSeries].self, from: result.outputData)
    }
}
