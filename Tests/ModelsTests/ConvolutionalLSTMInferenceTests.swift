import Geometry
import Imaging
import Models
import NeuralNetworks
import Tensors
import Testing

@Suite struct ConvolutionalLSTMInferenceTests {
    static let networks = ConvolutionalLSTMNetworks(width: 4, hidden: 2, inChannels: 1, outChannels: 1)

    static func inference(
        slicesAtOnce: Int? = nil, memoryLimitBytes: Int? = nil, engine: ComputeEngine = .available[0]
    ) -> ConvolutionalLSTMInference {
        let shapes = [networks.unet, networks.recurrence, networks.readout].reduce(into: [:]) {
            $0.merge($1.parameters) { first, _ in first }
        }
        let lstm = ConvolutionalLSTM(
            networks, weights: { DeterministicWeights.tensor($0, shape: shapes[$0] ?? []) }, engine: engine)
        let resources = InferenceResources(
            pool: ComputePool(threads: 2), engine: engine, memoryLimit: MemoryLimit(bytes: memoryLimitBytes))
        return ConvolutionalLSTMInference(lstm, resources, slicesAtOnce: slicesAtOnce)
    }

    static func image(_ size: GridSize) -> Grid<Float> {
        Grid(size: size, elements: DeterministicWeights.input(count: size.count))
    }

    @Test("a slice is padded with the image's minimum, and what is seen in the padding is left out")
    func padding() throws {
        let image = Self.image(GridSize(width: 37, height: 18, depth: 3))
        var padded = Grid<Float>(
            size: GridSize(width: 48, height: 32, depth: 3), repeating: try #require(image.elements.min()))
        padded.paste(image, at: VoxelIndex(i: 5, j: 7, k: 0))
        let inner = VoxelBox(lower: VoxelIndex(i: 5, j: 7, k: 0), upper: VoxelIndex(i: 42, j: 25, k: 3))
        let expected = try Self.inference().predict(padded).scores.values.cropped(to: inner)
        let same = try Self.inference().predict(image).scores.values == expected
        #expect(same)
    }

    @Test("any number of slices at once gives the same bits", arguments: ComputeEngine.available.dropLast())
    func slicesAtOnce(_ engine: ComputeEngine) throws {
        let image = Self.image(GridSize(width: 32, height: 32, depth: 7))
        let expected = try Self.inference(slicesAtOnce: 1, engine: engine).predict(image).scores.values
        for count in [2, 3, 7] {
            let same = try Self.inference(slicesAtOnce: count, engine: engine).predict(image).scores.values == expected
            #expect(same, "\(count) slices at once")
        }
        let same = try Self.inference(engine: engine).predict(image).scores.values == expected
        #expect(same)
    }

    @Test("a slice depends on those before it, not on those after it")
    func order() throws {
        let image = Self.image(GridSize(width: 32, height: 32, depth: 4))
        var changed = image
        changed[5, 5, 2] += 1
        let a = try Self.inference().predict(image).scores.values
        let b = try Self.inference().predict(changed).scores.values
        let area = 32 * 32
        let isSame = (0..<4).map { k in
            a.elements[k * area..<(k + 1) * area] == b.elements[k * area..<(k + 1) * area]
        }
        #expect(isSame == [true, true, false, false])
    }

    @Test("the forecast's memory grows with the volume alone, and fewer slices are taken where memory is short")
    func memory() throws {
        let spacing = SpacingMM(i: 1, j: 1, k: 1)
        func bytes(_ depth: Int, _ limit: Int? = nil) -> Int {
            Self.inference(memoryLimitBytes: limit)
                .forecast(for: GridSize(width: 64, height: 64, depth: depth), spacing: spacing).peakBytes
        }
        #expect(bytes(100) - bytes(50) == 50 * 64 * 64 * 4)
        let one = Self.inference(slicesAtOnce: 1)
            .forecast(for: GridSize(width: 64, height: 64, depth: 50), spacing: spacing).peakBytes
        #expect(bytes(50, bytes(50) - 1) < bytes(50))
        let image = Self.image(GridSize(width: 64, height: 64, depth: 50))
        _ = try Self.inference(memoryLimitBytes: one).predict(image)
        let error = #expect(throws: SegmentationError.self) {
            try Self.inference(memoryLimitBytes: one - 1).predict(image)
        }
        #expect(error?.code == .memoryLimit)
    }
}
