import ArgumentParser
import DICOMImaging
import Foundation
import Imaging

struct PhantomCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "phantom", abstract: "Make synthetic series with known findings.",
        subcommands: [PhantomChestCommand.self])
}

struct PhantomChestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chest", abstract: "A chest CT with nodules of 4 to 25 mm, as a DICOM series with a truth.json.",
        discussion: "Deterministic: the same seed gives the same pixels. The header says that it is a phantom.")

    @Option(help: "The folder to write to; made if it is not there.")
    var output: String

    @Option(help: "Another seed places other nodules.")
    var seed: UInt64 = 1

    func run() throws {
        let folder = URL(filePath: output, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let phantom = ChestPhantom(seed: seed, threads: ProcessInfo.processInfo.activeProcessorCount)
        let files = try PhantomSeries(phantom, seed: seed).write(to: folder)
        print("\(files.count) images and truth.json with \(phantom.nodules.count) nodules in \(folder.path)")
    }
}
