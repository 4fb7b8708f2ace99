import Foundation
import Geometry
import Imaging
import Models
import NeuralNetworks
import Tensors
import Testing

/// The two-stage inference against PyTorch, on deterministic weights.
@Suite struct LowResInferenceTests {
    struct Golden: Decodable {
        struct Spot: Decodable {
            let centre: [Int]
            let radius: Double
        }

        struct Box: Decodable {
            let low: [Int]
            let high: [Int]
        }

        struct Sample: Decodable {
            let range: Double
            let positions: [Int]
            let values: [Float]
        }

        struct Pipeline: Decodable {
            let image_shape: [Int]
            let spots: [Spot]
            let last_bias: Float
            let boxes: [Box]
            let outside: Int
            let foreground: Int
            let logits: Sample
        }

        let pipeline: Pipeline
    }

    let golden: Golden.Pipeline

    init() throws {
        golden = try JSONDecoder().decode(Golden.self, from: Fixtures.data("golden-lowres.json")).pipeline
    }

    @Test("boxes, their order, and the logits agree with PyTorch; voxels outside of all boxes are the same",
        arguments: ComputeEngine.available)
    func parity(_ engine: ComputeEngine) throws {
        let result = try run(threads: 2, engine: engine)
        let boxes = result.boxes.map { [[$0.lower.i, $0.lower.j, $0.lower.k], [$0.upper.i, $0.upper.j, $0.upper.k]] }
        #expect(boxes == golden.boxes.map { [$0.low, $0.high] })
        #expect(result.logits.elements.count { $0 == -.infinity } == golden.outside)
        #expect(result.logits.elements.count { $0 > 0 } == golden.foreground)
        let (ny, nz) = (golden.image_shape[1], golden.image_shape[2])
        for (position, expected) in zip(golden.logits.positions, golden.logits.values) {
            let logit = result.logits[position / (nz * ny), position / nz % ny, position % nz]
            if expected == -30 {
                #expect(logit == -.infinity)
            } else {
                #expect(abs(Double(logit - expected)) < 2e-5 * golden.logits.range)
            }
        }
    }

    @Test("the same bits on repeat and for 1, 2 and 4 threads", arguments: ComputeEngine.available)
    func bitwiseRepeat(_ engine: ComputeEngine) throws {
        func bits(threads: Int) throws -> [UInt32] {
            try run(threads: threads, engine: engine).logits.elements.map(\.bitPattern)
        }
        let expected = try bits(threads: 1)
        for threads in [1, 2, 4] { #expect(try bits(threads: threads) == expected) }
    }

    @Test("a streamed Stage 1 changes no bit of boxes and logits", arguments: ComputeEngine.available)
    func streamed(_ engine: ComputeEngine) throws {
        let whole = try run(threads: 2, engine: engine), streamed = try run(threads: 2, engine: engine, .always)
        #expect(!whole.wasStreamed && streamed.wasStreamed)
        #expect(streamed.boxes == whole.boxes)
        if engine == .openBLAS {  // whose sums depend on where a voxel lies in a block of the matrix product
            let differences = zip(streamed.logits.elements, whole.logits.elements).map { $0 == $1 ? 0 : abs($0 - $1) }
            #expect(Double(differences.max() ?? 0) < 2e-5 * golden.logits.range)
        } else {
            #expect(streamed.logits.elements.map(\.bitPattern) == whole.logits.elements.map(\.bitPattern))
        }
    }

    @Test("given boxes take the place of the proposed ones; the later one wins where they overlap")
    func givenBoxes() throws {
        let first = VoxelBox(lower: VoxelIndex(i: 0, j: 0, k: 0), upper: VoxelIndex(i: 2, j: 2, k: 2))
        let second = VoxelBox(lower: VoxelIndex(i: 1, j: 1, k: 1), upper: VoxelIndex(i: 3, j: 2, k: 2))
        var clock = StepClock()
        let image = image(), inference = inference(threads: 2)
        func logits(_ boxes: [VoxelBox]) throws -> Grid<Float> {
            try inference.run(on: image, detail: .boxes(boxes), &clock, progress: { _ in }).logits
        }
        let both = try logits([first, second]), alone = try logits([second]), other = try logits([first])
        let shape = PaddedSize(image.size)
        for index in 0..<image.size.count {
            let inSecond = second.contains(shape.cell(of: index)), inFirst = first.contains(shape.cell(of: index))
            let expected = inSecond ? alone.elements[index] : inFirst ? other.elements[index] : -.infinity
            #expect(both.elements[index] == expected)
        }
    }

    @Test("images smaller than a cell are padded to one", arguments: [(1, 1, 1), (7, 9, 17), (8, 8, 1)])
    func smallImages(size: (Int, Int, Int)) throws {
        let image = Grid<Float>(size: GridSize(width: size.0, height: size.1, depth: size.2), repeating: 0.5)
        var clock = StepClock()
        let result = try inference(threads: 2).run(on: image, &clock, progress: { _ in })
        #expect(result.logits.size == image.size)
        #expect(result.cells.width == (size.0 + 7) / 8 && result.cells.depth == (size.2 + 7) / 8)
    }

    @Test("what does not fit as a whole is streamed; the forecast says so before")
    func streamedForecast() throws {
        let size = GridSize(width: 512, height: 512, depth: 652)
        let free = inference(threads: 1).forecast(for: size), whole = inference(threads: 1, .never).forecast(for: size)
        #expect(whole.peakBytes > 4_000_000_000)
        #expect(free.peakBytes < 2_500_000_000)
        let middle = GridSize(width: 256, height: 256, depth: 640)
        let unlimited = inference(threads: 1).forecast(for: middle).peakBytes
        let limited = inference(threads: 1, memoryLimitBytes: unlimited - 1).forecast(for: middle).peakBytes
        #expect(limited < unlimited)
    }

    @Test("a memory limit that cannot be met is refused with the figure")
    func memoryLimit() throws {
        let error = #expect(throws: SegmentationError.self) { try run(threads: 1, memoryLimitBytes: 1 << 20) }
        #expect(error?.code == .memoryLimit)
        #expect(error?.message.contains("1 MB are allowed") == true)
    }

    private func run(
        threads: Int, memoryLimitBytes: Int? = nil, engine: ComputeEngine = .available[0],
        _ streaming: LowResInference.Streaming = .automatic
    ) throws -> LowResInference.Result {
        let inference = inference(threads: threads, memoryLimitBytes: memoryLimitBytes, engine: engine, streaming)
        var clock = StepClock()
        return try inference.run(on: image(), &clock, progress: { _ in })
    }

    private func inference(
        threads: Int, memoryLimitBytes: Int? = nil, engine: ComputeEngine = .available[0],
        _ streaming: LowResInference.Streaming = .automatic
    ) -> LowResInference {
        let networks = LowResNetworks(features: 16, inChannels: 1, outChannels: 1)
        let shapes = networks.stage1.parameters.merging(networks.stage2.parameters) { first, _ in first }
        return LowResInference(
            networks,
            weights: { name in
                if name == "stage1.Y8.2.bn.bias" { return [golden.last_bias] }
                return DeterministicWeights.tensor(name, shape: shapes[name] ?? [])
            },
            InferenceResources(
                pool: ComputePool(threads: threads), engine: engine, memoryLimit: MemoryLimit(bytes: memoryLimitBytes)),
            streaming: streaming)
    }

    /// As golden.py makes it: a tenth of the deterministic input, indexed [x, y, z], plus 0.9 within the spots.
    private func image() -> Grid<Float> {
        let (nx, ny, nz) = (golden.image_shape[0], golden.image_shape[1], golden.image_shape[2])
        let values = DeterministicWeights.input(count: nx * ny * nz)
        var image = Grid<Float>(size: GridSize(width: nx, height: ny, depth: nz), repeating: 0)
        for x in 0..<nx {
            for y in 0..<ny {
                for z in 0..<nz {
                    let isSpot = golden.spots.contains { spot in
                        let distance = zip([x, y, z], spot.centre).map { Double(($0 - $1) * ($0 - $1)) }.reduce(0, +)
                        return distance <= spot.radius * spot.radius
                    }
                    image[x, y, z] = values[z + nz * (y + ny * x)] * 0.1 + (isSpot ? 0.9 : 0)
                }
            }
        }
        return image
    }
}

extension LowResInferenceTests {
    @Test("the published tilings have the published numbers of patches")
    func tilings() {
        let size = GridSize(width: 432, height: 306, depth: 214)
        #expect(Tiling.lowResExperiments.origins(size).count == 3 * 2 * 1)
        #expect(Tiling.lowResCPUBenchmark.origins(size).count == 5 * 4 * 3)
    }

