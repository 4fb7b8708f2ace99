internal import CKernels

/// What is fused into a convolution, as the kernels read it: aligned, zero for the channels beyond the convolution's
/// own.
final class FusedParameters: Sendable {
    private let scale: AlignedBuffer?
    private let shift: AlignedBuffer?
    private let bias: AlignedBuffer?
    private let inputReLU: Bool
    private let outputReLU: Bool

    init(_ parameters: ConvolutionParameters, inputs: Int, outputs: Int) {
        scale = parameters.inputAffine.map { AlignedBuffer($0.scale, count: inputs) }
        shift = parameters.inputAffine.map { AlignedBuffer($0.shift, count: inputs) }
        bias = parameters.bias.map { AlignedBuffer($0, count: outputs) }
        inputReLU = parameters.inputReLU
        outputReLU = parameters.outputReLU
    }

    func fusion(residual: Tensor?) -> ck_fusion {
        ck_fusion(
            scale: scale?.base, shift: shift?.base, bias: bias?.base, residual: residual?.base,
            input_relu: inputReLU ? 1 : 0, activation: outputReLU ? .relu : .none, slope: 0, residual_relu: 0)
    }

    var onLoad: ck_on_load { ck_on_load(scale: scale?.base, shift: shift?.base, relu: inputReLU) }

    func onStore(residual: UnsafePointer<Float>?) -> ck_on_store {
        ck_on_store(
            bias: bias?.base, activation: outputReLU ? .relu : .none, slope: 0, residual: residual,
            residual_relu: false)
    }
}
