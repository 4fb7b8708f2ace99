import Tensors
import Testing

/// What every engine of this machine makes of the convolutions of our networks, and of odd ones.
@Suite struct ConvolutionTests {
    private static let transposed = ConvolutionParameters.Form.transposed(outputPadding: 0)
    private static let plane = Window.same(PerAxis(z: 1, y: 3, x: 3))

    static let cases = [
        // Stems: AutoPath, the baselines, the 2-D U-Nets, a colour image.
        ConvolutionCase(window: Window(7, stride: 2, padding: 3), inputs: 1, outputs: 64, size: PerAxis(z: 9, y: 12, x: 31)),
        ConvolutionCase(window: Window(7, stride: 2, padding: 3), inputs: 1, outputs: 24, size: PerAxis(z: 1, y: 2, x: 5)),
        ConvolutionCase(window: Window(7, stride: 2, padding: 3), inputs: 1, outputs: 80, size: PerAxis(z: 10, y: 9, x: 8)),
        ConvolutionCase(window: .same(3), inputs: 1, outputs: 32, size: PerAxis(z: 4, y: 5, x: 19)),
        ConvolutionCase(window: Window(3), inputs: 1, outputs: 30, size: PerAxis(z: 5, y: 5, x: 23)),
        ConvolutionCase(window: Window(3, stride: 2, padding: 1), inputs: 1, outputs: 15, size: PerAxis(z: 6, y: 7, x: 9)),
        ConvolutionCase(window: .same(PerAxis(z: 1, y: 3, x: 3)), inputs: 1, outputs: 64, size: PerAxis(z: 2, y: 9, x: 35)),
        ConvolutionCase(window: .same(PerAxis(z: 1, y: 3, x: 3)), inputs: 3, outputs: 32, size: PerAxis(z: 1, y: 9, x: 8)),
        // Strided, AutoPath and E-Net.
        ConvolutionCase(
            window: Window(3, stride: PerAxis(z: 1, y: 2, x: 2), padding: 1), inputs: 32, outputs: 64,
            size: PerAxis(z: 4, y: 9, x: 16)),
        ConvolutionCase(window: Window(3, stride: 2, padding: 1), inputs: 48, outputs: 80, size: PerAxis(z: 5, y: 8, x: 7)),
        ConvolutionCase(window: Window(2, stride: 2), inputs: 16, outputs: 16, size: PerAxis(z: 4, y: 6, x: 10)),
        // Dilated, with taps that fall outside of the map.
        ConvolutionCase(window: .same(3, dilation: 2), inputs: 16, outputs: 16, size: PerAxis(z: 7, y: 6, x: 9)),
        ConvolutionCase(window: .same(3, dilation: 6), inputs: 32, outputs: 16, size: PerAxis(z: 8, y: 4, x: 8)),
        ConvolutionCase(window: .same(3, dilation: 12), inputs: 32, outputs: 32, size: PerAxis(z: 5, y: 8, x: 8)),
        // 1 x 1 x 1: many channels, strided shortcuts, one output, odd widths.
        ConvolutionCase(window: .same(1), inputs: 1280, outputs: 256, size: PerAxis(z: 2, y: 3, x: 5)),
        ConvolutionCase(window: .same(1), inputs: 64, outputs: 608, size: PerAxis(z: 3, y: 7, x: 17)),
        ConvolutionCase(
            window: Window(1, stride: PerAxis(z: 1, y: 2, x: 2)), inputs: 64, outputs: 128,
            size: PerAxis(z: 3, y: 5, x: 6)),
        ConvolutionCase(window: .same(1), inputs: 30, outputs: 1, size: PerAxis(z: 3, y: 4, x: 33)),
        ConvolutionCase(window: .same(1), inputs: 100, outputs: 150, size: PerAxis(z: 1, y: 4, x: 9)),
        ConvolutionCase(window: .same(1), inputs: 1, outputs: 4, size: PerAxis(z: 1, y: 4, x: 9)),
        ConvolutionCase(window: .same(1), inputs: 1, outputs: 1, size: PerAxis(z: 1, y: 4, x: 9)),
        // 3 x 3 x 3 and its relatives.
        ConvolutionCase(window: .same(3), inputs: 17, outputs: 17, size: PerAxis(z: 5, y: 6, x: 11)),
        ConvolutionCase(window: .same(3), inputs: 32, outputs: 1, size: PerAxis(z: 4, y: 5, x: 6)),
        ConvolutionCase(window: Window(3), inputs: 30, outputs: 40, size: PerAxis(z: 6, y: 7, x: 9)),
        // 3 x 3 in the plane: the C-LSTM's and Segment-then-Segment's U-Nets, narrow forms, odd sizes, one tile, stacks.
        ConvolutionCase(window: plane, inputs: 32, outputs: 48, size: PerAxis(z: 2, y: 9, x: 10)),
        ConvolutionCase(window: plane, inputs: 64, outputs: 64, size: PerAxis(z: 1, y: 33, x: 45)),
        ConvolutionCase(window: plane, inputs: 192, outputs: 32, size: PerAxis(z: 1, y: 17, x: 26)),
        ConvolutionCase(window: plane, inputs: 8, outputs: 8, size: PerAxis(z: 3, y: 7, x: 13)),
        ConvolutionCase(window: plane, inputs: 30, outputs: 40, size: PerAxis(z: 5, y: 6, x: 11)),
        ConvolutionCase(window: plane, inputs: 16, outputs: 16, size: PerAxis(z: 1, y: 1, x: 1)),
        ConvolutionCase(window: plane, inputs: 24, outputs: 24, size: PerAxis(z: 1, y: 40, x: 3)),
        ConvolutionCase(window: plane, inputs: 272, outputs: 48, size: PerAxis(z: 1, y: 9, x: 17)),
        ConvolutionCase(window: plane, inputs: 64, outputs: 544, size: PerAxis(z: 1, y: 11, x: 10)),
        ConvolutionCase(window: plane, inputs: 1030, outputs: 520, size: PerAxis(z: 1, y: 3, x: 2)),
        ConvolutionCase(window: plane, inputs: 80, outputs: 256, size: PerAxis(z: 1, y: 14, x: 15)),
        ConvolutionCase(window: .same(PerAxis(z: 1, y: 3, x: 3)), inputs: 1, outputs: 4, size: PerAxis(z: 1, y: 6, x: 7)),
        ConvolutionCase(window: .same(PerAxis(z: 5, y: 1, x: 1)), inputs: 16, outputs: 16, size: PerAxis(z: 6, y: 5, x: 7)),
        ConvolutionCase(window: .same(PerAxis(z: 1, y: 1, x: 5)), inputs: 32, outputs: 32, size: PerAxis(z: 3, y: 4, x: 3)),
        ConvolutionCase(window: .same(3), inputs: 600, outputs: 24, size: PerAxis(z: 2, y: 2, x: 3)),
        // Transposed: the U-Nets, AutoPath's decoder, the last layer of E-Net.
        ConvolutionCase(form: transposed, window: .blocks(2), inputs: 64, outputs: 32, size: PerAxis(z: 3, y: 4, x: 5)),
        ConvolutionCase(
            form: transposed, window: .blocks(PerAxis(z: 1, y: 2, x: 2)), inputs: 32, outputs: 16,
            size: PerAxis(z: 3, y: 5, x: 7)),
        ConvolutionCase(
            form: .transposed(outputPadding: 1), window: Window(3, stride: 2, padding: 1), inputs: 16, outputs: 1,
            size: PerAxis(z: 3, y: 4, x: 6)),
        ConvolutionCase(
            form: transposed, window: Window(3, stride: 2, padding: 1), inputs: 20, outputs: 12,
            size: PerAxis(z: 3, y: 4, x: 6)),
        ConvolutionCase(form: transposed, window: Window(1, stride: 2), inputs: 16, outputs: 16, size: PerAxis(z: 2, y: 3, x: 4)),
        // Depthwise, MobileNet.
        ConvolutionCase(form: .depthwise, window: .same(3), inputs: 32, outputs: 32, size: PerAxis(z: 4, y: 5, x: 21)),
        ConvolutionCase(
            form: .depthwise, window: Window(3, stride: 2, padding: 1), inputs: 96, outputs: 96,
            size: PerAxis(z: 5, y: 6, x: 27)),
        ConvolutionCase(form: .depthwise, window: .same(3), inputs: 24, outputs: 24, size: PerAxis(z: 2, y: 2, x: 2)),
        ConvolutionCase(form: .depthwise, window: .same(3, dilation: 2), inputs: 16, outputs: 16, size: PerAxis(z: 3, y: 6, x: 15)),
    ]

    @Test("every engine computes what the definition says", arguments: ComputeEngine.available, cases)
    func definition(_ engine: ComputeEngine, _ test: ConvolutionCase) {
        for fusion in ConvolutionCase.Fusion.allCases {
            let result = test.computed(engine, fusion)
            #expect(result.relativeError(to: test.reference(fusion)) < 1e-5, "\(fusion), \(result.algorithm)")
        }
    }

    @Test("the same bits in any order of the items", arguments: ComputeEngine.available, cases)
    func repeats(_ engine: ComputeEngine, _ test: ConvolutionCase) {
        let first = test.computed(engine, .leakyAndResidual)
        #expect(test.computed(engine, .leakyAndResidual, backwards: true).bits == first.bits)
    }

    @Test("our kernels leave nothing of these to the matrix products", arguments: cases)
    func noFallback(_ test: ConvolutionCase) {
        for engine in ComputeEngine.available where engine != .openBLAS {
            #expect(!test.computed(engine, .none).algorithm.hasPrefix("im2col"))
        }
    }
}
