public import Geometry

/// The connected components of a mask, numbered from 1 in scan order.
public struct ConnectedComponents: Sendable {
    public enum Connectivity: Sendable {
        /// Voxels that share a face.
        case six
        /// Voxels that share a face, an edge or a corner.
        case twentySix
    }

    /// Components are numbered in the order in which a scan of the grid meets their first voxels.
    public enum ScanOrder: Sendable {
        /// Memory order: i runs fastest, k slowest.
        case iFastest
        /// k runs fastest, i slowest: what `scipy.ndimage.label` gives for an array indexed [x, y, z].
        case kFastest
    }

    public let size: GridSize
    /// Voxels of each component; component n is at n - 1, here and in `boxes`.
    public let sizes: [Int]
    public let boxes: [VoxelBox]
    private let runs: RowRuns
    /// The component of each run.
    private let components: [Int32]

    public var count: Int { sizes.count }

    public init(of mask: Mask, connectivity: Connectivity, order: ScanOrder = .kFastest) {
        var runs = RowRuns(of: 1, in: mask)
        runs.join(connectivity == .six ? .six : .twentySix)
        let numbering = ComponentNumbering(runs, order: order)
        size = mask.size
        sizes = numbering.sizes
        boxes = numbering.boxes
        components = numbering.components
        self.runs = runs
    }

    /// The number of the component with most voxels, the first of equals; nil if there is none.
    public var largest: Int? {
        sizes.indices.max { sizes[$0] < sizes[$1] || (sizes[$0] == sizes[$1] && $0 > $1) }.map { $0 + 1 }
    }

    /// Each voxel's component, 0 outside of the mask.
    public func labelGrid() -> Grid<Int32> { labelGrid { Int32($0) } }

    /// The label that `label` gives for each voxel's component, 0 outside of the mask.
    public func labelGrid<Label: FixedWidthInteger>(_ label: (Int) -> Label) -> Grid<Label> {
        var grid = Grid<Label>(size: size, repeating: 0)
        grid.elements.withUnsafeMutableBufferPointer { elements in
            forEachRun { component, range in elements[range].update(repeating: label(Int(component))) }
        }
        return grid
    }

    /// The voxels of the components that `isIncluded` chooses by number.
    public func mask(where isIncluded: (Int) -> Bool) -> Mask {
        let included = [false] + (1..<count + 1).map(isIncluded)
        var mask = Mask(size: size, repeating: 0)
        mask.elements.withUnsafeMutableBufferPointer { elements in
            forEachRun { component, range in
                if included[Int(component)] { elements[range].update(repeating: 1) }
            }
        }
        return mask
    }

    /// Calls `body` with each run's component and its range of element offsets, in memory order.
    func forEachRun(_ body: (Int32, Range<Int>) -> Void) {
        runs.forEach { index, run, row in
            body(components[index], row * size.width + Int(run.start)..<row * size.width + Int(run.end))
        }
    }
}
