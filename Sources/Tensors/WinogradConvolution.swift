internal import CKernels

/// 3 x 3 x 3 with stride 1, any dilation and padding, by Winograd F(m, 3) in all three dimensions.
struct WinogradConvolution: Convolution {
    private let layer: WinogradLayer
    /// Outputs of a tile along each axis.
    private let tile: PerAxis

    /// Tiles of 4 x 4 x 4 until a shape is known.
    init(_ parameters: ConvolutionParameters, _ kernels: ck_kernels) {
        self.init(WinogradLayer(parameters, kernels), tile: 4)
    }

    private init(_ layer: WinogradLayer, tile: PerAxis) {
        self.layer = layer
        self.tile = tile
    }

    var algorithm: String {
        tile == 2 || tile == 4 ? "Winograd F(\(tile.x),3)^3" : "Winograd F(\(tile.z),\(tile.y),\(tile.x); 3)"
    }

    var weightBytes: Int {
        Int(ck_winograd_weight_count(ck_axes(tile), Int32(layer.inputs), Int32(layer.outputs)))
            * MemoryLayout<Float>.stride
    }

    func planned(for input: TensorShape, output: TensorShape) -> any Convolution {
        let tile = PerAxis(ck_winograd_tile(layer.shape(output)))
        if tile == 0 { return layer.direct() }
        _ = layer.weights(tile)
        return WinogradConvolution(layer, tile: tile)
    }

    /// Runs of batches: neighbours share what is in the cache.
    func itemCount(_ output: TensorShape) -> Int {
        min(batchCount(output), max(16, 2 * ((output.depth + tile.z - 1) / tile.z)))
    }

    func planes(of item: Int, _ output: TensorShape) -> Range<Int> {
        let plan = plan(output), items = itemCount(output), batches = batchCount(output)
        guard layer.window.dilation == 1, plan.outputs >= layer.outputs else { return 0..<output.depth }
        let tiles = output.extent.combined(tile) { ($0 + $1 - 1) / $1 }
        let first = batches * item / items * Int(plan.batch)
        let end = min(batches * (item + 1) / items * Int(plan.batch), tiles.product)
        let perSlab = tiles.y * tiles.x
        return first / perSlab * tile.z..<min(((end - 1) / perSlab + 1) * tile.z, output.depth)
    }

    func scratchFloats(_ output: TensorShape) -> Int {
        Int(ck_winograd_workspace(layer.shape(output), plan(output)))
    }

    private func plan(_ output: TensorShape) -> ck_winograd { ck_winograd_plan(layer.shape(output), ck_axes(tile)) }

    private func batchCount(_ output: TensorShape) -> Int {
        Int(ck_winograd_batches(layer.shape(output), plan(output)))
    }

    func compute(
        _ item: Int, from input: Tensor, residual: Tensor?, into result: Tensor, scratch: UnsafeMutablePointer<Float>
    ) {
        var problem = ck_convolution(
            input, used: layer.used, layer.weights(tile), result, layer.fused.fusion(residual: residual),
            window: layer.window)
        let items = itemCount(result.shape), batches = batchCount(result.shape)
        layer.kernels.winograd(
            &problem, plan(result.shape), Int64(batches * item / items), Int64(batches * (item + 1) / items), scratch)
    }
}
