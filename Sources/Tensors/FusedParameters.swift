internal import CKernels

/// What is fused into a convolution, as the kernels read it: aligned, zero for the channels beyond the convolution's
/// own.
final class FusedParameters: Sendable {
    private let scale: AlignedBuffer?
    private let shift: AlignedBuffer?
    private let bias: AlignedBuffer?
    private let inputReLU: Bool
    private let activation: Activation
    let residualReLU: Bool

    init(_ parameters: ConvolutionParameters, inputs: Int, outputs: Int) {
        scale = parameters.inputAffine.map { AlignedBuffer($0.scale, count: inputs) }
        shift = parameters.inputAffine.map { AlignedBuffer($0.shift, count: inputs) }
        bias = parameters.bias.map { AlignedBuffer($0, count: outputs) }
        inputReLU = parameters.inputReLU
        activation = parameters.activation
        residualReLU = parameters.residualReLU
    }

    func fusion(residual: Tensor?) -> ck_fusion {
        ck_fusion(
            scale: scale?.base, shift: shift?.base, bias: bias?.base, residual: residual?.base,
            input_relu: inputReLU ? 1 : 0, activation: activation.kind, slope: activation.slope,
            residual_relu: residualReLU ? 1 : 0)
    }

    var onLoad: ck_on_load { ck_on_load(scale: scale?.base, shift: shift?.base, relu: inputReLU) }

    func onStore(residual: UnsafePointer<Float>?) -> ck_on_store {
        ck_on_store(
            bias: bias?.base, activation: activation.kind, slope: activation.slope, residual: residual,
            residual_relu: residualReLU)
    }
}

extension Activation {
    var kind: ck_activation {
        switch self {
        case .none: .none
        case .relu: .relu
        case .relu6: .relu6
        case .leaky: .leaky
        }
    }

    /// Of the leaky activation.
    var slope: Float {
        if case .leaky(let slope) = self { slope } else { 0 }
    }
}
