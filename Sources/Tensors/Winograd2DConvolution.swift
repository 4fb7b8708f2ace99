internal import CKernels
internal import Synchronization

/// 3 x 3 in the plane of every slice (window 1 x 3 x 3, padded) by Winograd, with 4 x 4 outputs to a tile, or 2 x 2
/// where so few tiles would leave reading the weights the longest part.
final class Winograd2DConvolution: Convolution {
    private let kernels: ck_kernels
    private let used: Int
    private let inputs: Int
    private let outputs: Int
    private let tile: Int
    private let weights: Winograd2DWeights
    private let fused: FusedParameters

    convenience init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        let inputs = kernelChannels(parameters.inChannels), outputs = kernelChannels(parameters.outChannels)
        self.init(
            kernels, used: parameters.inChannels, tile: 4,
            weights: Winograd2DWeights(parameters, inputs: inputs, outputs: outputs),
            fused: FusedParameters(parameters, inputs: inputs, outputs: outputs))
    }

    private init(
        _ kernels: ck_kernels, used: Int, tile: Int, weights: Winograd2DWeights, fused: FusedParameters
    ) {
        self.kernels = kernels
        self.used = used
        self.tile = tile
        self.weights = weights
        self.fused = fused
        inputs = weights.inputs
        outputs = weights.outputs
    }

    /// 3 x 3 in the plane, padded so that it keeps the size.
    static let window = Window.same(PerAxis(z: 1, y: 3, x: 3))

    var algorithm: String { "Winograd F(\(tile)x\(tile),3x3)" }
    var weightBytes: Int { weights.count(tile: tile) * MemoryLayout<Float>.stride }

    func planned(for input: TensorShape, output: TensorShape) -> any Convolution {
        let best = Winograd2DSchedule.bestTile(output)
        _ = weights.transformed(tile: best)
        guard best != tile else { return self }
        return Winograd2DConvolution(kernels, used: used, tile: best, weights: weights, fused: fused)
    }

    private func schedule(_ output: TensorShape) -> Winograd2DSchedule {
        Winograd2DSchedule(output, tile: tile, inputs: inputs, outputs: outputs)
    }

    func itemCount(_ output: TensorShape) -> Int { schedule(output).itemCount }

    func scratchFloats(_ output: TensorShape) -> Int {
        let schedule = schedule(output)
        return Int(
            ck_winograd2d_workspace(
                Int32(inputs), Int32(schedule.outputsPerGroup), Int32(tile), Int32(schedule.batch)))
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_convolution(
            input, used: used, weights.transformed(tile: tile), result, fused.fusion(residual: residual))
        let schedule = schedule(result.shape)
        let tiles = schedule.tiles(of: item), channels = schedule.outputs(of: item)
        var part = ck_winograd2d_part(
            tile: Int32(tile), batch: Int32(schedule.batch), first: Int64(tiles.lowerBound),
            last: Int64(tiles.upperBound), first_output: Int32(channels.lowerBound),
            last_output: Int32(channels.upperBound))
        kernels.winograd2d(&problem, &part, scratch)
    }
}

/// A kernel's weights, transformed once for every size of tile that a plan asks for.
final class Winograd2DWeights: Sendable {
    let inputs: Int
    let outputs: Int
    private let parameters: ConvolutionParameters
    private let transformed = Mutex<[Int: AlignedBuffer]>([:])

    init(_ parameters: ConvolutionParameters, inputs: Int, outputs: Int) {
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
    }

    func count(tile: Int) -> Int { Int(ck_winograd2d_weight_count(Int32(inputs), Int32(outputs), Int32(tile))) }

    func transformed(tile: Int) -> AlignedBuffer {
        transformed.withLock { made in
            if let buffer = made[tile] { return buffer }
            let buffer = AlignedBuffer(count: count(tile: tile))
            ck_winograd2d_weights(
                parameters.weights, Int32(parameters.outChannels), Int32(parameters.inChannels), Int32(inputs),
                Int32(outputs), Int32(tile), buffer.base)
            made[tile] = buffer
            return buffer
        }
    }
}
