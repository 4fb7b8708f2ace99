internal import Tensors

/// The two networks of LowRes (neuro-ml/low-resolution): the first maps an image to logits at 1/8 resolution and
/// keeps its feature maps, the second turns crops of those maps into logits at full resolution.
///
/// Node names are those of the published table.
public struct LowResNetworks: Sendable {
    /// Input x, every side a multiple of 8; outputs X2I, F2, F4, F8, Y8.
    public let stage1: NetworkDescription
    /// Stage 1 as far as F2, its only output.
    public let stage1HalfResolution: NetworkDescription
    /// Inputs x, X2I, F2, F4, F8 cropped to the same cells; output Y.
    public let stage2: NetworkDescription

    public init(features: Int, inChannels: Int, outChannels: Int) {
        stage1 = Self.makeStage1(features: features, inChannels: inChannels, outChannels: outChannels)
        stage1HalfResolution = Self.makeStage1HalfResolution(features: features, inChannels: inChannels)
        stage2 = Self.makeStage2(features: features, inChannels: inChannels, outChannels: outChannels)
    }

    private static func makeStage1(features f: Int, inChannels: Int, outChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "stage1", axes: .xyz)
        let (half, f2) = net.halfResolution(features: f, inChannels: inChannels)
        let c = net.preActivation("c", net.maxPool(f2, factor: 2), to: 2 * f, kernel: 3, bias: true)
        let d = net.resBlock("d", c, kernel: 3)
        let f4 = net.resBlock("F4", d, kernel: 3)
        let e = net.preActivation("e", net.averagePool(f4, factor: 2), to: 4 * f, kernel: 3, bias: true)
        let g = net.resBlock("g", net.resBlock("f", e, kernel: 3), kernel: 3)
        let f8 = net.resBlock("F8", g, kernel: 1)
        let y8 = net.batchNorm("Y8.2", net.preActivation("Y8.1", f8, to: outChannels, kernel: 1))
        for (name, value) in [("X2I", half), ("F2", f2), ("F4", f4), ("F8", f8), ("Y8", y8)] { net.output(name, value) }
        return net
    }

    private static func makeStage1HalfResolution(features: Int, inChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "stage1", axes: .xyz)
        net.output("F2", net.halfResolution(features: features, inChannels: inChannels).f2)
        return net
    }

    private static func makeStage2(features f: Int, inChannels: Int, outChannels: Int) -> NetworkDescription {
        let wide = f + inChannels
        var net = NetworkDescription(name: "stage2", axes: .xyz)
        let x = net.input("x", channels: inChannels)
        let half = net.input("X2I", channels: inChannels)
        let f2 = net.input("F2", channels: f)
        let f4 = net.input("F4", channels: 2 * f)
        let f8 = net.input("F8", channels: 4 * f)
        let p8 = net.convolution("p8", net.relu(f8), to: 2 * f, kernel: 1)
        let p4 = net.convolution("p4", net.relu(net.add(net.upsample2(p8), f4)), to: wide, kernel: 1)
        let s2 = net.add(net.concatenate([f2, half]), net.upsample2(p4))
        let q = net.plainRes("q.2", net.plainRes("q.1", s2, kernel: 3), kernel: 3)
        let r = net.convolution("r", net.relu(q), to: f, kernel: 3)
        let t = net.concatenate([x, net.upsample2(r)])
        let v = net.plainRes("v.2", net.plainRes("v.1", t, kernel: 3), kernel: 3)
        net.output("Y", net.convolution("Y", net.plainRes("v.3", v, kernel: 1), to: outChannels, kernel: 1))
        return net
    }
}

extension NetworkDescription {
    /// X2I and F2 of Stage 1.
    fileprivate mutating func halfResolution(features f: Int, inChannels: Int) -> (half: Value, f2: Value) {
        let half = averagePool(input("x", channels: inChannels), factor: 2)
        let a = convolution("a", half, to: f, kernel: 3)
        let b = preActivation("b", a, to: f, kernel: 3, bias: true)
        return (half, resBlock("F2", b, kernel: 3))
    }

    /// Two pre-activation units around an identity shortcut.
    fileprivate mutating func resBlock(_ node: String, _ x: Value, kernel: Int) -> Value {
        let first = preActivation("\(node).1", x, to: x.channels, kernel: kernel)
        return add(preActivation("\(node).2", first, to: x.channels, kernel: kernel), x)
    }

    /// x + ReLU(conv(ReLU(conv(x)))), both convolutions with bias.
    fileprivate mutating func plainRes(_ node: String, _ x: Value, kernel: Int) -> Value {
        let first = relu(convolution("\(node).1", x, to: x.channels, kernel: kernel, bias: true))
        return add(x, relu(convolution("\(node).2", first, to: x.channels, kernel: kernel, bias: true)))
    }

    /// Trilinear, corners aligned.
    fileprivate mutating func upsample2(_ x: Value) -> Value {
        resizeTrilinear(x, factor: 2, alignCorners: true)
    }
}
