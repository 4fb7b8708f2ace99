import NeuralNetworks
import Tensors
import Testing

@Suite struct NetworkDescriptionTests {
    @Test("a network takes inputs whose sides it can halve, and tells the extent of its output")
    func extents() throws {
        let network = UNet3D.description(width: 4, inChannels: 1, outChannels: 1)
        let extent = PerAxis(z: 8, y: 16, x: 24)
        #expect(try network.outputExtents([extent]) == [extent])
        let deepMedic = DeepMedic39.description(width: 4, inChannels: 1, outChannels: 1)
        #expect(try deepMedic.outputExtents([87]) == [39])
    }

    @Test("an input that a network cannot take is refused with the layer that cannot be computed")
    func refused() {
        let network = UNet3D.description(width: 4, inChannels: 1, outChannels: 1)
        #expect(throws: NetworkShapeError.self) { try network.outputExtents([PerAxis(z: 8, y: 16, x: 20)]) }
        let deepMedic = DeepMedic39.description(width: 4, inChannels: 1, outChannels: 1)
        let error = #expect(throws: NetworkShapeError.self) { try deepMedic.outputExtents([48]) }
        #expect(error?.description == "after deepmedic.A.4.2: the input is too small")
    }

    @Test("the same name along three axes, two axes, and for a matrix: shapes of weights as PyTorch has them")
    func weightShapes() {
        var volume = NetworkDescription(name: "a", axes: .xyz)
        let x = volume.input("x", channels: 2)
        let window = Window(PerAxis(z: 1, y: 3, x: 5), padding: PerAxis(z: 0, y: 1, x: 2))
        let y = volume.convolution("c", x, to: 4, window: window)
        _ = volume.convolution("d", y, to: 4, window: .same(3), form: .depthwise)
        _ = volume.transposedConvolution("t", y, to: 3, window: .blocks(2), bias: true)
        _ = volume.linear("l", volume.globalAveragePool(y), to: 5)
        #expect(volume.parameters == [
            "a.c.conv.weight": [4, 2, 5, 3, 1], "a.d.conv.weight": [4, 1, 3, 3, 3], "a.t.conv.weight": [4, 3, 2, 2, 2],
            "a.t.conv.bias": [3], "a.l.linear.weight": [5, 4], "a.l.linear.bias": [5],
        ])
        var slices = NetworkDescription(name: "b", axes: .yx)
        _ = slices.convolution("c", slices.input("x", channels: 1), to: 2, kernel: 3)
        #expect(slices.parameters == ["b.c.conv.weight": [2, 1, 3, 3]])
    }

    @Test("a sum of different widths is a mistake of ours that is caught when the network is described")
    func mistake() async {
        await #expect(processExitsWith: .failure) {
            var network = NetworkDescription(name: "n", axes: .xyz)
            let x = network.input("x", channels: 2)
            _ = network.add(x, network.padChannels(x, to: 3))
        }
    }

    @Test("an input of a shape that a network does not take is a mistake of ours when it is planned")
    func planMistake() async {
        await #expect(processExitsWith: .failure) {
            let network = LowResParityTests.compiled(UNet3D.description(width: 4, inChannels: 1, outChannels: 1))
            _ = NetworkPlan(network, inputShapes: [TensorShape(depth: 9, height: 8, width: 8, channels: 1)])
        }
    }
}
