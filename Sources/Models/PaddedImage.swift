internal import Geometry
internal import Imaging
internal import Tensors

/// An image with every side padded to a multiple by its minimum: the smaller half of the padding comes first.
struct PaddedImage {
    let tensor: Tensor
    let imageSize: GridSize
    /// The place of the image's first voxel.
    let imageLower: VoxelIndex
    private let buffer: AlignedBuffer

    init(_ image: Grid<Float>, multiple: Int) {
        let shape = Self.paddedShape(image.size, multiple: multiple)
        imageSize = image.size
        imageLower = VoxelIndex(
            i: (shape.width - image.size.width) / 2, j: (shape.height - image.size.height) / 2,
            k: (shape.depth - image.size.depth) / 2)
        buffer = AlignedBuffer(count: shape.count)
        tensor = Tensor(base: buffer.base, shape: shape)
        tensor.elements.initialize(repeating: image.elements.min() ?? 0)
        for k in 0..<image.size.depth {
            for j in 0..<image.size.height {
                let target = imageLower.i + shape.width * (imageLower.j + j + shape.height * (imageLower.k + k))
                let source = image.size.offset(VoxelIndex(i: 0, j: j, k: k))
                image.elements.withUnsafeBufferPointer { elements in
                    guard let base = elements.baseAddress else { return }
                    (buffer.base + target).update(from: base + source, count: image.size.width)
                }
            }
        }
    }

    static func paddedShape(_ size: GridSize, multiple: Int) -> TensorShape {
        func padded(_ n: Int) -> Int { (n + multiple - 1) / multiple * multiple }
        return TensorShape(
            depth: padded(size.depth), height: padded(size.height), width: padded(size.width), channels: 1)
    }
}
