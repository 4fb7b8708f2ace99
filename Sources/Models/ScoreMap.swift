internal import Foundation
internal import Geometry
package import Imaging

/// How sure a method is of the foreground, voxel by voxel.
package struct ScoreMap: Sendable {
    package enum Scale: Sendable {
        case logit, probability
    }

    package let values: Grid<Float>
    package let scale: Scale

    package init(values: Grid<Float>, scale: Scale) {
        self.values = values
        self.scale = scale
    }

    /// Brought to another number of voxels with the same outer centres: probabilities, trilinear with aligned corners,
    /// as the published evaluation of AutoPath does it. The same size is left as it is.
    func onGrid(of size: GridSize, threads: Int) -> ScoreMap {
        guard size != values.size else { return self }
        return ScoreMap(
            values: probabilities().resampledTrilinear(to: size, alignCorners: true, threads: threads),
            scale: .probability)
    }

    /// The values as probabilities.
    package func probabilities() -> Grid<Float> {
        scale == .probability
            ? values : Grid(size: values.size, elements: values.elements.map { Float(probability(of: $0)) })
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
