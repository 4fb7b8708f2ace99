import Tensors
import Testing

/// A convolution of a network, or an odd one, with random contents.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
    var form = ConvolutionParameters.Form.dense
    var window: Window
    var inputs: Int
    var outputs: Int
    /// Of the input.
    var size: PerAxis

    var testDescription: String {
        let (k, s, d) = (window.size, window.stride, window.dilation)
        return "\(inputs)->\(outputs) on \(size.z)x\(size.y)x\(size.x), kernel \(k.z)x\(k.y)x\(k.x), "
            + "stride \(s.z)x\(s.y)x\(s.x), dilation \(d.z)x\(d.y)x\(d.x), \(form)"
    }

    /// What is fused.
    enum Fusion: CaseIterable, Sendable {
        case none, biasAndReLU, biasAndReLU6, leakyAndResidual, residualThenReLU, affineOnLoad, batchNormOnLoad
    }

    func parameters(_ fusion: Fusion) -> ConvolutionParameters {
        let pairs = form == .depthwise ? outputs : inputs * outputs
        let bound = 1 / Float(window.size.product * (form == .depthwise ? 1 : inputs)).squareRoot()
        var parameters = ConvolutionParameters(
            form, window: window, inChannels: inputs, outChannels: outputs,
            weights: noise(window.size.product * pairs, seed: 3).map { bound * $0 },
            bias: fusion == .biasAndReLU || fusion == .biasAndReLU6 ? noise(outputs, seed: 4) : nil)
        switch fusion {
        case .none: break
        case .biasAndReLU: parameters.activation = .relu
        case .biasAndReLU6: parameters.activation = .relu6
        case .leakyAndResidual: parameters.activation = .leaky(0.25)
        case .residualThenReLU: parameters.residualReLU = true
        case .affineOnLoad, .batchNormOnLoad:
            parameters.inputAffine = (noise(inputs, seed: 5), noise(inputs, seed: 6))
            parameters.inputReLU = fusion == .batchNormOnLoad
        }
        return parameters
    }

    func hasResidual(_ fusion: Fusion) -> Bool { fusion == .leakyAndResidual || fusion == .residualThenReLU }

    /// [voxel][own channel].
    var input: [Float] { noise(size.product * inputs, seed: 7) }
    func residual(_ output: TensorShape) -> [Float] { noise(output.voxelCount * outputs, seed: 8) }

    var outputShape: TensorShape {
        parameters(.none).output(of: TensorShape(size, channels: inputs), channels: outputs)
    }

    /// [voxel][own channel], from the definition.
    func reference(_ fusion: Fusion) -> [Double] {
        let parameters = parameters(fusion), shape = outputShape, residual = residual(shape)
        var sums = [Double](repeating: 0, count: shape.count)
        let loaded = input.enumerated().map { index, value in
            let affine = parameters.inputAffine, channel = index % inputs
            let v = affine.map { Double(value) * Double($0.scale[channel]) + Double($0.shift[channel]) }
            return parameters.inputReLU ? max(v ?? Double(value), 0) : v ?? Double(value)
        }
        forEachPair(shape) { source, target, tap in
            addProducts(loaded, source, parameters.weights, tap, &sums, target)
        }
        return sums.enumerated().map { index, sum in
            var v = sum + Double(parameters.bias?[index % outputs] ?? 0)
            switch parameters.activation {
            case .none: break
            case .relu: v = max(v, 0)
            case .relu6: v = min(max(v, 0), 6)
            case .leaky(let slope): v = v > 0 ? v : Double(slope) * v
            }
            if hasResidual(fusion) { v += Double(residual[index]) }
            return parameters.residualReLU ? max(v, 0) : v
        }
    }

    private func addProducts(
        _ input: [Double], _ source: Int, _ weights: [Float], _ tap: Int, _ sums: inout [Double], _ target: Int
    ) {
        let taps = window.size.product
        for out in 0..<outputs {
            for channel in form == .depthwise ? out..<out + 1 : 0..<inputs {
                let kernel =
                    switch form {
                    case .dense: out * inputs + channel
                    case .depthwise: out
                    case .transposed: channel * outputs + out
                    }
                sums[target * outputs + out] += input[source * inputs + channel] * Double(weights[kernel * taps + tap])
            }
        }
    }

    /// Every input voxel and output voxel that a tap joins. A transposed convolution joins them the other way round.
    private func forEachPair(_ output: TensorShape, _ body: (Int, Int, Int) -> Void) {
        var isTransposed = false
        if case .transposed = form { isTransposed = true }
        let (from, to) = isTransposed ? (size, output.extent) : (output.extent, size)
        for voxel in 0..<from.product {
            let at = PerAxis(z: voxel / from.x / from.y, y: voxel / from.x % from.y, x: voxel % from.x)
            for tap in 0..<window.size.product {
                let k = PerAxis(
                    z: tap / window.size.x / window.size.y, y: tap / window.size.x % window.size.y,
                    x: tap % window.size.x)
                let other = at.combined(window.stride, *).combined(k.combined(window.dilation, *), +)
                    .combined(window.padding, -)
                guard other.allSatisfy({ $0 >= 0 }), other.combined(to, -).allSatisfy({ $0 < 0 }) else { continue }
                let index = (other.z * to.y + other.y) * to.x + other.x
                if isTransposed { body(voxel, index, tap) } else { body(index, voxel, tap) }
            }
        }
    }

    /// What an engine computes, with its channels in memory; the items in order, or backwards with other scratch.
    func computed(_ engine: ComputeEngine, _ fusion: Fusion, backwards: Bool = false) -> Result {
        let inputs = engine.storedChannels(self.inputs), outputs = engine.storedChannels(self.outputs)
        let inputShape = TensorShape(size, channels: inputs), outputShape = outputShape.withChannels(outputs)
        let source = padded(input, own: self.inputs, stored: inputs)
        let residual = padded(residual(outputShape), own: self.outputs, stored: outputs)
        let result = AlignedBuffer(count: outputShape.count)
        for index in 0..<result.count { result.base[index] = .nan }
        let convolution = engine.convolution(parameters(fusion)).planned(for: inputShape, output: outputShape)
        let scratch = AlignedBuffer(count: convolution.scratchFloats(outputShape))
        for index in 0..<scratch.count { scratch.base[index] = backwards ? 1e30 : .nan }
        let items = convolution.itemCount(outputShape)
        for item in 0..<items {
            convolution.compute(
                backwards ? items - 1 - item : item, from: Tensor(base: source.base, shape: inputShape),
                residual: hasResidual(fusion) ? Tensor(base: residual.base, shape: outputShape) : nil,
                into: Tensor(base: result.base, shape: outputShape), scratch: scratch.base)
        }
        return Result(buffer: result, own: self.outputs, stored: outputs, algorithm: convolution.algorithm)
    }

    private func padded(_ values: [Float], own: Int, stored: Int) -> AlignedBuffer {
        let buffer = AlignedBuffer(count: values.count / own * stored)
        for index in 0..<buffer.count {
            buffer.base[index] = index % stored < own ? values[index / stored * own + index % stored] : 0
        }
        return buffer
    }

    struct Result {
        let buffer: AlignedBuffer
        let own: Int
        let stored: Int
        let algorithm: String

        var bits: [UInt32] { (0..<buffer.count).map { buffer.base[$0].bitPattern } }

        /// The greatest difference of a value, relative to the reference's greatest; infinite if a padded channel is
        /// not zero.
        func relativeError(to reference: [Double]) -> Double {
            var error = 0.0
            for index in 0..<buffer.count {
                let value = Double(buffer.base[index]), channel = index % stored
                let exact = channel < own ? reference[index / stored * own + channel] : 0
                if !value.isFinite || (channel >= own && value != 0) { return .infinity }
                error = max(error, abs(value - exact))
            }
            return error / (reference.map(abs).max() ?? 1)
        }
    }
}
