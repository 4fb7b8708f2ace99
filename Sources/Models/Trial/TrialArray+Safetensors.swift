public import Foundation
internal import NeuralNetworks

extension TrialArray {
    /// The tensor "input" of a safetensors file; of more than three axes those of extent 1 are left out.
    /// - Throws: `SafetensorsError`, and `SegmentationError` for a tensor of another form.
    public init(readingInputOf url: URL) throws {
        let file = try SafetensorsFile(opening: url)
        let values = try file.floats("input")
        let shape = file.entries["input"]?.shape ?? []
        guard let array = TrialArray(shape: shape.count > 3 ? shape.filter { $0 != 1 } : shape, values: values) else {
            throw SegmentationError(
                .unsuitableVolume, "The input has the shape \(shape) where three axes are needed.")
        }
        self = array
    }

    /// Writes a safetensors file with this one tensor.
    /// - Throws: `SafetensorsError`.
    public func write(as name: String, to url: URL) throws {
        try SafetensorsFile.write([(name, shape, values)], to: url)
    }
}
