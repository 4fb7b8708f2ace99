import ArgumentParser
import DICOMImaging
import Foundation
import Geometry
import Imaging
import Models
import Workflow

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure a model on images whose truth is known.",
        discussion: """
            Images are folders of one DICOM series, or NIfTI files (of the model's first modality unless --modality \
            says otherwise: CT is taken as HU); labels are NIfTI files on the same grids, in the same order. In a \
            label map with one value each connected component is a lesion, in one with several each value is; 65535 \
            marks voxels that count neither way.

            --json prints an object with model, version, digest, cases (image, outcome, reason, executed_path, \
            figures: dice, truth_ml, found_ml, surface, lesions, false_positives), summary, and curve (recall over \
            false positives per scan).
            """)

    @Option(help: "The name of a model package, or the path of one.")
    var model: String

    @OptionGroup var models: ModelOptions

    @Option(parsing: .upToNextOption, help: "Folders of one DICOM series each, or NIfTI files.", completion: .file())
    var images: [String]

    @Option(parsing: .upToNextOption, help: "A NIfTI label map for each image, in the same order.", completion: .file())
    var labels: [String]

    @Option(help: "What the NIfTI images are, for a model that reads more than one: CT, MR or PT.")
    var modality: String?

    @Option(help: "AutoPath: the blocks that are computed; first:2 drops the first two, 1,1,0,1 the third.")
    var path: PathStrategy?

    @Option(help: "Threads; 0: one per core.")
    var threads = 0

    @Option(help: "A folder for pictures: the slice with most truth and the one with most found, both outlined.")
    var pictures: String?

    @Flag(help: "The figures as JSON.")
    var json = false

    func validate() throws {
        guard images.count == labels.count else {
            throw ValidationError("\(images.count) images need as many labels; there are \(labels.count)")
        }
        guard threads >= 0 else { throw ValidationError("--threads must not be negative") }
    }

    func run() throws {
        let count = threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads
        let library = ModelLibrary(directory: models.directory, resources: ComputeResources(threads: count))
        let segmenter = try library.segmenter(model)
        let unit = try unit(for: segmenter.manifest)
        let cases = try images.indices.map { try evaluate(segmenter, $0, unit, threads: count) }
        let evaluation = ModelEvaluation(segmenter, cases)
        if json { try JSONOutput.write(evaluation) } else { print(evaluation.text) }
    }

    private func unit(for manifest: ModelManifest) throws -> IntensityUnit {
        let modality = modality ?? manifest.input.modality[0]
        guard manifest.input.modality.contains(modality) else {
            throw CommandFailure("\(manifest.name) reads \(manifest.input.modality.joined(separator: ", ")) alone")
        }
        return ImageModality(rawValue: modality)?.unit ?? .arbitrary
    }

    private func evaluate(
        _ segmenter: any Segmenter, _ index: Int, _ unit: IntensityUnit, threads: Int
    ) throws -> ModelEvaluation.Case {
        let (image, labels) = (images[index], labels[index])
        let volume = try ImageSource(path: image).volume(unit: unit, threads: threads)
        guard let truth = try NIfTI.readLabelMap(URL(filePath: labels)).along(volume.geometry) else {
            throw CommandFailure("\(labels) is on another grid than \(image): resample the labels to the image")
        }
        let bar = ProgressBar(URL(filePath: image).lastPathComponent, isShown: !json)
        defer { bar.end() }
        let segmentation = try segmenter.segment(
            volume, regionOfInterest: nil, effort: Effort(path: path), progress: bar.show)
        if let pictures {
            let picture = EvaluationPicture(volume, truth: truth, segmentation)
            try picture.write(to: URL(filePath: pictures, directoryHint: .isDirectory), name: "case-\(index + 1)")
        }
        let figures = CaseEvaluation(segmentation, truth: truth, hasInstances: segmenter.manifest.output.instances)
        return ModelEvaluation.Case(image: image, segmentation, figures)
    }
}
