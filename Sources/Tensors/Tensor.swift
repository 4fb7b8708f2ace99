/// A view of floats in memory that somebody else owns, with their shape.
///
/// It is as good as the buffer under it: a view into a `Workspace` is valid until the workspace is used for another
/// run.
public struct Tensor: @unchecked Sendable {
    // Unchecked: a bare pointer. Those who share a tensor between threads write disjoint parts of it (`ComputePool`
    // items).
    public let base: UnsafeMutablePointer<Float>
    public let shape: TensorShape

    public init(base: UnsafeMutablePointer<Float>, shape: TensorShape) {
        self.base = base
        self.shape = shape
    }

    /// All elements in memory order.
    public var elements: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: base, count: shape.count)
    }
}

extension Tensor {
    /// Fills this tensor from the part of a larger one that starts at voxel (z, y, x); it must fit.
    public func copy(from source: Tensor, z: Int, y: Int, x: Int) {
        precondition(source.shape.channels == shape.channels, "a crop of another width")
        precondition(
            min(z, y, x) >= 0 && z + shape.depth <= source.shape.depth && y + shape.height <= source.shape.height
                && x + shape.width <= source.shape.width, "a crop that reaches beyond its source")
        let row = shape.width * shape.channels
        for k in 0..<shape.depth {
            for j in 0..<shape.height {
                let start = x + source.shape.width * (y + j + source.shape.height * (z + k))
                (base + row * (j + shape.height * k)).update(from: source.base + start * shape.channels, count: row)
            }
        }
    }
}
