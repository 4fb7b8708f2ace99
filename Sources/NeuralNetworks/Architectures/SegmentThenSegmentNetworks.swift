internal import Tensors

/// The two networks of Segment-then-Segment (marinbenc/segment-then-segment): U-Nets of one form, of which the first
/// sees the whole image at low resolution and the second crops with context.
///
/// Input x, every side a multiple of 16; output Y, logits of the input's size. In 2-D the slices of the input are
/// images of their own; the 3-D form, with the same layout, is ours.
public struct SegmentThenSegmentNetworks: Sendable {
    public let rough: NetworkDescription
    public let fine: NetworkDescription

    /// - Parameters:
    ///   - dimensions: 2 (axes y, x) or 3 (axes z, y, x).
    ///   - width: channels at full resolution, 32 as published.
    public init(dimensions: Int, width: Int, inChannels: Int, outChannels: Int) {
        precondition(dimensions == 2 || dimensions == 3, "U-Nets in 2-D and 3-D")
        let axes: KernelAxes = dimensions == 2 ? .yx : .zyx
        rough = Self.uNet("rough", axes, width: width, inChannels: inChannels, outChannels: outChannels)
        fine = Self.uNet("fine", axes, width: width, inChannels: inChannels, outChannels: outChannels)
    }

    /// One U-Net of this form.
    /// - Parameter name: the prefix of its tensors.
    public static func uNet(
        _ name: String, _ axes: KernelAxes, width w: Int, inChannels: Int, outChannels: Int
    ) -> NetworkDescription {
        var net = NetworkDescription(name: name, axes: axes)
        let e1 = net.double("e1", net.input("x", channels: inChannels), to: w)
        let e2 = net.double("e2", net.maxPool(e1, factor: 2), to: 2 * w)
        let e3 = net.double("e3", net.maxPool(e2, factor: 2), to: 4 * w)
        let e4 = net.double("e4", net.maxPool(e3, factor: 2), to: 8 * w)
        var x = net.double("bottom", net.maxPool(e4, factor: 2), to: 16 * w)
        for (level, skip) in [(4, e4), (3, e3), (2, e2), (1, e1)] {
            let up = net.up("u\(level)", x, to: skip.channels)
            x = net.double("d\(level)", net.concatenate([up, skip]), to: skip.channels)
        }
        net.output("Y", net.convolution("out", x, to: outChannels, kernel: 1, bias: true))
        return net
    }
}

extension NetworkDescription {
    /// Convolution of side 3, BN, ReLU; twice.
    fileprivate mutating func double(_ node: String, _ x: Value, to channels: Int) -> Value {
        let window = Window.same(cube(3))
        let first = relu(convolutionNorm("\(node).1", x, to: channels, window: window))
        return relu(convolutionNorm("\(node).2", first, to: channels, window: window))
    }
}
