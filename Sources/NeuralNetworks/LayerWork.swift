internal import Tensors

/// What a step that is no convolution does.
enum LayerWork: Sendable {
    /// Of values of 16 + 1 channels: of the block and of the lone channel.
    indirect case apart(LayerWork)
    /// To 16 + 1 channels: which of the two operands becomes the block.
    case joinLoneChannel(block: Int)
    case add(relu: Bool)
    /// Of so many channels of each operand.
    case concatenate([Int])
    case affine(ChannelAffine)
    case activate(Activation)
    case sigmoid(channels: Int)
    case crop(origin: PerAxis)
    case averagePool(Window)
    case maxPool(Window)
    /// The second result is where the maxima are.
    case maxPoolWithIndices(Window)
    /// The second operand is where the values go.
    case unpool(Window)
    case upsampleNearest
    case resizeTrilinear(alignCorners: Bool)
    case globalAverage
    case broadcast

    /// The result at a voxel needs the operands at this voxel only: it may take the place of one of them.
    var isVoxelwise: Bool {
        switch self {
        case .add, .affine, .activate, .sigmoid: true
        case .apart(let work): work.isVoxelwise
        default: false
        }
    }

    var hasIndices: Bool {
        if case .maxPoolWithIndices = self { true } else { false }
    }

    /// For reports.
    var name: String {
        switch self {
        case .apart(let work): work.name
        case .add: "sum"
        case .concatenate, .joinLoneChannel: "concatenation"
        case .affine: "batch norm"
        case .activate: "activation"
        case .sigmoid: "sigmoid"
        case .crop: "crop"
        case .averagePool: "average pool"
        case .maxPool, .maxPoolWithIndices: "max pool"
        case .unpool: "unpool"
        case .upsampleNearest: "nearest"
        case .resizeTrilinear: "trilinear"
        case .globalAverage: "global average"
        case .broadcast: "broadcast"
        }
    }

    /// Floats that each worker needs beside operands and results.
    func scratchFloats(_ operand: TensorShape) -> Int {
        switch self {
        case .resizeTrilinear, .apart(.resizeTrilinear): operand.width * operand.channels
        default: 0
        }
    }

    /// Floats of result that one item of the work computes, about.
    private static let floatsPerItem = 1 << 15

    /// Rows along x of the result that one item of the work computes.
    func rowsPerItem(_ result: TensorShape) -> Int {
        if case .globalAverage = self { return 1 }
        return min(max(1, Self.floatsPerItem / (result.width * result.channels)), result.rowCount)
    }

    /// Computes rows of the result.
    func compute(
        _ operands: [Tensor], rows: Range<Int>, into results: [Tensor], scratch: UnsafeMutablePointer<Float>
    ) {
        let input = operands[0], result = results[0]
        switch self {
        case .apart(let work): work.computeApart(operands, rows: rows, into: results, scratch: scratch)
        case .joinLoneChannel(let block):
            let (blocks, lone) = result.blockAndLone
            Kernels.concatenate([(operands[block], blocks.shape.channels)], rows: rows, into: blocks)
            Kernels.concatenate([(operands[1 - block], 1)], rows: rows, into: lone)
        case .add(let relu): Kernels.add(input, operands[1], relu: relu, rows: rows, into: result)
        case .concatenate(let channels):
            Kernels.concatenate(Array(zip(operands, channels)), rows: rows, into: result)
        case .affine(let affine): Kernels.affine(input, affine, rows: rows, into: result)
        case .activate(let activation): Kernels.activate(input, activation, rows: rows, into: result)
        case .sigmoid(let channels): Kernels.sigmoid(input, channels: channels, rows: rows, into: result)
        case .crop(let origin): Kernels.crop(input, origin: origin, rows: rows, into: result)
        case .averagePool(let window): Kernels.averagePool(input, window: window, rows: rows, into: result)
        case .maxPool(let window): Kernels.maxPool(input, window: window, rows: rows, into: result)
        case .maxPoolWithIndices(let window):
            Kernels.maxPool(input, window: window, rows: rows, into: result, indices: results[1])
        case .unpool(let window):
            Kernels.unpool(input, indices: operands[1], window: window, rows: rows, into: result)
        case .upsampleNearest: Kernels.upsampleNearest(input, rows: rows, into: result)
        case .resizeTrilinear(let alignCorners):
            Kernels.resizeTrilinear(input, alignCorners: alignCorners, rows: rows, line: scratch, into: result)
        case .globalAverage: Kernels.globalAverage(input, into: result)
        case .broadcast: Kernels.broadcast(input, rows: rows, into: result)
        }
    }

    private func computeApart(
        _ operands: [Tensor], rows: Range<Int>, into results: [Tensor], scratch: UnsafeMutablePointer<Float>
    ) {
        let operands = operands.map(\.blockAndLone), results = results.map(\.blockAndLone)
        compute(operands.map(\.block), rows: rows, into: results.map(\.block), scratch: scratch)
        compute(operands.map(\.lone), rows: rows, into: results.map(\.lone), scratch: scratch)
    }
}
