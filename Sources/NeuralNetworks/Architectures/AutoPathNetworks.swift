public import Tensors

/// The networks of AutoPath (JustThinker/AutoPath): a 3-D DeepLab V3 on a residual backbone whose blocks can be
/// dropped, and the policy network that says which ones, image by image.
///
/// Node names are those of `training/fovea_training/networks/autopath.py`. The published width is 64.
public struct AutoPathNetworks: Sendable {
    /// The residual network under the segmentation.
    public enum Backbone: String, Sendable, Hashable, CaseIterable {
        case resNet18, resNet50

        /// Residual blocks of the layers L1 to L4.
        public var blocksPerLayer: [Int] { self == .resNet18 ? [2, 2, 2, 2] : [3, 4, 6, 3] }
        public var blockCount: Int { blocksPerLayer.reduce(0, +) }
        /// The residual function is 1^3, 3^3, 1^3 to four times as many channels, instead of 3^3, 3^3.
        var isBottleneck: Bool { self == .resNet50 }
    }

    public let backbone: Backbone
    public let width: Int
    public let inChannels: Int
    public let outChannels: Int

    public init(backbone: Backbone, width: Int = 64, inChannels: Int = 1, outChannels: Int = 1) {
        precondition(width >= 2 && width % 2 == 0, "the decoder has half the width")
        self.backbone = backbone
        self.width = width
        self.inChannels = inChannels
        self.outChannels = outChannels
    }

    public var blockCount: Int { backbone.blockCount }
    /// All blocks.
    public var fullPath: [Bool] { Array(repeating: true, count: blockCount) }

    /// The number, from 0, of the block that a layer of the backbone is a convolution of: "L2.1.2" is of the third
    /// block of R18. Nil for what a dropped block still computes, its projection, and for all other layers.
    public func block(ofLayer name: String) -> Int? {
        let parts = name.split(separator: ".")
        guard let start = parts.firstIndex(where: { $0.first == "L" }), parts.count > start + 2,
            let layer = Int(parts[start].dropFirst()), (1...4).contains(layer), let block = Int(parts[start + 1]),
            Int(parts[start + 2]) != nil
        else { return nil }
        return backbone.blocksPerLayer.prefix(layer - 1).reduce(0, +) + block - 1
    }

    /// The segmentation network: input "x", output "logits" of the input's size, before the sigmoid.
    /// - Parameter path: for each block whether it is computed. Of a dropped block only the shortcut remains: the
    ///   projection of a layer's first block, otherwise nothing.
    public func backbone(path: [Bool]) -> NetworkDescription {
        precondition(path.count == blockCount, "one choice per block")
        var net = NetworkDescription(name: "backbone", axes: .zyx)
        let x = net.input("x", channels: inChannels)
        let features = net.residualLayers(
            net.stem(x, width: width), blocks: backbone.blocksPerLayer, isBottleneck: backbone.isBottleneck,
            width: width, path: path)
        let pyramid = net.spatialPyramid(features, to: 4 * width)
        let logits = net.decoder(pyramid, width: width / 2, to: outChannels)
        net.output("logits", net.resizeTrilinear(logits, like: x, alignCorners: true))
        return net
    }

    /// The policy network: input "x", the backbone's; output "keep": for each block the logit of keeping it, and
    /// "value", which the published code has and never uses.
    ///
    /// The published pooling (windows of 4^3, the last planes left out) fits the published input alone, whose last map
    /// is 6 x 4 x 4; at any other size the average is global.
    /// - Parameter input: the extents of x.
    public func policy(for input: TensorShape) -> NetworkDescription {
        var net = NetworkDescription(name: "policy", axes: .zyx)
        let x = net.input("x", channels: inChannels)
        let half = net.averagePool(x, window: .blocks(2))
        let features = net.residualLayers(
            net.stem(half, width: width), blocks: [1, 1, 1, 1], isBottleneck: false, width: width,
            path: [true, true, true, true])
        let pooled =
            Self.lastPolicyMap(input) == Self.publishedPolicyMap
            ? net.averagePool(features, window: .blocks(4))
            : net.globalAveragePool(features)
        net.output("keep", net.linear("keep", pooled, to: blockCount))
        net.output("value", net.linear("value", pooled, to: 1))
        return net
    }

    private static let publishedPolicyMap = PerAxis(z: 6, y: 4, x: 4)

