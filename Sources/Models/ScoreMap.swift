internal import Foundation
internal import Geometry
internal import Imaging

/// How sure a method is of the foreground, voxel by voxel.
struct ScoreMap {
    enum Scale {
        case logit, probability
    }

    let values: Grid<Float>
    let scale: Scale

    /// Brought to another number of voxels with the same outer centres: probabilities, trilinear with aligned corners,
    /// as the published evaluation of AutoPath does it. The same size is left as it is.
    func onGrid(of size: GridSize, threads: Int) -> ScoreMap {
        guard size != values.size else { return self }
        let probabilities =
            scale == .probability
            ? values : Grid(size: values.size, elements: values.elements.map { Float(probability(of: $0)) })
        return ScoreMap(
            values: probabilities.resampledTrilinear(to: size, alignCorners: true, threads: threads),
            scale: .probability)
    }

    /// The value that stands for a probability.
    func value(of probability: Double) -> Float {
        Float(scale == .probability ? probability : log(probability / (1 - probability)))
    }

    /// The probability that a value stands for.
    func probability(of value: Float) -> Double {
        scale == .probability ? Double(value) : 1 / (1 + exp(-Double(value)))
    }
}
