public import Geometry

extension AxisOrientation {
    /// The volume with its axes in LPS order. Its geometry must be `source`.
    public func reoriented(_ volume: Volume, threads: Int = 1) -> Volume {
        precondition(volume.size == source.size, "a volume on another grid")
        guard !isIdentity else { return volume }
        return Volume(
            geometry: target, voxels: forward.apply(volume.voxels, threads: threads), unit: volume.unit,
            padding: volume.padding.map { reoriented($0, threads: threads) })
    }

    /// The labels with their axes in LPS order. Their geometry must be `source`.
    public func reoriented(_ map: LabelMap, threads: Int = 1) -> LabelMap {
        precondition(map.size == source.size, "a label map on another grid")
        return LabelMap(
            geometry: target, labels: isIdentity ? map.labels : forward.apply(map.labels, threads: threads))
    }

    /// The mask with its axes in LPS order. Its size must be that of `source`.
    public func reoriented(_ mask: Mask, threads: Int = 1) -> Mask {
        precondition(mask.size == source.size, "a mask on another grid")
        guard !isIdentity else { return mask }
        return Mask(size: target.size, elements: forward.apply(mask.elements, threads: threads))
    }

    /// Undoes `reoriented`.
    public func restored(_ volume: Volume, threads: Int = 1) -> Volume {
        precondition(volume.size == target.size, "a volume on another grid")
        guard !isIdentity else { return volume }
        return Volume(
            geometry: source, voxels: backward.apply(volume.voxels, threads: threads), unit: volume.unit,
            padding: volume.padding.map { restored($0, threads: threads) })
    }

    /// Undoes `reoriented`.
    public func restored(_ map: LabelMap, threads: Int = 1) -> LabelMap {
        precondition(map.size == target.size, "a label map on another grid")
        return LabelMap(
            geometry: source, labels: isIdentity ? map.labels : backward.apply(map.labels, threads: threads))
    }

    /// Undoes `reoriented`.
    public func restored(_ mask: Mask, threads: Int = 1) -> Mask {
        precondition(mask.size == target.size, "a mask on another grid")
        guard !isIdentity else { return mask }
        return Mask(size: source.size, elements: backward.apply(mask.elements, threads: threads))
    }

    /// The voxel of the source grid that is at `index` in LPS order.
    public func sourceIndex(of index: VoxelIndex) -> VoxelIndex {
        let targetIndex = [index.i, index.j, index.k]
        let counts = [source.size.width, source.size.height, source.size.depth]
        var result = [0, 0, 0]
        for (axis, position) in zip(axes, targetIndex) {
            result[axis.index] = axis.isReversed ? counts[axis.index] - 1 - position : position
        }
        return VoxelIndex(i: result[0], j: result[1], k: result[2])
    }

    private var forward: StridedCopy {
        let strides = [1, source.size.width, source.size.planeCount]
        return StridedCopy(
            size: target.size, start: source.size.offset(sourceIndex(of: VoxelIndex(i: 0, j: 0, k: 0))),
            strides: axes.map { $0.isReversed ? -strides[$0.index] : strides[$0.index] })
    }

    private var backward: StridedCopy {
        let targetStrides = [1, target.size.width, target.size.planeCount]
        let targetCounts = [target.size.width, target.size.height, target.size.depth]
        var start = 0
        var strides = [0, 0, 0]
        for (axis, targetAxis) in zip(axes, 0..<3) {
            strides[axis.index] = axis.isReversed ? -targetStrides[targetAxis] : targetStrides[targetAxis]
            if axis.isReversed { start += targetStrides[targetAxis] * (targetCounts[targetAxis] - 1) }
        }
        return StridedCopy(size: source.size, start: start, strides: strides)
    }
}
