internal import Geometry
internal import Imaging

/// Runs the preprocessing steps of a manifest on a volume in LPS order.
struct Preprocessor {
    /// An image between two steps.
    private struct Intermediate {
        var image: Grid<Float>
        /// Where `image` lies in the volume; of another size than `image` after resampling.
        var box: VoxelBox
        /// Of the volume.
        let spacing: SpacingMM
        let modality: ImageModality
        /// On the whole volume's grid; nil where the model uses none.
        let regionOfInterest: Mask?
    }

    let steps: [PreprocessingStep]
    let threads: Int

    /// What the roi step asks for.
    var regionKind: RegionOfInterestKind {
        for case .roi(let kind) in steps { return kind }
        return .none
    }

    /// Below this a voxel of the lung holds mostly air.
    private static let airHU: Float = -400

    /// The lungs, if the roi step asks for them.
    func lungs(of volume: Volume) -> LungMask? {
        regionKind == .lungs ? LungMask(of: volume, threads: threads) : nil
    }

    /// The region of interest from our own lungs: of their air, as the masks were that LowRes was trained with.
    func regionOfInterest(from lungs: LungMask, in volume: Volume) -> Mask {
        var air = lungs.mask
        air.elements.withUnsafeMutableBufferPointer { air in
            volume.voxels.withUnsafeBufferPointer { voxels in
                ForkJoin.run(count: air.count, threads: threads) { range in
                    for n in range { air[n] = voxels[n] >= Self.airHU ? 0 : air[n] }
                }
            }
        }
        return regionOfInterest(given: air)
    }

    /// The region of interest from a mask of the lungs or another that the user gives: lungs are closed and widened as
    /// LowRes was trained with, so that nodules at the pleura lie inside (10 dilations, 10 erosions, 3 dilations with
    /// the 6-neighbour cross; beyond the image there is no lung, so lung that the image cuts off is left out there).
    func regionOfInterest(given mask: Mask) -> Mask {
        // Closing and widening change nothing farther away than this.
        let margin = 13
        guard regionKind == .lungs, let box = mask.boundingBox?.expanded(by: margin, within: mask.size) else {
            return mask
        }
        let region = mask.cropped(to: box).dilated(iterations: 10, threads: threads)
            .eroded(iterations: 10, threads: threads).dilated(iterations: 3, threads: threads)
        var whole = Mask(size: mask.size, repeating: 0)
        whole.paste(region, at: box.lower)
        return whole
    }

    /// What the network is fed, and where that lies in the volume: of another number of voxels than the box if a step
    /// resamples.
    func prepare(_ volume: Volume, regionOfInterest: Mask?) -> (image: PreparedImage, box: VoxelBox) {
        var prepared = Intermediate(
            image: volume.grid, box: VoxelBox(volume.size), spacing: volume.geometry.spacing,
            modality: ImageModality(volume.unit), regionOfInterest: regionOfInterest)
        for step in steps { apply(step, to: &prepared) }
        let spacing = volume.geometry.spacing.resized(from: prepared.box.size, to: prepared.image.size)
        return (PreparedImage(grid: prepared.image, spacing: spacing, modality: prepared.modality), prepared.box)
    }

    /// The same on an image that other steps have prepared; without a region of interest.
    func prepare(_ image: consuming PreparedImage) -> PreparedImage {
        let (size, spacing, modality) = (image.grid.size, image.spacing, image.modality)
        var prepared = Intermediate(
            image: image.grid, box: VoxelBox(size), spacing: spacing, modality: modality, regionOfInterest: nil)
        for step in steps { apply(step, to: &prepared) }
        return PreparedImage(
            grid: prepared.image, spacing: spacing.resized(from: size, to: prepared.image.size), modality: modality)
    }

    /// The size of what `prepare` makes of a volume at most (the region of interest being the whole of it).
    func imageSize(of size: GridSize, _ spacing: SpacingMM) -> GridSize {
        steps.reduce(size) { size, step in
            guard case .resample(let axes) = step else { return size }
            return resampled(size, axes, spacing)
        }
    }

