import CKernels
import Testing

/// Every instruction set that this machine runs, against the scalar reference, over one table of shapes.
@Suite struct KernelTests {
    /// depth, height, width, input and output channels: from our networks, and odd ones.
    static let shapes: [ConvolutionShape] = [
        ConvolutionShape(1, 1, 1, 16, 16), ConvolutionShape(3, 2, 5, 16, 16), ConvolutionShape(7, 9, 13, 16, 16),
        ConvolutionShape(8, 8, 8, 16, 32), ConvolutionShape(5, 6, 11, 32, 64), ConvolutionShape(4, 12, 4, 32, 32),
        ConvolutionShape(6, 7, 8, 64, 64), ConvolutionShape(3, 5, 4, 48, 16), ConvolutionShape(5, 3, 6, 16, 80),
        ConvolutionShape(4, 5, 6, 128, 96), ConvolutionShape(2, 3, 9, 32, 16), ConvolutionShape(3, 6, 5, 208, 160),
        ConvolutionShape(5, 6, 7, 16, 16).padded(0, 0, 0), ConvolutionShape(4, 3, 9, 32, 48).padded(0, 1, 2),
        ConvolutionShape(9, 7, 8, 16, 32).padded(2, 2, 2).dilated(2, 2, 2),
        ConvolutionShape(4, 7, 5, 32, 16).padded(1, 6, 3).dilated(1, 6, 3),
    ]

    /// Outputs of a tile along z, y and x.
    static let tiles: [[Int32]] = [[4, 4, 4], [2, 4, 4], [2, 2, 2]]

    static let fusions = FusionKind.allCases
    static let isas: [String] = ["avx512", "avx2", "baseline"].filter { (name: String) in ck_kernels_named(name) != nil }

    @Test("The best kernels are among the named ones, and unknown names give none")
    func selection() {
        #expect(Self.isas.contains(String(cString: ck_kernels_best().pointee.name)))
        #expect(ck_kernels_named("mmx") == nil)
    }

    @Test("Winograd equals the reference to single precision", arguments: isas, shapes)
    func winograd(isa: String, shape: ConvolutionShape) {
        for kind in Self.fusions {
            let problem = ConvolutionCase(shape, fusion: kind)
            let reference = problem.reference()
            for tile in Self.tiles {
                let error = problem.relativeError(of: problem.winograd(isa, tile: tile), to: reference)
                #expect(error < 1e-5, "\(kind), tiles of \(tile)")
            }
        }
    }

    @Test("Channels that are zero may be left out", arguments: isas)
    func unusedChannels(isa: String) {
        let problem = ConvolutionCase(ConvolutionShape(5, 6, 9, 32, 32), fusion: .biasAndResidual, used: 17)
        #expect(problem.relativeError(of: problem.winograd(isa), to: problem.reference()) < 1e-5)
    }

    @Test("Any split of the tiles gives the same bits", arguments: isas)
    func winogradSplits(isa: String) {
        let problem = ConvolutionCase(ConvolutionShape(9, 10, 21, 32, 32), fusion: .batchNormAndResidual)
        let whole = problem.winograd(isa)
        #expect(problem.winograd(isa) == whole)
        #expect(problem.winograd(isa, runs: 3) == whole)
        #expect(problem.winograd(isa, runs: 7) == whole)
    }

    @Test("Outputs computed in groups have the same bits", arguments: isas)
    func winogradGroups(isa: String) {
        let problem = ConvolutionCase(ConvolutionShape(5, 6, 9, 96, 176), fusion: .biasAndResidual)
        let whole = problem.winograd(isa)
        #expect(problem.winograd(isa, outputs: 64, runs: 2) == whole)
        #expect(problem.winograd(isa, outputs: 128, runs: 5) == whole)
    }

    @Test("The stem equals the reference", arguments: isas, [(2, 3, 1), (5, 7, 19), (3, 4, 8), (1, 2, 33)])
    func stem(isa: String, size: (Int, Int, Int)) {
        for kind in [FusionKind.none, .biasAndReLU, .biasAndResidual] {
            let problem = ConvolutionCase(ConvolutionShape(size.0, size.1, size.2, 1, 32), fusion: kind)
            #expect(problem.relativeError(of: problem.stem(isa), to: problem.reference()) < 1e-6, "\(kind)")
        }
    }
}
