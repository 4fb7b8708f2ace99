import Geometry
import Imaging
import Models
import NeuralNetworks
import Tensors
import Testing

@Suite struct SegmentThenSegmentTests {
    static let resources = InferenceResources(pool: ComputePool(threads: 2), engine: .available[0])

    @Test("the fine method decides inside of the boxes, and nothing is found outside")
    func fusion() throws {
        var image = Grid<Float>(size: GridSize(width: 40, height: 30, depth: 20), repeating: 0.3)
        image[10, 10, 10] = 1
        image[12, 10, 10] = 0.45  // too little for the rough method, enough for the fine one
        image[30, 20, 10] = 0.45  // no box comes here
        let inference = SegmentThenSegment(
            name: "test", rough: StubInference(probability: { $0 }), fine: StubInference(probability: { $0 + 0.1 }),
            context: 4, Self.resources)
        let prediction = try inference.predict(image)
        let scores = prediction.scores.values
        #expect(abs(scores[10, 10, 10] - 1.1) < 1e-6)
        #expect(abs(scores[12, 10, 10] - 0.55) < 1e-6)
        #expect(scores[30, 20, 10] == 0)
        #expect(scores.elements.count { $0 > 0 } == 9 * 9 * 9)
        #expect(prediction.path == "test: rough (stub), fine in 1 boxes")
    }

    @Test("where boxes overlap the greater probability counts")
    func overlap() throws {
        var image = Grid<Float>(size: GridSize(width: 40, height: 20, depth: 20), repeating: 0)
        image[10, 10, 10] = 1
        image[17, 10, 10] = 1
        let inference = SegmentThenSegment(
            name: "test", rough: StubInference(probability: { $0 }), fine: CropWidthInference(), context: 4,
            Self.resources)
        let scores = try inference.predict(image).scores.values
        // Both crops have the same size; between them both say the same.
        #expect(scores.elements.count { $0 == 9 } == (9 + 7) * 9 * 9)
    }

    /// Says the crop's width everywhere.
    struct CropWidthInference: ImageInference {
        func forecast(for size: GridSize, spacing: SpacingMM) -> Forecast {
            Forecast(peakBytes: 0, multiplyAccumulates: 0)
        }

        func predict(
            _ image: consuming PreparedImage, _ effort: Effort, _ clock: inout StepClock, progress: (Double) -> Void
        ) throws(SegmentationError) -> ImagePrediction {
            let size = image.grid.size
            let values = Grid<Float>(size: size, repeating: Float(size.width))
            return ImagePrediction(scores: ScoreMap(values: values, scale: .probability), path: "width")
        }
    }

    @Test("the forecast is that of the greater method and the fusion; a limit below is refused")
    func memory() throws {
        let size = GridSize(width: 64, height: 64, depth: 64)
        func inference(_ limit: Int?) -> SegmentThenSegment {
            SegmentThenSegment(
                name: "test", rough: StubInference(probability: { $0 }, peakBytes: 5000),
                fine: StubInference(probability: { $0 }, peakBytes: 9000), context: 4,
                InferenceResources(
                    pool: ComputePool(threads: 1), engine: .available[0], memoryLimit: MemoryLimit(bytes: limit)))
        }
        let forecast = inference(nil).forecast(for: size, spacing: SpacingMM(i: 1, j: 1, k: 1))
        #expect(forecast.peakBytes == 9000 + 10 * size.count)
        let error = #expect(throws: SegmentationError.self) {
            try inference(1 << 20).predict(Grid<Float>(size: size, repeating: 0))
        }
        #expect(error?.code == .memoryLimit)
    }
}

/// The published 2-D form against a plain transcription of the published rules.
@Suite struct SliceSegmentThenSegmentTests {
    static let side = 32
    static let context = 4

    @Test("every slice is segmented as the published rules say, whatever its shape", arguments: [(50, 44), (21, 70)])
    func published(width: Int, height: Int) throws {
        let image = Self.image(GridSize(width: width, height: height, depth: 5))
        let (rough, fine) = (Self.network("rough"), Self.network("fine"))
        let inference = SliceSegmentThenSegment(rough: rough, fine: fine, context: Self.context)
        let scores = try inference.predict(image).scores.values
        var foreground = 0
        for k in 0..<image.size.depth {
            let expected = Self.reference(image, slice: k, rough, fine)
            for j in 0..<height {
                for i in 0..<width {
                    #expect((scores[i, j, k] >= 0.5) == expected[j][i])
                    foreground += expected[j][i] ? 1 : 0
                }
            }
        }
        #expect(foreground > 20 && foreground < image.size.count / 2)
    }

