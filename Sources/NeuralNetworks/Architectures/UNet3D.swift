internal import Tensors

/// The 3-D U-Net of LowRes's comparison (neuro-ml/low-resolution), pre-activation.
///
/// Input x, every side a multiple of 8; output Y, logits of the input's size. Axes x, y, z.
public enum UNet3D {
    /// - Parameter width: channels of the first convolution, 32 as published.
    public static func description(width w: Int, inChannels: Int, outChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "unet", axes: .xyz)
        let stem = net.convolution("stem", net.input("x", channels: inChannels), to: w, kernel: 3)
        let e1 = net.preActivation("e1", stem, to: 2 * w, kernel: 3, bias: true)
        let e2 = net.pair("e2", net.maxPool(e1, factor: 2), 2 * w, 4 * w)
        let e3 = net.pair("e3", net.maxPool(e2, factor: 2), 4 * w, 8 * w)
        var x = net.pair("e4", net.maxPool(e3, factor: 2), 8 * w, 16 * w)
        for (level, skip) in [(3, e3), (2, e2), (1, e1)] {
            let up = net.up("u\(level)", x, to: x.channels)
            x = net.pair("d\(level)", net.concatenate([up, skip]), skip.channels, skip.channels)
        }
        net.output("Y", net.batchNorm("Y.2", net.preActivation("Y.1", x, to: outChannels, kernel: 1)))
        return net
    }
}

extension NetworkDescription {
    /// Two pre-activation convolutions, the second with bias.
    fileprivate mutating func pair(_ node: String, _ x: Value, _ inner: Int, _ channels: Int) -> Value {
        let first = preActivation("\(node).1", x, to: inner, kernel: 3)
        return preActivation("\(node).2", first, to: channels, kernel: 3, bias: true)
    }
}
