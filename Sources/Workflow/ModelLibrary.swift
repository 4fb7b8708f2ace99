public import Foundation
public import Models
import Synchronization

/// The model packages of one folder, each verified once and made ready to run when it is first asked for.
public final class ModelLibrary: Sendable {
    public let directory: URL
    private let resources: ComputeResources
    private let packages = Mutex<[String: ModelPackage]>([:])
    private let segmenters = Mutex<[String: any Segmenter]>([:])

    public init(directory: URL, resources: ComputeResources) {
        self.directory = directory
        self.resources = resources
    }

    /// The names of the folders that look like packages, sorted; nothing is checked.
    public func names() -> [String] {
        let entries = try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
        let isPackage = { (folder: URL) in
            FileManager.default.fileExists(atPath: folder.appending(path: "model.json").path)
        }
        return (entries ?? []).filter(isPackage).map(\.lastPathComponent).sorted()
    }

    /// - Parameter name: the name of a package in the folder, or else the path of one.
    /// - Throws: `ModelPackageError`.
    public func package(_ name: String) throws -> ModelPackage {
        if let package = packages.withLock({ $0[name] }) { return package }
        let package = try ModelPackage(verifying: folder(of: name))
        packages.withLock { $0[name] = package }
        return package
    }

    private func folder(of name: String) -> URL {
        let installed = directory.appending(path: name)
        let isInstalled = !name.contains("/") && FileManager.default.fileExists(atPath: installed.path)
        let path = URL(filePath: name, directoryHint: .isDirectory)
        return isInstalled || !FileManager.default.fileExists(atPath: path.path) ? installed : path
    }

    /// - Throws: `ModelPackageError`.
    public func segmenter(_ name: String) throws -> any Segmenter {
        if let segmenter = segmenters.withLock({ $0[name] }) { return segmenter }
        let segmenter = try package(name).makeSegmenter(compute: resources)
        segmenters.withLock { $0[name] = segmenter }
        return segmenter
    }
}
