internal import Crypto
public import Foundation
internal import NeuralNetworks

extension ModelPackage {
    /// A manifest is a page or two.
    private static let maximumManifestBytes = 1 << 20

    /// Reads and checks a package: the manifest (strictly), length and digest of the weights, and that they hold
    /// exactly the tensors of the architecture, finite, in F32 or F16.
    /// - Throws: `ModelPackageError` with the first thing that is wrong.
    public init(verifying directory: URL) throws(ModelPackageError) {
        let text = try Self.read("model.json", in: directory)
        let manifest = try Self.decode(text)
        try ManifestChecks(manifest, folder: directory.standardizedFileURL.lastPathComponent).run()
        guard FileManager.default.fileExists(atPath: directory.appending(path: "README.md").path) else {
            throw ModelPackageError(.unreadable, "\(manifest.name) has no README.md, the model card")
        }
        self.manifest = manifest
        self.directory = directory
        digest = SHA256.hash(data: text).hex
        weights = try Self.openWeights(manifest, in: directory)
    }

    private static func read(_ name: String, in directory: URL) throws(ModelPackageError) -> Data {
        let url = directory.appending(path: name)
        do {
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= maximumManifestBytes else {
                throw ModelPackageError(
                    .manifest, "\(name) has \(size) bytes; at most \(maximumManifestBytes) are read")
            }
            return try Data(contentsOf: url)
        } catch let error as ModelPackageError {
            throw error
        } catch {
            throw ModelPackageError(.unreadable, "\(url.path) cannot be read: is this a model package?", cause: error)
        }
    }

    private static func decode(_ text: Data) throws(ModelPackageError) -> ModelManifest {
        do {
            return try JSONDecoder().decode(ModelManifest.self, from: text)
        } catch let error as DecodingError {
            throw ModelPackageError(.manifest, "model.json: \(error.sentence)", cause: error)
        } catch {
            throw ModelPackageError(.manifest, "model.json cannot be decoded", cause: error)
        }
    }

    private static func openWeights(
        _ manifest: ModelManifest, in directory: URL
    ) throws(ModelPackageError) -> SafetensorsFile {
        let entry = manifest.weights
        let url = directory.appending(path: entry.file)
        let size = try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize
        if let size, size != entry.bytes {
            throw ModelPackageError(.digest, "\(entry.file) has \(size) bytes where model.json says \(entry.bytes)")
        }
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(opening: url)
        } catch {
            let code: ModelPackageError.Code = error.code == .unreadable ? .unreadable : .weights
            throw ModelPackageError(code, "\(entry.file): \(error.message)", cause: error)
        }
        guard file.withUnsafeBytes({ SHA256.hash(data: $0).hex }) == entry.sha256 else {
            throw ModelPackageError(
                .digest, "\(entry.file) is not the file that model.json was written for (its SHA-256 differs)")
        }
        try checkTensors(of: file, manifest.architecture.tensorTable)
        return file
    }

    private static func checkTensors(of file: SafetensorsFile, _ table: [String: [Int]]) throws(ModelPackageError) {
        func require(_ condition: Bool, _ message: String) throws(ModelPackageError) {
            guard condition else { throw ModelPackageError(.weights, "the weights: \(message)") }
        }
        let names = Set(file.entries.keys)
        let strange = names.subtracting(table.keys).sorted(), missing = Set(table.keys).subtracting(names).sorted()
        try require(missing.isEmpty, "tensor \(missing.first ?? "") is missing")
        try require(strange.isEmpty, "the architecture has no tensor \(strange.first ?? "")")
        for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
            let shape = table[name] ?? []
            try require(entry.shape == shape, "\(name) has shape \(entry.shape), the architecture \(shape)")
            let isFinite = (try? file.floats(name).allSatisfy(\.isFinite)) ?? false
            try require(isFinite, "\(name) has values that are not finite")
        }
    }
}

extension Sequence<UInt8> {
    fileprivate var hex: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension DecodingError {
    /// Where, and what is wrong there.
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, let context): "\(context.place)the key \"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "\(context.place)\(context.debugDescription)"
        @unknown default: "unreadable"
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String {
        codingPath.isEmpty
            ? "" : codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".") + ": "
    }
}
