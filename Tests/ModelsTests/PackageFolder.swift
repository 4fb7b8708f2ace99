import Crypto
import Foundation
import Models
import NeuralNetworks

/// A model package in a temporary folder, with deterministic weights; removed with the value.
final class PackageFolder {
    static let name = "test-model"
    static var lowRes: [String: Any] {
        ["name": "lowres", "features": 16, "in_channels": 1, "out_channels": 1]
    }

    let url: URL
    private let parent: URL

    /// - Parameters:
    ///   - architecture: the object of model.json.
    ///   - edit: changes model.json before it is written.
    ///   - tensors: changes name, shape and values of the tensors.
    init(
        architecture: [String: Any] = lowRes, edit: (inout [String: Any]) -> Void = { _ in },
        tensors: (inout [String: Entry]) -> Void = { _ in }
    ) throws {
        parent = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
        url = parent.appending(path: Self.name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        var entries = try Self.deterministicEntries(architecture)
        tensors(&entries)
        let weights = Self.safetensors(entries)
        try weights.write(to: url.appending(path: "weights.safetensors"))
        try Data("A model for tests.".utf8).write(to: url.appending(path: "README.md"))
        var manifest = Self.manifest(architecture)
        let digest = SHA256.hash(data: weights).map { String(format: "%02x", $0) }.joined()
        manifest["weights"] = ["file": "weights.safetensors", "sha256": digest, "bytes": weights.count]
        edit(&manifest)
        try JSONSerialization.data(withJSONObject: manifest).write(to: url.appending(path: "model.json"))
    }

    deinit {
        try? FileManager.default.removeItem(at: parent)
    }

    struct Entry {
        var shape: [Int]
        var values: [Float]
        var isHalf = false
    }

    private static func deterministicEntries(_ architecture: [String: Any]) throws -> [String: Entry] {
        let data = try JSONSerialization.data(withJSONObject: architecture)
        let table = try JSONDecoder().decode(ModelArchitecture.self, from: data).tensorTable
        return table.reduce(into: [:]) {
            $0[$1.key] = Entry(shape: $1.value, values: DeterministicWeights.tensor($1.key, shape: $1.value))
        }
    }

    private static func safetensors(_ entries: [String: Entry]) -> Data {
        var header: [String: Any] = [:]
        var data = Data()
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            let start = data.count
            if entry.isHalf {
                entry.values.map { Float16($0).bitPattern }.withUnsafeBytes { data.append(contentsOf: $0) }
            } else {
                entry.values.withUnsafeBytes { data.append(contentsOf: $0) }
            }
            header[name] = [
                "dtype": entry.isHalf ? "F16" : "F32", "shape": entry.shape, "data_offsets": [start, data.count]
            ]
        }
        let text = (try? JSONSerialization.data(withJSONObject: header)) ?? Data()
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data
    }

    private static func manifest(_ architecture: [String: Any]) -> [String: Any] {
        let code = ["code": "1", "scheme": "99TEST", "meaning": "Test"]
        return [
            "format": 1, "name": name, "version": "1.2.3", "title": "A model for tests", "architecture": architecture,
            "input": ["modality": ["CT"], "orientation": "LPS", "spacing_mm": NSNull()],
            "preprocessing": [
                ["step": "roi", "roi": "none"],
                ["step": "scale", "from": [0, 1], "to": [0, 1]]
            ],
            "applicability": [:] as [String: Any],
            "output": ["threshold": 0.5, "instances": true, "minimum_volume_ml": 0],
            "labels": [
                [
                    "value": 1, "label": "Thing", "category": code, "type": code, "region": NSNull(), "color": [1, 2, 3]
                ] as [String: Any]
            ],
            "provenance": [
                "data": [["name": "none", "licence": "none", "credit": "none"]], "recipe": "deterministic",
                "seed": NSNull(),
                "cost": NSNull(), "code_revision": "none", "date": "2026-01-01"
            ] as [String: Any],
            "measured": [] as [Any],
            "intended_use": "Tests. Research use only."
        ]
    }
}