    @Test("the same bits for 1, 2 and 4 threads", arguments: ComputeEngine.available)
    func bitwiseRepeat(_ engine: ComputeEngine) throws {
        let image = Self.image(GridSize(width: 50, height: 44, depth: 3))
        func bits(_ threads: Int) throws -> [UInt32] {
            let inference = SliceSegmentThenSegment(
                rough: Self.network("rough", threads, engine), fine: Self.network("fine", threads, engine),
                context: Self.context)
            return try inference.predict(image).scores.values.elements.map(\.bitPattern)
        }
        let expected = try bits(1)
        for threads in [1, 2, 4] {
            let same = try bits(threads) == expected
            #expect(same, "\(threads) threads")
        }
    }

    /// Intensity is all that the tests' networks look at.
    static func network(
        _ name: String, _ threads: Int = 2, _ engine: ComputeEngine = .available[0]
    ) -> FixedSizeNetwork {
        var description = NetworkDescription(name: name, axes: .yx)
        let x = description.input("x", channels: 1)
        description.output("Y", description.convolution("a", x, to: 1, kernel: 3, bias: true))
        let compiled = CompiledNetwork(
            description,
            weights: { $0.hasSuffix("bias") ? [name == "rough" ? -3.9 : -3.3] : [0, 1, 0, 1, 1, 1, 0, 1, 0] },
            engine: engine)
        return FixedSizeNetwork(
            compiled, side: side, InferenceResources(pool: ComputePool(threads: threads), engine: engine))
    }

    /// Noise, and some brighter spots.
    static func image(_ size: GridSize) -> Grid<Float> {
        var image = Grid(size: size, elements: DeterministicWeights.input(count: size.count))
        for k in 0..<size.depth {
            for (x, y) in [(8, 9), (15 + k, size.height - 8)] {
                for j in y - 3..<y + 3 { for i in x - 2..<x + 3 { image[i, j, k] += 0.8 } }
            }
        }
        return image
    }

    /// methods.md §3d, line by line, but for the box that is larger than the slice.
    static func reference(
        _ image: Grid<Float>, slice k: Int, _ rough: FixedSizeNetwork, _ fine: FixedSizeNetwork
    ) -> [[Bool]] {
        let (width, height) = (image.size.width, image.size.height)
        let native = (0..<height).map { j in (0..<width).map { image[$0, j, k] } }
        let mask = nearest(run(rough, nearest(native, side, side)), width, height).map { $0.map { $0 >= 0.5 } }
        var out = Array(repeating: Array(repeating: false, count: width), count: height)
        for component in components(of: mask) {
            var (l, t, w, h) = tightBox(component)
            if w < h {
                l -= (h - w) / 2
                w = h
            } else if h < w {
                t -= (w - h) / 2
                h = w
            }
            (w, h, l, t) = (w + 2 * context, h + 2 * context, l - context, t - context)
            (w, h) = (min(w, width), min(h, height))
            (l, t) = (min(max(0, l), width - w), min(max(0, t), height - h))
            let crop = native[t..<t + h].map { Array($0[l..<l + w]) }
            let fineMask = nearest(run(fine, nearest(crop, side, side)), w, h)
            for j in 0..<h { for i in 0..<w where fineMask[j][i] >= 0.5 { out[t + j][l + i] = true } }
        }
        return out
    }

    private static func nearest(_ image: [[Float]], _ width: Int, _ height: Int) -> [[Float]] {
        (0..<height).map { j in
            (0..<width).map { i in image[j * image.count / height][i * image[0].count / width] }
        }
    }

    private static func run(_ network: FixedSizeNetwork, _ image: [[Float]]) -> [[Float]] {
        let grid = Grid(size: network.imageSize, elements: image.flatMap { $0 })
        let result = network.probabilities(of: [grid])[0]
        return (0..<side).map { j in (0..<side).map { result[$0, j, 0] } }
    }

    private static func components(of mask: [[Bool]]) -> [[(x: Int, y: Int)]] {
        var left = mask
        var components: [[(x: Int, y: Int)]] = []
        for y in mask.indices {
            for x in mask[y].indices where left[y][x] {
                var pixels: [(x: Int, y: Int)] = [], open = [(x: x, y: y)]
                left[y][x] = false
                while let pixel = open.popLast() {
                    pixels.append(pixel)
                    for j in max(0, pixel.y - 1)...min(mask.count - 1, pixel.y + 1) {
                        for i in max(0, pixel.x - 1)...min(mask[0].count - 1, pixel.x + 1) where left[j][i] {
                            left[j][i] = false
                            open.append((i, j))
                        }
                    }
                }
                components.append(pixels)
            }
        }
        return components
    }

    private static func tightBox(_ pixels: [(x: Int, y: Int)]) -> (Int, Int, Int, Int) {
        let xs = pixels.map(\.x), ys = pixels.map(\.y)
        let (l, t) = (xs.min() ?? 0, ys.min() ?? 0)
        return (l, t, (xs.max() ?? 0) - l + 1, (ys.max() ?? 0) - t + 1)
    }
}
