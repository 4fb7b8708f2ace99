package import Geometry
internal import Imaging

/// Segment-then-Segment as published, slice by slice: the rough network sees the slice resized to its input size, the
/// fine one a square around each component of the rough mask, resized to the same size; the fine masks are fused by OR.
///
/// All resizing is by the nearest pixel, of images too, as in the published code. Slices and squares go through the
/// networks several at once, which changes nothing in the result; the memory does not grow with the number of slices.
package final class SliceSegmentThenSegment: ImageInference {
    private let rough: FixedSizeNetwork
    private let fine: FixedSizeNetwork
    private let context: Int

    /// - Parameters:
    ///   - rough, fine: networks on squares.
    ///   - context: pixels of the image added around a component's square on every side.
    package init(rough: FixedSizeNetwork, fine: FixedSizeNetwork, context: Int) {
        precondition(rough.isPlanar && fine.isPlanar, "networks on squares")
        self.rough = rough
        self.fine = fine
        self.context = context
    }

    /// A square of a slice.
    private struct Square {
        let box: VoxelBox
        let slice: Int
    }

    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        Forecast(
            peakBytes: peakBytes(size), multiplyAccumulates: rough.multiplyAccumulates * size.depth,
            seconds: rough.forecastSeconds * Double(size.depth))
    }

    /// Both networks and the fused probabilities.
    private func peakBytes(_ size: GridSize) -> Int {
        rough.peakBytes + fine.peakBytes + size.count * MemoryLayout<Float>.stride
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let grid = image.grid, size = grid.size
        try rough.resources.memoryLimit.check(peakBytes(size))
        var fused = Grid<Float>(size: size, repeating: 0)
        var squareCount = 0
        clock.measure("slices") {
            for range in (0..<size.depth).batches(of: rough.imagesAtOnce) {
                let squares = squares(in: grid, range)
                refine(squares, in: grid, into: &fused)
                squareCount += squares.count
                progress(0.1 + 0.85 * Double(range.upperBound) / Double(size.depth))
            }
        }
        return ImagePrediction(
            scores: ScoreMap(values: fused, scale: .probability),
            path: "sts-unet2d: \(size.depth) slices at \(rough.side)x\(rough.side), fine in \(squareCount) squares")
    }

    private func squares(in image: Grid<Float>, _ slices: Range<Int>) -> [Square] {
        let resized = slices.map { image.slice($0).resampledNearest(to: rough.imageSize, fromCentres: false) }
        return zip(slices, rough.probabilities(of: resized)).flatMap { slice, probabilities in
            let native = probabilities.resampledNearest(to: image.size.slice, fromCentres: false)
            let threshold = Float(SegmentThenSegment.roughThreshold)
            let mask = Mask(size: native.size, elements: native.elements.map { $0 >= threshold ? 1 : 0 })
            return ContextBoxes(slice: mask, context: context).boxes.map { Square(box: $0, slice: slice) }
        }
    }

    private func refine(_ squares: [Square], in image: Grid<Float>, into fused: inout Grid<Float>) {
        for range in squares.indices.batches(of: fine.imagesAtOnce) {
            let crops = range.map { number in
                image.slice(squares[number].slice).cropped(to: squares[number].box)
                    .resampledNearest(to: fine.imageSize, fromCentres: false)
            }
            for (number, probabilities) in zip(range, fine.probabilities(of: crops)) {
                let box = squares[number].box
                let native = probabilities.resampledNearest(to: box.size, fromCentres: false)
                fused.raise(
                    to: native, at: VoxelIndex(i: box.lower.i, j: box.lower.j, k: squares[number].slice))
            }
        }
    }
}
