internal import Tensors

/// DeepMedic-39 of LowRes's comparison (neuro-ml/low-resolution): two paths, at full and at a third of the resolution,
/// without padding.
///
/// Input x, sides multiples of 3 and at least 51; output Y, logits, each side 48 less. Axes x, y, z.
public enum DeepMedic39 {
    /// What the path at full resolution leaves out at each end, to see the same centre as the other.
    private static let margin: PerAxis = 16

    /// - Parameter width: 10 gives the published 30, 40, 50 and 150 channels.
    public static func description(width w: Int, inChannels: Int, outChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "deepmedic", axes: .xyz)
        let x = net.input("x", channels: inChannels)
        let fine = path("A", net.crop(x, by: margin), w, &net)
        let coarse = path("B", net.averagePool(x, window: .blocks(3)), w, &net)
        let both = net.concatenate([fine, net.upsampleNearest(coarse, factor: 3)])
        let f = net.validBlock("f", both, to: 15 * w, kernel: 1)
        net.output("Y", net.batchNorm("Y", net.preActivation("g", f, to: outChannels, kernel: 1)))
        return net
    }

    /// Eight unpadded convolutions of side 3.
    private static func path(
        _ node: String, _ x: NetworkDescription.Value, _ w: Int, _ net: inout NetworkDescription
    ) -> NetworkDescription.Value {
        let first = net.relu(net.convolutionNorm("\(node).1", x, to: 3 * w, window: Window(3)))
        let second = net.convolution("\(node).2", first, to: 3 * w, window: Window(3))
        let third = net.validBlock("\(node).3", second, to: 4 * w, kernel: 3)
        let fourth = net.validBlock("\(node).4", third, to: 4 * w, kernel: 3)
        return net.validBlock("\(node).5", fourth, to: 5 * w, kernel: 3)
    }
}

extension NetworkDescription {
    /// Two unpadded pre-activation convolutions; the shortcut is cropped to their centre.
    fileprivate mutating func validBlock(_ node: String, _ x: Value, to channels: Int, kernel: Int) -> Value {
        var shortcut = kernel == 1 ? x : crop(x, by: PerAxis(2 * (kernel / 2)))
        if channels != x.channels { shortcut = convolution("\(node).shortcut", shortcut, to: channels, kernel: 1) }
        let window = Window(PerAxis(kernel))
        let first = preActivation("\(node).1", x, to: channels, window: window)
        return add(preActivation("\(node).2", first, to: channels, window: window), shortcut)
    }
}
