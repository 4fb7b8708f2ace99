internal import Tensors

/// MobileNetV2 with a U-Net decoder, every 2-D operation made 3-D, of LowRes's comparison (neuro-ml/low-resolution).
///
/// Input x, every side a multiple of 32; output Y, logits of the input's size. Axes x, y, z.
public enum MobileNetV2UNet3D {
    /// Expansion, channels, blocks, stride of the first block (Sandler et al., table 2).
    private static let table = [
        (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]
    private static let publishedWidth = 32

    /// - Parameter width: channels of the first convolution, a multiple of 4; 32 as published.
    public static func description(width: Int, inChannels: Int, outChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "mobilenet", axes: .xyz)
        let halving = Window(3, stride: 2, padding: 1)
        let stem = net.convolutionNorm("stem", net.input("x", channels: inChannels), to: width, window: halving)
        let first = net.invertedResidual(
            "b1", net.relu6(stem), to: 16 * width / publishedWidth, stride: 1, expansion: 1)
        var blocks = [first]
        for (expansion, channels, count, stride) in table {
            for index in 0..<count {
                let block = net.invertedResidual(
                    "b\(blocks.count + 1)", blocks[blocks.count - 1], to: channels * width / publishedWidth,
                    stride: index == 0 ? stride : 1, expansion: expansion)
                blocks.append(block)
            }
        }
        net.output("Y", decoder(blocks, outChannels, &net))
        return net
    }

    /// - Parameter blocks: b1 to b17; the last at each resolution goes to the decoder.
    private static func decoder(
        _ blocks: [NetworkDescription.Value], _ outChannels: Int, _ net: inout NetworkDescription
    ) -> NetworkDescription.Value {
        var x = blocks[16]
        for (level, block) in [(4, 13), (3, 6), (2, 3), (1, 1)] {
            let skip = blocks[block - 1]
            x = net.concatenate([net.up("u\(level)", x, to: x.channels), skip])
            for part in 1...2 {
                x = net.invertedResidual("d\(level).\(part)", x, to: skip.channels, stride: 1, expansion: 6)
            }
        }
        let head = net.invertedResidual("Y.1", x, to: outChannels, stride: 1, expansion: 1)
        return net.resizeTrilinear(net.batchNorm("Y.2", head), factor: 2, alignCorners: false)
    }
}

extension NetworkDescription {
    /// Expansion, depthwise convolution (ReLU6 after both), linear projection; a shortcut where shapes agree.
    fileprivate mutating func invertedResidual(
        _ node: String, _ x: Value, to channels: Int, stride: Int, expansion: Int
    ) -> Value {
        let inner = x.channels * expansion
        var value = x
        if expansion != 1 { value = relu6(convolutionNorm("\(node).expand", x, to: inner, window: .same(1))) }
        let window = Window(3, stride: PerAxis(stride), padding: 1)
        value = relu6(convolutionNorm("\(node).depthwise", value, to: inner, window: window, form: .depthwise))
        value = convolutionNorm("\(node).project", value, to: channels, window: .same(1))
        return stride == 1 && channels == x.channels ? add(x, value) : value
    }
}
