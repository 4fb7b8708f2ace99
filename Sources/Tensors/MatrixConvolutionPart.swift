internal import CKernels

/// The output voxels of a convolution that are `step` apart, from `origin` on: they share one matrix of weights.
struct MatrixConvolutionPart: Sendable {
    /// Moves over the input, one step for each voxel of the part.
    let window: Window
    /// [kz][ky][kx][in] x [out]; depthwise [kz][ky][kx] x [channel].
    let weights: AlignedBuffer
    let origin: PerAxis
    let step: PerAxis

    var taps: Int { window.size.product }

    /// One part; for a transposed convolution one for each place between the input's voxels.
    static func parts(of parameters: ConvolutionParameters, inputs: Int, outputs: Int) -> [MatrixConvolutionPart] {
        guard case .transposed = parameters.form else {
            let weights = parameters.matrix(inputs: inputs, outputs: outputs)
            return [MatrixConvolutionPart(window: parameters.window, weights: weights, origin: 0, step: 1)]
        }
        let whole = parameters.matrix(inputs: inputs, outputs: outputs), stride = parameters.window.stride
        return (0..<stride.product).map { index in
            let origin = PerAxis(
                z: index / (stride.y * stride.x), y: index / stride.x % stride.y, x: index % stride.x)
            return MatrixConvolutionPart(
                transposed: parameters.window, origin: origin, weights: whole, tapFloats: inputs * outputs)
        }
    }

    private init(window: Window, weights: AlignedBuffer, origin: PerAxis, step: PerAxis) {
        self.window = window
        self.weights = weights
        self.origin = origin
        self.step = step
    }

    /// Output o = origin + stride * q reads input (o + padding - tap) / stride for the taps that make it whole: the
    /// last of them reads the first input.
    private init(transposed window: Window, origin: PerAxis, weights: AlignedBuffer, tapFloats: Int) {
        let shift = origin.combined(window.padding, +)
        let remainder = shift.combined(window.stride, %)
        let count = window.size.combined(remainder, -).combined(window.stride) { ($0 + $1 - 1) / $1 }
        let last = remainder.combined(count.combined(window.stride) { ($0 - 1) * $1 }, +)
        let offset = last.combined(shift, -).combined(window.stride, /)
        let part = AlignedBuffer(count: count.product * tapFloats)
        var target = part.base
        for z in 0..<count.z {
            for y in 0..<count.y {
                for x in 0..<count.x {
                    let tap = last.combined(PerAxis(z: z, y: y, x: x).combined(window.stride, *), -)
                    let index = (tap.z * window.size.y + tap.y) * window.size.x + tap.x
                    target.update(from: weights.base + index * tapFloats, count: tapFloats)
                    target += tapFloats
                }
            }
        }
        self.init(window: Window(count, padding: offset), weights: part, origin: origin, step: window.stride)
    }

    /// The part's voxels of an output.
    func voxels(of output: TensorShape) -> TensorShape {
        let room = output.extent.combined(origin, -)
        return TensorShape(room.combined(step) { max(0, $0 + $1 - 1) / $1 }, channels: output.channels)
    }

    /// What one row of the part reads along x.
    func lineVoxels(_ output: TensorShape) -> Int {
        max(0, voxels(of: output).width - 1) * window.stride.x + window.reach.x
    }

    /// The part is all of the output, in the same order.
    var isWhole: Bool { step == 1 }

    /// Where a voxel of the part lies in the output.
    func place(of voxel: Int, _ voxels: TensorShape, in output: TensorShape) -> Int {
        let x = voxel % voxels.width, row = voxel / voxels.width
        let z = origin.z + row / voxels.height * step.z, y = origin.y + row % voxels.height * step.y
        return (z * output.height + y) * output.width + origin.x + x * step.x
    }

    /// Depthwise: each channel of a patch times its own weights, summed over the taps.
    func sum(
        _ patches: UnsafePointer<Float>, count: Int, channels: Int, into product: UnsafeMutablePointer<Float>
    ) {
        product.update(repeating: 0, count: count * channels)
        for voxel in 0..<count {
            let sums = product + voxel * channels
            for tap in 0..<taps {
                let values = patches + (voxel * taps + tap) * channels, factors = weights.base + tap * channels
                for channel in 0..<channels { sums[channel] += values[channel] * factors[channel] }
            }
        }
    }
}
