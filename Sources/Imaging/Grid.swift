public import Geometry

/// A dense three-dimensional array; i is the fastest: element (i, j, k) is at `i + width * (j + height * k)`.
@frozen
public struct Grid<Element> {
    public let size: GridSize
    public var elements: [Element]

    /// - Parameter elements: exactly `size.count` values, i fastest.
    @inlinable
    public init(size: GridSize, elements: [Element]) {
        precondition(elements.count == size.count, "a grid needs one element per voxel")
        self.size = size
        self.elements = elements
    }

    @inlinable
    public init(size: GridSize, repeating value: Element) {
        self.init(size: size, elements: [Element](repeating: value, count: size.count))
    }

    @inlinable
    public subscript(i: Int, j: Int, k: Int) -> Element {
        get { elements[i + size.width * (j + size.height * k)] }
        set { elements[i + size.width * (j + size.height * k)] = newValue }
    }

    @inlinable
    public subscript(index: VoxelIndex) -> Element {
        get { self[index.i, index.j, index.k] }
        set { self[index.i, index.j, index.k] = newValue }
    }
}

extension Grid: Sendable where Element: Sendable {}
extension Grid: Equatable where Element: Equatable {}

extension Grid {
    /// A copy of the voxels of a box, which must lie inside the grid.
    public func cropped(to box: VoxelBox) -> Grid {
        precondition(size.contains(box), "a box outside of the grid")
        let elements = [Element](unsafeUninitializedCapacity: box.size.count) { buffer, count in
            for k in box.lower.k..<box.upper.k {
                for j in box.lower.j..<box.upper.j {
                    let start = size.offset(VoxelIndex(i: box.lower.i, j: j, k: k))
                    let row = self.elements[start..<start + box.size.width]
                    count += UnsafeMutableBufferPointer(rebasing: buffer[count...]).initialize(fromContentsOf: row)
                }
            }
        }
        return Grid(size: box.size, elements: elements)
    }

    /// Copies a smaller grid into this one, its first voxel at `lower`; it must fit.
    public mutating func paste(_ part: Grid, at lower: VoxelIndex) {
        let upper = VoxelIndex(
            i: lower.i + part.size.width, j: lower.j + part.size.height, k: lower.k + part.size.depth)
        precondition(size.contains(VoxelBox(lower: lower, upper: upper)), "a part that does not fit")
        for k in 0..<part.size.depth {
            for j in 0..<part.size.height {
                let target = size.offset(VoxelIndex(i: lower.i, j: lower.j + j, k: lower.k + k))
                let source = part.size.offset(VoxelIndex(i: 0, j: j, k: k))
                elements.replaceSubrange(
                    target..<target + part.size.width, with: part.elements[source..<source + part.size.width])
            }
        }
    }
}
