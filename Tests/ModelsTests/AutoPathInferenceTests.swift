import Geometry
import Imaging
import Models
import NeuralNetworks
import Tensors
import Testing

/// AutoPath over images of several windows, on deterministic weights.
@Suite struct AutoPathInferenceTests {
    static let networks = AutoPathNetworks(backbone: .resNet18, width: 4)
    static let windowDepth = 8

    private static func inference(
        threads: Int = 1, hasPolicy: Bool = true, engine: ComputeEngine = .available[0], limit: Int? = nil
    ) throws -> AutoPathInference {
        let shapes = networks.parameters(policy: hasPolicy)
        return try AutoPathInference(
            networks, hasPolicy: hasPolicy, windowDepth: windowDepth,
            weights: { DeterministicWeights.tensor($0, shape: shapes[$0] ?? []) },
            resources: InferenceResources(
                pool: ComputePool(threads: threads), engine: engine, memoryLimit: MemoryLimit(bytes: limit)))
    }

    private static func image(slices: Int, side: Int = 64) -> Grid<Float> {
        let size = GridSize(width: side, height: 48, depth: slices)
        return Grid(size: size, elements: DeterministicWeights.input(count: size.count))
    }

    private static func run(
        _ inference: AutoPathInference, _ image: Grid<Float>, _ effort: Effort = Effort()
    ) throws -> AutoPathInference.Result {
        var clock = StepClock()
        return try inference.run(on: image, effort, &clock, progress: { _ in })
    }

    @Test("windows follow each other, the last is shifted back, and where two overlap their mean counts")
    func windows() throws {
        let inference = try Self.inference(), image = Self.image(slices: 19)
        let effort = Effort(path: .dropRandom(2))
        let result = try Self.run(inference, image, effort)
        #expect(result.usage.windows.map(\.firstSlice) == [0, 8, 11])
        #expect(result.usage.windows.allSatisfy { $0.isComputed.count { !$0 } == 2 })
        let single = try result.usage.windows.map { window in
            let box = VoxelBox(
                lower: VoxelIndex(i: 0, j: 0, k: window.firstSlice),
                upper: VoxelIndex(i: 64, j: 48, k: window.firstSlice + Self.windowDepth))
            return try Self.run(inference, image.cropped(to: box), Effort(path: .explicit(window.isComputed)))
                .probabilities
        }
        for k in 0..<19 {
            var values: [Float] = []
            for (window, part) in zip(result.usage.windows, single) {
                let slice = k - window.firstSlice
                if (0..<Self.windowDepth).contains(slice) { values.append(part[30, 20, slice]) }
            }
            let mean = values.reduce(0, +) / Float(values.count)
            #expect(result.probabilities[30, 20, k] == mean)
        }
    }

    @Test("an image with fewer slices than a window is one window with its end slices repeated, and a remark says so")
    func short() throws {
        let inference = try Self.inference(), image = Self.image(slices: 5)
        let result = try Self.run(inference, image, Effort(path: .full))
        let area = 64 * 48
        var slices: [Float] = []
        for slice in [0, 0, 1, 2, 3, 4, 4, 4] { slices += image.elements[slice * area..<(slice + 1) * area] }
        let whole = Grid(size: GridSize(width: 64, height: 48, depth: 8), elements: slices)
        let expected = try Self.run(inference, whole, Effort(path: .full)).probabilities
        #expect(result.probabilities.size == image.size)
        let isSame = result.probabilities.elements == Array(expected.elements[area..<6 * area])
        #expect(isSame)
        #expect(result.messages.first?.hasPrefix("The image has 5 of the 8 slices") == true)
        #expect(result.usage.windows.map(\.firstSlice) == [-1])
    }

    @Test("by default the policy network chooses; its path is the one it says, window by window")
    func policy() throws {
        let inference = try Self.inference(), image = Self.image(slices: 16)
        let result = try Self.run(inference, image)
        #expect(result.usage.strategy == "policy")
        for window in result.usage.windows {
            #expect(window.keepProbabilities.count == 8)
            #expect(window.isComputed == window.keepProbabilities.map { $0 >= 0.5 })
        }
        let without = try Self.run(Self.inference(hasPolicy: false), image)
        #expect(without.usage.strategy == "full")
        #expect(without.usage.computedBlocks == 16)
        #expect(without.usage.estimatedSaving == 0)
    }