    /// Halved by the pooling, the stem and the max pool, in plane by three more layers.
    private static func lastPolicyMap(_ input: TensorShape) -> PerAxis {
        func halved(_ n: Int, times: Int) -> Int { (0..<times).reduce(n / 2) { n, _ in (n + 1) / 2 } }
        return PerAxis(
            z: halved(input.depth, times: 2), y: halved(input.height, times: 5), x: halved(input.width, times: 5))
    }

    /// Name and shape of every tensor of both networks.
    public func parameters(policy: Bool) -> [String: [Int]] {
        let whole = backbone(path: fullPath).parameters
        guard policy else { return whole }
        let any = TensorShape(depth: 1, height: 1, width: 1, channels: inChannels)
        return whole.merging(self.policy(for: any).parameters) { first, _ in first }
    }
}

extension NetworkDescription {
    /// Convolution, batch normalisation, without ReLU.
    private mutating func norm(_ node: String, _ x: Value, to channels: Int, window: Window) -> Value {
        batchNorm(node, convolution(node, x, to: channels, window: window))
    }

    fileprivate mutating func stem(_ x: Value, width: Int) -> Value {
        let half = relu(norm("stem", x, to: width, window: Window(7, stride: 2, padding: 3)))
        return maxPool(half, window: Window(3, stride: 2, padding: 1))
    }

    /// The layers L1 to L4, of which all but the first halve the plane.
    fileprivate mutating func residualLayers(
        _ x: Value, blocks: [Int], isBottleneck: Bool, width: Int, path: [Bool]
    ) -> Value {
        var x = x
        var path = path[...]
        for (layer, count) in blocks.enumerated() {
            for block in 1...count {
                let stride = layer > 0 && block == 1 ? PerAxis(z: 1, y: 2, x: 2) : 1
                let shape = BlockShape(channels: width << layer, stride: stride, isBottleneck: isBottleneck)
                x = residualBlock("L\(layer + 1).\(block)", x, shape, isKept: path.removeFirst())
            }
        }
        return x
    }

    private struct BlockShape {
        let channels: Int
        let stride: PerAxis
        let isBottleneck: Bool

        var outChannels: Int { isBottleneck ? 4 * channels : channels }
    }

    /// ReLU(shortcut + residual function); dropped, the shortcut alone, without ReLU.
    private mutating func residualBlock(_ node: String, _ x: Value, _ shape: BlockShape, isKept: Bool) -> Value {
        let one = Window(1, padding: 0)
        var shortcut = x
        if shape.stride != 1 || x.channels != shape.outChannels {
            let window = Window(1, stride: shape.stride, padding: 0)
            shortcut = norm("\(node).ds", x, to: shape.outChannels, window: window)
        }
        guard isKept else { return shortcut }
        let strided = Window(3, stride: shape.stride, padding: 1)
        var residual: Value
        if shape.isBottleneck {
            residual = relu(norm("\(node).1", x, to: shape.channels, window: one))
            residual = relu(norm("\(node).2", residual, to: shape.channels, window: strided))
            residual = norm("\(node).3", residual, to: shape.outChannels, window: one)
        } else {
            residual = relu(norm("\(node).1", x, to: shape.channels, window: strided))
            residual = norm("\(node).2", residual, to: shape.channels, window: .same(3))
        }
        return relu(add(residual, shortcut))
    }

    /// Atrous spatial pyramid pooling: 1^3, three dilations, z included, and the global average; joined and projected.
    fileprivate mutating func spatialPyramid(_ x: Value, to channels: Int) -> Value {
        let one = Window(1, padding: 0)
        var branches = [relu(norm("aspp.1", x, to: channels, window: one))]
        for (index, dilation) in [6, 12, 18].enumerated() {
            let window = Window.same(3, dilation: PerAxis(dilation))
            branches.append(relu(norm("aspp.\(index + 2)", x, to: channels, window: window)))
        }
        let mean = relu(norm("aspp.5", globalAveragePool(x), to: channels, window: one))
        branches.append(broadcast(mean, like: x))
        return relu(norm("aspp.out", concatenate(branches), to: channels, window: one))
    }

    fileprivate mutating func decoder(_ x: Value, width: Int, to outChannels: Int) -> Value {
        let up = transposedConvolution("decoder.1", x, to: width, window: .blocks(2), bias: true)
        let first = relu(batchNorm("decoder.1", up))
        let second = relu(norm("decoder.2", first, to: width, window: .same(3)))
        return convolution("decoder.3", second, to: outChannels, window: Window(1, padding: 0))
    }
}
