public import Foundation
internal import NeuralNetworks

/// A model on disk: a folder with model.json, the weights and a model card, every part of it checked.
public struct ModelPackage: Sendable {
    public let manifest: ModelManifest
    public let directory: URL
    /// SHA-256 of model.json as hex; as that holds the digest of the weights, it stands for the whole model.
    public let digest: String
    /// Mapped; names, shapes and values are checked.
    let weights: SafetensorsFile

    /// Makes the model ready to run.
    /// - Throws: `ModelPackageError` (`weights`) if the file has gone bad since it was checked.
    public func makeSegmenter(compute: ComputeResources) throws(ModelPackageError) -> any Segmenter {
        do {
            return try VolumeSegmenter(self, compute: compute)
        } catch let error as ModelPackageError {
            throw error
        } catch let error as SafetensorsError {
            throw ModelPackageError(.weights, "\(manifest.name): \(error.message)", cause: error)
        } catch {
            throw ModelPackageError(.weights, "\(manifest.name): the weights cannot be used", cause: error)
        }
    }
}