    @Test("the estimated saving is the share of the work that dropped blocks leave, less the policy network's")
    func saving() throws {
        let inference = try Self.inference(), image = Self.image(slices: 8)
        let explicit = try Self.run(inference, image).usage
        let path = explicit.windows[0].isComputed
        let alone = try Self.run(inference, image, Effort(path: .explicit(path))).usage
        #expect(alone.estimatedSaving >= 0)
        #expect(explicit.estimatedSaving < alone.estimatedSaving)
        let dropped = try Self.run(inference, image, Effort(path: .dropLast(8))).usage
        #expect(dropped.estimatedSaving > 0.3 && dropped.estimatedSaving < 1)
        #expect(dropped.measuredSaving.isFinite && dropped.measuredSaving < 1)
        #expect(dropped.droppedBlocks == 8)
    }

    @Test("a generous budget computes all blocks, a hopeless one half of them, those that the policy would rather keep")
    func budget() throws {
        let inference = try Self.inference(), image = Self.image(slices: 16)
        let generous = try Self.run(inference, image, Effort(budgetSeconds: 3600))
        #expect(generous.usage.strategy == "budget")
        #expect(generous.usage.computedBlocks == 16)
        let hopeless = try Self.run(inference, image, Effort(budgetSeconds: 1e-6))
        for window in hopeless.usage.windows {
            let kept = zip(window.isComputed, window.keepProbabilities).filter(\.0).map(\.1)
            let left = zip(window.isComputed, window.keepProbabilities).filter { !$0.0 }.map(\.1)
            #expect(kept.count == 4)
            #expect((kept.min() ?? 0) >= (left.max() ?? 1))
        }
        #expect(hopeless.messages.last == "The time budget of 1e-06 s was not met.")
        let without = try Self.run(Self.inference(hasPolicy: false), image, Effort(budgetSeconds: 1e-6))
        #expect(without.usage.strategy == "full")
        #expect(without.messages.last == "The model has no policy network, so that the time budget has no effect.")
    }

    @Test("the same bits for 1, 2 and 4 threads", arguments: ComputeEngine.available)
    func threads(_ engine: ComputeEngine) throws {
        let image = Self.image(slices: 11)
        let expected = try Self.run(Self.inference(threads: 1, engine: engine), image)
        for threads in [2, 4] {
            let result = try Self.run(Self.inference(threads: threads, engine: engine), image)
            let isSame = result.probabilities == expected.probabilities
            #expect(isSame)
            #expect(result.usage.windows == expected.usage.windows)
        }
    }

    @Test("a path that does not fit, an image that is too small, and too little memory are errors")
    func errors() throws {
        func code(_ inference: AutoPathInference, _ image: Grid<Float>, _ effort: Effort) -> SegmentationError.Code? {
            do {
                _ = try Self.run(inference, image, effort)
                return nil
            } catch { return (error as? SegmentationError)?.code }
        }
        let inference = try Self.inference(), image = Self.image(slices: 8)
        #expect(code(inference, image, Effort(path: .dropFirst(9))) == .effort)
        #expect(code(inference, image, Effort(path: .explicit([true]))) == .effort)
        #expect(code(try Self.inference(hasPolicy: false), image, Effort(path: .policy)) == .effort)
        #expect(code(inference, Self.image(slices: 8, side: 31), Effort()) == .unsuitableVolume)
        #expect(code(inference, Self.image(slices: 8, side: 32), Effort()) == nil)
        let needed = inference.forecast(for: image.size).peakBytes
        #expect(code(try Self.inference(limit: needed - 1), image, Effort()) == .memoryLimit)
        #expect(code(try Self.inference(limit: needed), image, Effort()) == nil)
    }

    @Test("the forecast counts every window and the policy network")
    func forecast() throws {
        let inference = try Self.inference(), bare = try Self.inference(hasPolicy: false)
        let one = GridSize(width: 64, height: 48, depth: 8), three = GridSize(width: 64, height: 48, depth: 17)
        #expect(
            inference.forecast(for: three).multiplyAccumulates == 3 * inference.forecast(for: one).multiplyAccumulates)
        #expect(inference.forecast(for: one).multiplyAccumulates > bare.forecast(for: one).multiplyAccumulates)
        #expect((inference.forecast(for: three).seconds ?? 0) > 0)
    }
}
