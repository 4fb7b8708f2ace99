package import Geometry
internal import Imaging

/// Segment-then-Segment in 3-D: a rough method sees the whole image, a fine one a cube around each component of the
/// rough mask; a voxel's probability is the greatest that a cube gives it, zero outside of all cubes, so that the masks
/// are fused by OR.
///
/// The paper has the 2-D form (`SliceSegmentThenSegment`) and says that 3-D is possible; the rules in 3-D are ours. Any
/// two methods can be the pair. What the rough one misses is lost.
package final class SegmentThenSegment: ImageInference {
    private let name: String
    private let rough: any ImageInference
    private let fine: any ImageInference
    private let context: Int
    private let resources: InferenceResources

    /// The probability from which on a voxel of the rough mask counts, as published.
    static let roughThreshold = 0.5

    /// - Parameter context: voxels of the image added around a component's cube on every side.
    package init(
        name: String, rough: any ImageInference, fine: any ImageInference, context: Int, _ resources: InferenceResources
    ) {
        self.name = name
        self.rough = rough
        self.fine = fine
        self.context = context
        self.resources = resources
    }

    package func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
        let rough = rough.forecast(for: size, spacing: spacing)
        let fine = fine.forecast(for: size, spacing: spacing)
        return Forecast(
            peakBytes: ownBytes(size) + max(rough.peakBytes, fine.peakBytes),
            multiplyAccumulates: rough.multiplyAccumulates, seconds: rough.seconds)
    }

    /// The rough mask with its components, the fused probabilities, and a crop as large as the image.
    private func ownBytes(_ size: GridSize) -> Int {
        size.count * (2 * MemoryLayout<UInt8>.stride + 2 * MemoryLayout<Float>.stride)
    }

    package func predict(
        _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
    ) throws(SegmentationError) -> ImagePrediction {
        let whole = image
        try resources.memoryLimit.check(ownBytes(whole.grid.size))
        let first = try rough.predict(whole, effort, &clock) { progress(0.1 + 0.5 * ($0 - 0.1)) }
        let boxes = clock.measure("boxes") { self.boxes(in: first.scores) }
        progress(0.6)
        let fused = try clock.measure("fine") { () throws(SegmentationError) in
            try self.fused(boxes, in: whole) { progress(0.6 + 0.35 * $0) }
        }
        var prediction = ImagePrediction(
            scores: ScoreMap(values: fused, scale: .probability),
            path: "\(name): rough (\(first.path)), fine in \(boxes.count) boxes")
        prediction.messages = first.messages
        prediction.blockUsage = first.blockUsage
        return prediction
    }

    /// - Parameter progress: gets the share of the boxes that are done.
    private func fused(
        _ boxes: [VoxelBox], in image: PreparedImage, progress: (Double) -> Void
    ) throws(SegmentationError) -> Grid<Float> {
        var fused = Grid<Float>(size: image.grid.size, repeating: 0)
        for (number, box) in boxes.enumerated() {
            var crop = image
            crop.grid = image.grid.cropped(to: box)
            var clock = StepClock()
            let scores = try fine.predict(crop, Effort(), &clock, progress: { _ in }).scores
            fused.raise(to: scores.probabilities(), at: box.lower)
            progress(Double(number + 1) / Double(boxes.count))
        }
        return fused
    }

    private func boxes(in scores: ScoreMap) -> [VoxelBox] {
        let threshold = scores.value(of: Self.roughThreshold)
        let mask = Mask(size: scores.values.size, elements: scores.values.elements.map { $0 >= threshold ? 1 : 0 })
        return ContextBoxes(volume: mask, context: context).boxes
    }
}

extension Grid<Float> {
    /// The greater of the two wherever a part lies, its first voxel at `lower`; it must fit.
    mutating func raise(to part: Grid<Float>, at lower: VoxelIndex) {
        elements.withUnsafeMutableBufferPointer { elements in
            for k in 0..<part.size.depth {
                for j in 0..<part.size.height {
                    let target = size.offset(VoxelIndex(i: lower.i, j: lower.j + j, k: lower.k + k))
                    let source = part.size.offset(VoxelIndex(i: 0, j: j, k: k))
                    for i in 0..<part.size.width {
                        elements[target + i] = max(elements[target + i], part.elements[source + i])
                    }
                }
            }
        }
    }
}
