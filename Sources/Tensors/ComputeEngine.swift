internal import CKernels
internal import Foundation

/// What computes the convolutions: our own kernels for one instruction set, or matrix products by OpenBLAS, which run
/// anywhere and share no code with the kernels, so that whole networks can be checked against them.
///
/// Engines differ in the last bits of their results; one engine gives the same bits on every machine that has it
/// (OpenBLAS: with the same core).
public struct ComputeEngine: @unchecked Sendable, Hashable, CustomStringConvertible {
    // Unchecked: the pointer is to a constant table.
    private let kernels: UnsafePointer<ck_kernels>?
    /// "avx512", "avx2", "baseline" or "openblas".
    public let name: String
    /// Values of 17 channels are stored as 16 + 1 (`LoneChannel`).
    public private(set) var keepsLoneChannel = false

    private init(_ name: String, _ kernels: UnsafePointer<ck_kernels>?) {
        self.name = name
        self.kernels = kernels
    }

    public static let openBLAS = ComputeEngine("openblas", nil)

    /// The engines of this machine, the fastest first.
    public static let available: [ComputeEngine] =
        ["avx512", "avx2", "baseline"].compactMap { name in
            ck_kernels_named(name).map { ComputeEngine(name, $0) }
        } + [openBLAS]

    /// The fastest, unless the environment variable FOVEA_ISA names another; nil if it names none of this machine.
    public static let selected: ComputeEngine? = {
        guard let name = ProcessInfo.processInfo.environment["FOVEA_ISA"] else { return available[0] }
        return available.first { $0.name == name }
    }()

    /// For provenance: the name, with OpenBLAS the core that it takes the machine for.
    public var description: String { kernels == nil ? "\(name) \(MatrixProduct.coreName)" : name }

    /// The same engine for networks whose convolutions from or to 17 channels are all `LoneChannel.isSupported`.
    /// OpenBLAS takes channels as they come.
    public var keepingLoneChannel: ComputeEngine {
        var engine = self
        engine.keepsLoneChannel = kernels != nil
        return engine
    }

    /// How many channels a value has in memory: the kernels work on whole blocks of 16; those beyond the value's own
    /// are zero. A single channel stays alone.
    public func storedChannels(_ channels: Int) -> Int {
        if keepsLoneChannel, channels == LoneChannel.width { return channels }
        return kernels == nil || channels == 1 ? channels : (channels + 15) & ~15
    }

    /// A convolution whose operands have `storedChannels` in memory.
    public func convolution(_ parameters: ConvolutionParameters) -> any Convolution {
        let (inputs, outputs) = (storedChannels(parameters.inChannels), storedChannels(parameters.outChannels))
        if let kernels, let fast = Self.convolution(parameters, inputs, outputs, kernels.pointee) { return fast }
        return MatrixConvolution(parameters, storedInputs: inputs, storedOutputs: outputs)
    }

    /// Whether a convolution of this form can apply a BN and a ReLU as it reads its input; else they need a step.
    public func appliesInputActivation(_ form: ConvolutionParameters.Form, inChannels: Int) -> Bool {
        form == .dense && (kernels == nil || inChannels > 1)
    }

    /// The kernel that is made for a convolution, if one is; `inputs` and `outputs` are channels in memory.
    private static func convolution(
        _ parameters: ConvolutionParameters, _ inputs: Int, _ outputs: Int, _ kernels: ck_kernels
    ) -> (any Convolution)? {
        if parameters.form == .depthwise {
            return inputs == 1 ? nil : DepthwiseConvolution(parameters, kernels)
        }
        guard parameters.form == .dense else { return DirectConvolution(parameters, kernels) }
        if [inputs, outputs].contains(LoneChannel.width) { return loneConvolution(parameters, kernels) }
        if parameters.window.size == 3, parameters.window.stride == 1, inputs >= 16, outputs >= 16 {
            return WinogradConvolution(parameters, kernels)
        }
        switch (parameters.window, inputs, outputs) {
        case (Window.same(1), 16...64, 1) where inputs == parameters.inChannels:
            return LonePointwiseConvolution(parameters, kernels)
        case (Winograd2DConvolution.window, 16..., 16...): return Winograd2DConvolution(parameters, kernels)
        case (Window.same(3), 1, 16...) where !parameters.hasInputActivation:
            return StemConvolution(parameters, kernels)
        case (Stem7Convolution.window, 1, 16...) where !parameters.hasInputActivation:
            return Stem7Convolution(parameters, kernels)
        default: return DirectConvolution(parameters, kernels)
        }
    }

    private static func loneConvolution(
        _ parameters: ConvolutionParameters, _ kernels: ck_kernels
    ) -> any Convolution {
        precondition(
            LoneChannel.isSupported(parameters.window, from: parameters.inChannels, to: parameters.outChannels),
            "a convolution that the kernels for 16 + 1 channels do not have")
        return parameters.window == Window.same(1)
            ? LonePointwiseConvolution(parameters, kernels) : LoneWinogradConvolution(parameters, kernels)
    }
}
