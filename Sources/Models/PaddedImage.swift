internal import Geometry
internal import Imaging
internal import Tensors

/// An image with every side padded to a multiple by its minimum: the smaller half of the padding comes first.
struct PaddedImage {
    /// In the workspace.
    let tensor: Tensor
    let imageSize: GridSize
    /// The place of the image's first voxel.
    let imageLower: VoxelIndex

    init(_ image: consuming Grid<Float>, multiple: Int, in workspace: Workspace, on pool: ComputePool) {
        let shape = Self.paddedShape(image.size, multiple: multiple), size = image.size
        let lower = VoxelIndex(
            i: (shape.width - size.width) / 2, j: (shape.height - size.height) / 2, k: (shape.depth - size.depth) / 2)
        let padded = Tensor(base: workspace.reserve(shape.count), shape: shape)
        image.elements.withUnsafeBufferPointer { elements in
            let source = ImagePlanes(size: size, elements: elements)
            let minimum = source.minimum(on: pool)
            pool.forEach(shape.depth) { plane, _ in source.copy(to: plane, of: padded, at: lower, around: minimum) }
        }
        (tensor, imageSize, imageLower) = (padded, size, lower)
    }

    static func paddedShape(_ size: GridSize, multiple: Int) -> TensorShape {
        func padded(_ n: Int) -> Int { (n + multiple - 1) / multiple * multiple }
        return TensorShape(
            depth: padded(size.depth), height: padded(size.height), width: padded(size.width), channels: 1)
    }
}

/// The planes of an image, for several threads to read.
private struct ImagePlanes: @unchecked Sendable {
    // Unchecked: only read.
    let size: GridSize
    let elements: UnsafeBufferPointer<Float>

    /// 0 of an empty image.
    func minimum(on pool: ComputePool) -> Float {
        let minima = AlignedBuffer(count: size.depth)
        pool.forEach(size.depth) { plane, _ in
            minima.base[plane] = minimum(of: elements[plane * size.planeCount..<(plane + 1) * size.planeCount])
        }
        let least = (0..<size.depth).map { minima.base[$0] }.min() ?? 0
        return least.isFinite ? least : 0
    }

    /// In lanes: one comparison after the other would take longer than to read the image.
    private func minimum(of values: Slice<UnsafeBufferPointer<Float>>) -> Float {
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: values))
        let width = MemoryLayout<SIMD16<Float>>.stride, whole = bytes.count / width * width
        var lanes = SIMD16<Float>(repeating: .infinity)
        for offset in stride(from: 0, to: whole, by: width) {
            let next = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
            lanes.replace(with: next, where: next .< lanes)
        }
        return values.dropFirst(whole / MemoryLayout<Float>.stride).reduce(lanes.min()) { $1 < $0 ? $1 : $0 }
    }

    /// Fills a plane of the padded image, the image's first voxel at `lower`.
    func copy(to plane: Int, of padded: Tensor, at lower: VoxelIndex, around minimum: Float) {
        let shape = padded.shape, area = shape.height * shape.width
        let target = padded.base + plane * area
        let isInside = (lower.k..<lower.k + size.depth).contains(plane)
        if !isInside || size.width < shape.width || size.height < shape.height {
            target.update(repeating: minimum, count: area)
        }
        guard isInside, let base = elements.baseAddress else { return }
        for j in 0..<size.height {
            let row = base + size.width * (j + size.height * (plane - lower.k))
            (target + lower.i + shape.width * (lower.j + j)).update(from: row, count: size.width)
        }
    }
}
