import Foundation
import Models
import Testing

@Suite struct ModelPackageTests {
    @Test("a sound package is accepted, in F32 and in F16")
    func sound() throws {
        let folder = try PackageFolder()
        let package = try ModelPackage(verifying: folder.url)
        #expect(package.manifest.name == PackageFolder.name)
        #expect(package.manifest.labels.first?.label == "Thing")
        #expect(package.digest.count == 64)
        let halves = try PackageFolder(tensors: { for name in $0.keys { $0[name]?.isHalf = true } })
        _ = try ModelPackage(verifying: halves.url)
    }

    /// A path into model.json, the value put there (nil removes the key), and the code.
    static let manifestFaults: [(String, (any Sendable)?, ModelPackageError.Code)] = [
        ("format", 2, .manifest), ("name", "other", .manifest), ("version", "1.2", .manifest),
        ("version", "1.2.x", .manifest), ("title", nil, .manifest), ("surprise", 1, .manifest),
        ("intended_use", "Diagnosis.", .manifest), ("architecture.name", "unknown", .manifest),
        ("architecture.width", 3, .manifest), ("architecture.features", 0, .manifest),
        ("architecture.features", 32, .weights), ("architecture.out_channels", 2, .manifest),
        ("input.orientation", "RAS", .manifest), ("input.modality", [String](), .manifest),
        ("input.spacing_mm", [1.0, 1.0, 1.0], .unsupported), ("input.surprise", 1, .manifest),
        ("applicability.minimum_roi_l", 1, .manifest), ("applicability.minimum_roi_ml", -1, .manifest),
        ("output.threshold", 1, .manifest), ("output.minimum_volume_ml", -1, .manifest),
        ("output.instances", "yes", .manifest),
        ("weights.bytes", 17, .digest), ("weights.file", "../weights.safetensors", .manifest),
        ("weights.file", "nothing.safetensors", .unreadable), ("weights.sha256", "00", .manifest),
        ("weights.sha256", String(repeating: "0", count: 64), .digest), ("labels", [Int](), .manifest),
        ("provenance.seed", "one", .manifest), ("measured", 0, .manifest)
    ]

    @Test("a fault in model.json is refused", arguments: manifestFaults.indices)
    func manifestFault(index: Int) throws {
        let (path, value, code) = Self.manifestFaults[index]
        let folder = try PackageFolder(edit: { Self.set(path.split(separator: ".").map(String.init), value, in: &$0) })
        let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        #expect(error?.code == code, "\(path): \(error?.message ?? "accepted")")
    }

    static let stepFaults: [[String: any Sendable]] = [
        ["step": "sharpen"], ["step": "clip", "low": 1, "high": 0], ["step": "clip", "low": 0],
        ["step": "clip", "low": 0, "high": 1, "extra": 1], ["step": "scale", "from": [0, 0], "to": [0, 1]],
        ["step": "scale", "from": [0], "to": [0, 1]], ["step": "crop_to_roi", "margin_voxels": 5],
        ["step": "fill_outside_roi", "value": "minimum"], ["step": "roi", "roi": "heart"],
        ["step": "roi", "roi": "none"],
        ["step": "zscore", "mean": 0, "std": 0], ["step": "zscore", "statistics": "patch"],
        ["step": "percentile_scale", "low": 50, "high": 20],
        ["step": "resample", "interpolation": "linear"],
        ["step": "resample", "factor": [0.5, 0.5, 1]],
        ["step": "resample", "interpolation": "cubic", "factor": [0.5, 0.5]],
        ["step": "resample", "interpolation": "cubic", "factor": [0.5, 0.5, 0]],
        ["step": "resample", "interpolation": "cubic", "spacing_mm": [1, 1, 1e9]],
        ["step": "resample", "interpolation": "cubic", "spacing_mm": [1, 1, 1], "factor": [0.5, 0.5, 1]],
        ["step": "resample", "interpolation": "cubic", "size": [64, 64, 4]],
        ["step": "resample", "interpolation": "cubic", "size": [64, 64, 64], "factor": [0.5, 0.5, 1]],
        ["step": "clip", "low": 0, "high": 1, "modality": ["XA"]],
        ["step": "clip", "low": 0, "high": 1, "modality": [String]()],
        ["step": "resample", "interpolation": "cubic", "factor": [0.5, 0.5, 1], "modality": ["CT"]]
    ]

    @Test("a faulty preprocessing step is refused", arguments: stepFaults.indices)
    func stepFault(index: Int) throws {
        let folder = try PackageFolder(edit: { manifest in
            var steps = manifest["preprocessing"] as? [Any] ?? []
            steps.append(Self.stepFaults[index])
            manifest["preprocessing"] = steps
        })
        let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        #expect(error?.code == .manifest)
    }

    @Test("weights that are not the architecture's are refused")
    func foreignWeights() throws {
        let folders = try [
            PackageFolder(tensors: { $0["stage1.a.conv.weight"] = nil }),
            PackageFolder(tensors: { $0["stage3.a.conv.weight"] = .init(shape: [1], values: [1]) }),
            PackageFolder(tensors: { $0["stage2.Y.conv.weight"]?.shape = [17, 1, 1, 1, 1] }),
            PackageFolder(tensors: { $0["stage2.q.1.1.conv.bias"]?.values[3] = .nan })
        ]
        for folder in folders {
            let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
            #expect(error?.code == .weights)
        }
    }

    @Test("a damaged or missing file is refused")
    func damage() throws {
        let folder = try PackageFolder()
        let weights = folder.url.appending(path: "weights.safetensors")
        let sound = try Data(contentsOf: weights)
        var damaged = sound
        damaged[sound.count - 5] ^= 1
        try damaged.write(to: weights)
        #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        try sound.dropLast(100).write(to: weights)
        #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        try sound.write(to: weights)
        _ = try ModelPackage(verifying: folder.url)
        try FileManager.default.removeItem(at: folder.url.appending(path: "README.md"))
        #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: folder.url) }
        let error = #expect(throws: ModelPackageError.self) { try ModelPackage(verifying: URL(filePath: "/nowhere")) }
        #expect(error?.code == .unreadable)
    }

    @Test("Python's table of tensor names is Swift's", arguments: ["lowres", "sts-pair"])
    func tensorNames(_ architecture: String) throws {
        struct Table: Decodable {
            let architecture: ModelArchitecture
            let tensors: [String: [Int]]
        }
        let table = try JSONDecoder().decode(Table.self, from: Fixtures.data("tensor-names-\(architecture).json"))
        #expect(table.architecture.tensorTable == table.tensors)
    }

    private static func set(_ path: [String], _ value: Any?, in object: inout [String: Any]) {
        guard let key = path.first else { return }
        guard path.count > 1 else {
            object[key] = value
            return
        }
        var inner = object[key] as? [String: Any] ?? [:]
        set(Array(path.dropFirst()), value, in: &inner)
        object[key] = inner
    }
}
