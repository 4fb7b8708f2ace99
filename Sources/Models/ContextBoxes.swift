package import Geometry
package import Imaging

/// Where the second network of Segment-then-Segment looks: around every component of the first one's mask a square or
/// cube with context.
///
/// As published: the tight box is widened to its longest side, evenly on both sides (the smaller half first), then by
/// the context on every side, then shifted into the image. Where it is larger than the image along an axis it is cut to
/// the image there; the published code drops such a box, and with it the object: the cut is ours.
package struct ContextBoxes {
    /// In the order of the components.
    package let boxes: [VoxelBox]

    /// Boxes of which the smaller shares more than this with the other become one.
    private static let overlapToMerge = 0.5

    /// One square for each 8-connected component of a slice.
    package init(slice mask: Mask, context: Int) {
        precondition(mask.size.depth == 1, "one slice")
        boxes = Self.components(of: mask).map { Self.widened($0, context: context, within: mask.size, isPlanar: true) }
    }

    /// One cube for each 26-connected component; of cubes that overlap by more than half of the smaller one, one around
    /// both (ours, to cap the cost).
    package init(volume mask: Mask, context: Int) {
        func widened(_ box: VoxelBox, _ context: Int) -> VoxelBox {
            Self.widened(box, context: context, within: mask.size, isPlanar: false)
        }
        var boxes = Self.components(of: mask).map { widened($0, context) }
        while let (first, second) = Self.pairToMerge(boxes) {
            boxes[first] = widened(boxes[first].union(boxes[second]), 0)
            boxes.remove(at: second)
        }
        self.boxes = boxes
    }

    private static func components(of mask: Mask) -> [VoxelBox] {
        ConnectedComponents(of: mask, connectivity: .twentySix, order: .iFastest).boxes
    }

    private static func widened(_ box: VoxelBox, context: Int, within size: GridSize, isPlanar: Bool) -> VoxelBox {
        let longest = max(box.size.width, box.size.height, isPlanar ? 0 : box.size.depth)
        func side(_ lower: Int, _ extent: Int, _ limit: Int) -> Range<Int> {
            let target = min(longest + 2 * context, limit)
            let first = lower - (longest - extent) / 2 - context
            let inside = min(max(first, 0), limit - target)
            return inside..<inside + target
        }
        let i = side(box.lower.i, box.size.width, size.width), j = side(box.lower.j, box.size.height, size.height)
        let k = isPlanar ? 0..<1 : side(box.lower.k, box.size.depth, size.depth)
        return VoxelBox(
            lower: VoxelIndex(i: i.lowerBound, j: j.lowerBound, k: k.lowerBound),
            upper: VoxelIndex(i: i.upperBound, j: j.upperBound, k: k.upperBound))
    }

    /// The first two boxes that are to become one.
    private static func pairToMerge(_ boxes: [VoxelBox]) -> (Int, Int)? {
        for second in boxes.indices {
            for first in 0..<second {
                let smaller = min(boxes[first].size.count, boxes[second].size.count)
                let shared = boxes[first].sharedVoxels(with: boxes[second])
                if Double(shared) > overlapToMerge * Double(smaller) { return (first, second) }
            }
        }
        return nil
    }
}

extension VoxelBox {
    /// How many voxels both have.
    fileprivate func sharedVoxels(with other: VoxelBox) -> Int {
        func shared(_ axis: (VoxelIndex) -> Int) -> Int {
            max(0, min(axis(upper), axis(other.upper)) - max(axis(lower), axis(other.lower)))
        }
        return shared(\.i) * shared(\.j) * shared(\.k)
    }
}
