internal import Tensors

/// The 3-D E-Net of LowRes's comparison (neuro-ml/low-resolution): bottlenecks everywhere, and the places of the
/// encoder's maxima carried over to the decoder.
///
/// Input x, every side a multiple of 8; output Y, logits of the input's size. Axes x, y, z.
public enum ENet3D {
    /// - Parameter width: channels after the initial block, 16 as published.
    public static func description(width w: Int, inChannels: Int, outChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "enet", axes: .xyz)
        let initial = net.initial(net.input("x", channels: inChannels), to: w)
        let (down1, full) = net.down("down1", initial, to: 4 * w)
        var x = down1
        for index in 1...4 { x = net.bottleneck("s1.\(index)", x, .regular, .prelu) }
        let stage1 = x
        let (down2, half) = net.down("down2", stage1, to: 8 * w)
        x = down2
        for stage in 2...3 {
            for (index, kind) in sequence.enumerated() {
                x = net.bottleneck("s\(stage).\(index + 1)", x, kind, .prelu)
            }
        }
        x = net.up("up2", x, to: 4 * w, indices: half, like: stage1)
        for index in 1...2 { x = net.bottleneck("s4.\(index)", x, .regular, .relu) }
        x = net.bottleneck("s5.1", net.up("up1", x, to: w, indices: full, like: initial), .regular, .relu)
        let doubling = Window(3, stride: 2, padding: 1)
        net.output("Y", net.transposedConvolution("Y", x, to: outChannels, window: doubling, outputPadding: 1))
        return net
    }

    private static let sequence: [Middle] = [
        .regular, .dilated(2), .asymmetric, .dilated(4), .regular, .dilated(8), .asymmetric, .dilated(16),
    ]

    /// The convolution in the middle of a bottleneck.
    fileprivate enum Middle {
        case regular
        case dilated(Int)
        /// Of side 5 along x, y and z in turn.
        case asymmetric
    }

    /// PReLU in the encoder, ReLU in the decoder.
    fileprivate enum Activation {
        case prelu
        case relu
    }
}

extension NetworkDescription {
    /// A convolution and the pooled image, joined, normalised and activated.
    fileprivate mutating func initial(_ x: Value, to channels: Int) -> Value {
        let window = Window(3, stride: 2, padding: 1)
        let convolved = convolution("initial", x, to: channels - x.channels, window: window)
        return prelu("initial", batchNorm("initial", concatenate([convolved, maxPool(x, window: window)])))
    }

    private mutating func activated(_ node: String, _ x: Value, _ activation: ENet3D.Activation) -> Value {
        switch activation {
        case .prelu: prelu(node, x)
        case .relu: relu(x)
        }
    }

    /// Convolution, BN, activation.
    private mutating func unit(
        _ node: String, _ x: Value, to channels: Int, _ window: Window, _ activation: ENet3D.Activation
    ) -> Value {
        activated(node, convolutionNorm(node, x, to: channels, window: window), activation)
    }

    private mutating func middle(
        _ node: String, _ x: Value, _ middle: ENet3D.Middle, _ activation: ENet3D.Activation
    ) -> Value {
        switch middle {
        case .regular: return unit(node, x, to: x.channels, .same(3), activation)
        case .dilated(let dilation):
            return unit(node, x, to: x.channels, .same(3, dilation: PerAxis(dilation)), activation)
        case .asymmetric:
            let alongX = unit("\(node).1", x, to: x.channels, .same(PerAxis(z: 1, y: 1, x: 5)), activation)
            let alongY = unit("\(node).2", alongX, to: x.channels, .same(PerAxis(z: 1, y: 5, x: 1)), activation)
            return unit("\(node).3", alongY, to: x.channels, .same(PerAxis(z: 5, y: 1, x: 1)), activation)
        }
    }

    /// Reduces to a quarter, convolves, expands; added to the shortcut and activated.
    fileprivate mutating func bottleneck(
        _ node: String, _ x: Value, _ kind: ENet3D.Middle, _ activation: ENet3D.Activation
    ) -> Value {
        let reduced = unit("\(node).reduce", x, to: x.channels / 4, .same(1), activation)
        let inner = middle("\(node).middle", reduced, kind, activation)
        let expanded = unit("\(node).expand", inner, to: x.channels, .same(1), activation)
        return activated(node, add(x, expanded), activation)
    }

    /// Halves the size; the shortcut is a max pool, with channels of zeros added.
    fileprivate mutating func down(_ node: String, _ x: Value, to channels: Int) -> (value: Value, indices: Value) {
        let pooled = maxPoolWithIndices(x, window: .blocks(2))
        let shortcut = padChannels(pooled.value, to: channels)
        let reduced = unit("\(node).reduce", x, to: x.channels / 4, .blocks(2), .prelu)
        let inner = middle("\(node).middle", reduced, .regular, .prelu)
        let expanded = unit("\(node).expand", inner, to: channels, .same(1), .prelu)
        return (prelu(node, add(shortcut, expanded)), pooled.indices)
    }

    /// Doubles the size; the shortcut is a projection whose values go to where the encoder's maxima were.
    fileprivate mutating func up(
        _ node: String, _ x: Value, to channels: Int, indices: Value, like: Value
    ) -> Value {
        let main = convolutionNorm("\(node).main", x, to: channels, window: .same(1))
        let shortcut = unpool(main, indices: indices, like: like)
        let reduced = unit("\(node).reduce", x, to: x.channels / 4, .same(1), .relu)
        let doubled = transposedConvolution(
            "\(node).middle", reduced, to: reduced.channels, window: .blocks(2))
        let inner = relu(batchNorm("\(node).middle", doubled))
        let expanded = unit("\(node).expand", inner, to: channels, .same(1), .relu)
        return relu(add(shortcut, expanded))
    }
}