    private func resampled(_ size: GridSize, _ axes: [AxisResampling], _ spacing: SpacingMM) -> GridSize {
        GridSize(
            width: axes[0].count(size.width, spacingMM: spacing.i),
            height: axes[1].count(size.height, spacingMM: spacing.j),
            depth: axes[2].count(size.depth, spacingMM: spacing.k))
    }

    private func apply(_ step: PreprocessingStep, to prepared: inout Intermediate) {
        switch step {
        case .roi: break
        case .only(let modalities, let step):
            if modalities.contains(prepared.modality) { apply(step, to: &prepared) }
        case .resample(let axes):
            let size = resampled(prepared.image.size, axes, prepared.spacing)
            prepared.image = prepared.image.resampledCubic(to: size, threads: threads)
        case .cropToROI(let margin): crop(&prepared, margin: margin)
        case .fillOutsideROI(let value): fill(&prepared, value)
        case .clip(let low, let high): prepared.image.mapInPlace(threads: threads) { min(max($0, low), high) }
        case .scale(let from, let to):
            let factor = (to.upperBound - to.lowerBound) / (from.upperBound - from.lowerBound)
            prepared.image.mapInPlace(threads: threads) { ($0 - from.lowerBound) * factor + to.lowerBound }
        case .zScore(let statistics):
            let (mean, deviation) = meanAndDeviation(statistics, prepared.image)
            prepared.image.mapInPlace(threads: threads) { ($0 - mean) / deviation }
        case .percentileScale(let low, let high):
            let sorted = prepared.image.elements.sorted()
            let bottom = Self.percentile(low, of: sorted), top = Self.percentile(high, of: sorted)
            let range = top > bottom ? top - bottom : 1
            prepared.image.mapInPlace(threads: threads) { ($0 - bottom) / range }
        }
    }

    private func crop(_ prepared: inout Intermediate, margin: Int) {
        guard let region = prepared.regionOfInterest, let box = region.boundingBox else { return }
        let target = box.expanded(by: margin, within: region.size)
        prepared.image = prepared.image.cropped(to: target)
        prepared.box = target
    }

    private func fill(_ prepared: inout Intermediate, _ value: FillValue) {
        guard let region = prepared.regionOfInterest?.cropped(to: prepared.box) else { return }
        let filling: Float =
            switch value {
            case .minimum: prepared.image.elements.min() ?? 0
            case .number(let number): number
            }
        prepared.image.elements.withUnsafeMutableBufferPointer { image in
            for index in image.indices where region.elements[index] == 0 { image[index] = filling }
        }
    }

    /// A constant image gets a deviation of 1.
    private func meanAndDeviation(_ statistics: ZScoreStatistics, _ image: Grid<Float>) -> (Float, Float) {
        switch statistics {
        case .fixed(let mean, let deviation): return (Float(mean), Float(deviation))
        case .volume:
            let count = Double(max(image.elements.count, 1))
            let mean = image.elements.reduce(0.0) { $0 + Double($1) } / count
            let variance = image.elements.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
            return (Float(mean), variance > 0 ? Float(variance.squareRoot()) : 1)
        }
    }

    /// Linear between the nearest ranks, as NumPy's default.
    static func percentile(_ percent: Double, of sorted: [Float]) -> Float {
        guard let last = sorted.last else { return 0 }
        let rank = percent / 100 * Double(sorted.count - 1)
        let lower = Int(rank)
        guard lower + 1 < sorted.count else { return last }
        return sorted[lower] + (sorted[lower + 1] - sorted[lower]) * Float(rank - Double(lower))
    }
}

extension Grid {
    /// Replaces every element by a function of it.
    fileprivate mutating func mapInPlace(threads: Int, _ transform: (Element) -> Element) {
        elements.withUnsafeMutableBufferPointer { buffer in
            ForkJoin.run(count: buffer.count, threads: threads) { range in
                for index in range { buffer[index] = transform(buffer[index]) }
            }
        }
    }
}

extension SpacingMM {
    /// The same extent cut into another number of voxels.
    func resized(from size: GridSize, to newSize: GridSize) -> SpacingMM {
        SpacingMM(
            i: i * Double(size.width) / Double(newSize.width), j: j * Double(size.height) / Double(newSize.height),
            k: k * Double(size.depth) / Double(newSize.depth))
    }
}
