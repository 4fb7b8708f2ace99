internal import CKernels

/// How the work of a 2-D Winograd convolution is cut: runs of tiles, and groups of output channels where there are few
/// tiles.
struct Winograd2DSchedule {
    let tileCount: Int
    let outputs: Int
    /// Tiles that are transformed together.
    let batch: Int
    private let runs: Int
    private let groups: Int

    /// Every group transforms its input anew.
    private static let narrowestGroup = 128
    private static let enoughItems = 4
    private static let mostRuns = 32
    private static let panel = 32

    init(_ output: TensorShape, tile: Int, inputs: Int, outputs: Int) {
        self.outputs = outputs
        tileCount = Self.tiles(output, tile)
        // V of a batch stays in the second-level cache; with many channels that is past hope, and a larger batch reads
        // the weights less often.
        let most = max(inputs, outputs) <= 256 ? 48 : 64
        let batches = (tileCount + most - 1) / most
        batch = (tileCount + batches - 1) / batches
        runs = min(batches, Self.mostRuns)
        groups = max(1, min((Self.enoughItems + runs - 1) / runs, outputs / Self.narrowestGroup))
    }

    /// The side of a tile. With few tiles a product takes as long as reading its weights from memory, of which smaller
    /// tiles have fewer (16 against 36 positions); with many, as long as multiplying. Only the size of a slice counts,
    /// so that a slice gives the same bits alone and in a stack of any height.
    static func bestTile(_ output: TensorShape) -> Int {
        let slice = TensorShape(depth: 1, height: output.height, width: output.width, channels: output.channels)
        func cost(_ tile: Int) -> Int { (tile + 2) * (tile + 2) * (tilesPerWeightRead + tiles(slice, tile)) }
        return cost(2) < cost(4) ? 2 : 4
    }

    /// The tiles that are multiplied by a weight in the time of reading it from memory.
    private static let tilesPerWeightRead = 20

    private static func tiles(_ output: TensorShape, _ tile: Int) -> Int {
        Int(ck_winograd2d_tiles(Int32(output.depth), Int32(output.height), Int32(output.width), Int32(tile)))
    }

    var itemCount: Int { runs * groups }

    /// The tiles of an item: whole batches, but for the last run.
    func tiles(of item: Int) -> Range<Int> {
        let batches = (tileCount + batch - 1) / batch, run = item % runs
        return batches * run / runs * batch..<min(batches * (run + 1) / runs * batch, tileCount)
    }

    /// The output channels of an item: whole panels of the weights, but for the last group.
    func outputs(of item: Int) -> Range<Int> {
        let group = item / runs
        return group * outputsPerGroup..<min((group + 1) * outputsPerGroup, outputs)
    }

    var outputsPerGroup: Int {
        let panels = (outputs + Self.panel - 1) / Self.panel
        return min((panels + groups - 1) / groups * Self.panel, outputs)
    }
}