    @Test("one patch is the inference on the image padded with zeros, Stage 1's probabilities outside of the boxes")
    func onePatch() throws {
        let image = image(), inference = inference(threads: 2)
        let side = (max(image.size.width, image.size.height, image.size.depth) + 7) / 8 * 8
        var clock = StepClock()
        let tiled = try inference.run(
            on: image, tiling: .init(patch: side, stride: side), &clock, progress: { _ in })
        var padded = Grid<Float>(size: GridSize(width: side, height: side, depth: side), repeating: 0)
        let lower = VoxelIndex(
            i: (side - image.size.width) / 2, j: (side - image.size.height) / 2, k: (side - image.size.depth) / 2)
        padded.paste(image, at: lower)
        let whole = try inference.run(on: padded, outside: .stage1, &clock, progress: { _ in })
        #expect(tiled.patchCount == 1 && tiled.boxCount == whole.boxes.count)
        for index in stride(from: 0, to: image.size.count, by: 7) {
            let i = index % image.size.width, j = index / image.size.width % image.size.height
            let k = index / image.size.planeCount
            let logit = whole.logits[lower.i + i, lower.j + j, lower.k + k]
            #expect(tiled.probabilities.elements[index] == 1 / (1 + exp(-logit)))
        }
    }

    @Test("overlapping patches are averaged")
    func overlappingPatches() throws {
        var clock = StepClock()
        let image = image()
        let result = try inference(threads: 2).run(
            on: image, tiling: .init(patch: 32, stride: 24), &clock, progress: { _ in })
        #expect(result.patchCount > 1)
        #expect(result.probabilities.size == image.size)
        #expect(result.probabilities.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
}

/// The cells of an image whose padding is centred.
private struct PaddedSize {
    private let size: GridSize

    init(_ size: GridSize) { self.size = size }

    func cell(of index: Int) -> VoxelIndex {
        func cell(_ place: Int, _ length: Int) -> Int { (place + ((length + 7) / 8 * 8 - length) / 2) / 8 }
        return VoxelIndex(
            i: cell(index % size.width, size.width), j: cell(index / size.width % size.height, size.height),
            k: cell(index / size.planeCount, size.depth))
    }
}
