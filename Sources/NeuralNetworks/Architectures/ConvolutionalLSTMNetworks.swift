/// The networks of the convolutional LSTM over the slices of a volume (van de Leemput et al., whole-brain CT): a 2-D
/// U-Net gives each slice's contribution to the four gates, a small convolution that of the slice before, and a readout
/// turns the hidden state into logits.
///
/// What the paper leaves open is as in `training/`: nearest upsampling without a halving of the channels, one hidden
/// channel per output, gates in the order i, f, o, g. Slices are stacked along z; nothing here looks along z.
public struct ConvolutionalLSTMNetworks: Sendable {
    /// Channels of the hidden state.
    public let hiddenChannels: Int
    /// Input x, slices with sides that are multiples of 16; output `gates`, 4 channels for each hidden one.
    public let unet: NetworkDescription
    /// Inputs h, of the slice before, and `gates`, of this slice; output `gates`, their sum.
    public let recurrence: NetworkDescription
    /// Input h; output Y, logits.
    public let readout: NetworkDescription

    /// - Parameters:
    ///   - width: channels at full resolution; 64 as published.
    ///   - hidden: channels of the hidden state.
    public init(width: Int, hidden: Int, inChannels: Int, outChannels: Int) {
        hiddenChannels = hidden
        unet = Self.makeUNet(width: width, gates: 4 * hidden, inChannels: inChannels)
        var recurrence = NetworkDescription(name: "lstm", axes: .yx)
        let before = recurrence.input("h", channels: hidden)
        let gates = recurrence.input("gates", channels: 4 * hidden)
        let fromBefore = recurrence.convolution("hidden", before, to: 4 * hidden, kernel: 3, bias: true)
        recurrence.output("gates", recurrence.add(fromBefore, gates))
        self.recurrence = recurrence
        var readout = NetworkDescription(name: "lstm", axes: .yx)
        let h = readout.input("h", channels: hidden)
        readout.output("Y", readout.convolution("readout", h, to: outChannels, kernel: 1, bias: true))
        self.readout = readout
    }

    private static func makeUNet(width w: Int, gates: Int, inChannels: Int) -> NetworkDescription {
        var net = NetworkDescription(name: "unet", axes: .yx)
        let x = net.input("x", channels: inChannels)
        let e1 = net.doubleConvolution("e1", x, to: w)
        let e2 = net.doubleConvolution("e2", net.maxPool(e1, factor: 2), to: 2 * w)
        let e3 = net.doubleConvolution("e3", net.maxPool(e2, factor: 2), to: 4 * w)
        let e4 = net.doubleConvolution("e4", net.maxPool(e3, factor: 2), to: 8 * w)
        var y = net.doubleConvolution("e5", net.maxPool(e4, factor: 2), to: 16 * w)
        for (node, skip) in [("d4", e4), ("d3", e3), ("d2", e2), ("d1", e1)] {
            let up = net.upsampleNearest(y, factor: net.cube(2))
            y = net.doubleConvolution(node, net.concatenate([up, skip]), to: skip.channels)
        }
        net.output("gates", net.convolution("gates", y, to: gates, kernel: 1, bias: true))
        return net
    }
}

extension NetworkDescription {
    /// Convolution, BN and ReLU, twice.
    fileprivate mutating func doubleConvolution(_ node: String, _ x: Value, to channels: Int) -> Value {
        let first = relu(batchNorm("\(node).1", convolution("\(node).1", x, to: channels, kernel: 3)))
        return relu(batchNorm("\(node).2", convolution("\(node).2", first, to: channels, kernel: 3)))
    }
}
