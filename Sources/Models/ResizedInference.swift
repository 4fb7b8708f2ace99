package import Geometry
internal import Imaging
internal import Tensors

/// A network that sees the whole image at one size, whatever the image's own: in 3-D the image is resized to it and the
/// probabilities back by trilinear interpolation, slices in their plane by the nearest pixel as Segment-then-Segment is
/// published.
package final class ResizedInference: ImageInference {
    private let network: FixedSizeNetwork

    package init(_ network: FixedSizeNetwork) {
        self.network = network
    }

    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        let images = network.isPlanar ? size.depth : 1
        return Forecast(
            peakBytes: peakBytes(size), multiplyAccumulates: network.multiplyAccumulates * images,
            seconds: network.forecastSeconds * Double(images))
    }

    /// The network and the probabilities on the image's grid.
    private func peakBytes(_ size: GridSize) -> Int {
        network.peakBytes + size.count * MemoryLayout<Float>.stride
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let grid = image.grid, size = grid.size
        try network.resources.memoryLimit.check(peakBytes(size))
        let probabilities = clock.measure("resized network") {
            network.isPlanar ? slices(grid, progress) : volume(grid)
        }
        progress(0.95)
        let sides = Array(repeating: String(network.side), count: network.isPlanar ? 2 : 3).joined(separator: "x")
        return ImagePrediction(
            scores: ScoreMap(values: probabilities, scale: .probability), path: "network on \(sides)")
    }

    private func volume(_ image: Grid<Float>) -> Grid<Float> {
        let threads = network.resources.pool.threadCount
        let resized = image.resampledTrilinear(to: network.imageSize, alignCorners: false, threads: threads)
        return network.probabilities(of: [resized])[0].resampledTrilinear(
            to: image.size, alignCorners: false, threads: threads)
    }

    private func slices(_ image: Grid<Float>, _ progress: (Double) -> Void) -> Grid<Float> {
        var result = Grid<Float>(size: image.size, repeating: 0)
        for range in (0..<image.size.depth).batches(of: network.imagesAtOnce) {
            let resized = range.map { image.slice($0).resampledNearest(to: network.imageSize, fromCentres: false) }
            for (k, probabilities) in zip(range, network.probabilities(of: resized)) {
                let native = probabilities.resampledNearest(to: image.size.slice, fromCentres: false)
                result.paste(native, at: VoxelIndex(i: 0, j: 0, k: k))
            }
            progress(0.1 + 0.8 * Double(range.upperBound) / Double(image.size.depth))
        }
        return result
    }
}

extension GridSize {
    /// Of one slice.
    var slice: GridSize { GridSize(width: width, height: height, depth: 1) }
}

extension Grid {
    /// One slice k as a grid of its own.
    func slice(_ k: Int) -> Grid {
        cropped(
            to: VoxelBox(
                lower: VoxelIndex(i: 0, j: 0, k: k), upper: VoxelIndex(i: size.width, j: size.height, k: k + 1)))
    }
}

extension Range<Int> {
    /// Parts of it with `count` numbers each, the last with what is left.
    func batches(of count: Int) -> [Range<Int>] {
        stride(from: lowerBound, to: upperBound, by: count).map { $0..<Swift.min($0 + count, upperBound) }
    }
}
