internal import Geometry
internal import Imaging
internal import Tensors

/// Where Stage 2 is to look: boxes of cells around the components of Stage 1's foreground.
struct Proposals {
    let cells: GridSize
    /// In the order in which the published code labels the components: an array indexed x, y, z, scanned with z
    /// fastest.
    let boxes: [VoxelBox]
    /// For each cell, the number (from 0) of the last box that holds it; -1 for none.
    let owners: Grid<Int32>

    init(stage1Logits: Tensor, margin: Int) {
        let shape = stage1Logits.shape, cells = GridSize(shape)
        let foreground = Mask(size: cells, elements: stage1Logits.elements.map { $0 > 0 ? 1 : 0 })
        let components = ConnectedComponents(of: foreground, connectivity: .twentySix, order: .kFastest)
        self.init(shape, boxes: components.boxes.map { $0.expanded(by: margin, within: cells) })
    }

    /// - Parameter shape: of Stage 1's logits.
    init(_ shape: TensorShape, boxes: [VoxelBox]) {
        cells = GridSize(shape)
        self.boxes = boxes
        var owners = Grid<Int32>(size: cells, repeating: -1)
        for (number, box) in boxes.enumerated() {
            owners.paste(Grid(size: box.size, repeating: Int32(number)), at: box.lower)
        }
        self.owners = owners
    }
}
