internal import Tensors

extension NetworkPlan {
    /// The first steps of a plan, computed in bands of planes.
    struct Streaming: Sendable {
        /// The first so many steps.
        let stepCount: Int
        fileprivate let schedule: BandSchedule
        /// By node: planes in memory at a time, where they are not all.
        let windows: [Int: Int]

        /// Planes of the last streamed value in a band.
        private static let planesPerBand = 4

        /// Streams an output that is not kept: all steps up to its last reader. Their values are in memory as windows,
        /// but for those that are read later or are other outputs.
        init(
            _ network: CompiledNetwork, dropping node: Int, _ shapes: [TensorShape],
            _ convolutions: [(any Convolution)?]
        ) {
            let last = network.steps.lastIndex { $0.operands.contains(node) } ?? 0
            let steps = network.steps[...last]
            stepCount = steps.count
            schedule = BandSchedule(
                zip(steps, convolutions).map { step, convolution in
                    let output = shapes[step.results[0]]
                    let writes = convolution.map { convolution in
                        (0..<convolution.itemCount(output)).map { convolution.planes(of: $0, output) }
                    }
                    return BandSchedule.Step(
                        node: step.results[0], operands: step.operands,
                        writes: writes ?? (0..<output.depth).map { $0..<$0 + 1 }, reads: step.work.planesRead)
                }, planesPerBand: Self.planesPerBand)
            let kept = Set(network.description.outputs.map(\.node)).subtracting([node])
                .union(network.steps[(last + 1)...].flatMap(\.operands))
            windows = Dictionary(
                uniqueKeysWithValues: zip(steps, schedule.capacities).compactMap { step, planes in
                    kept.contains(step.results[0]) ? nil : (step.results[0], planes)
                })
        }
    }

    /// Runs the streamed steps.
    func run(_ streaming: Streaming, _ values: [Tensor?], _ scratch: Scratch, _ pool: ComputePool) {
        for band in streaming.schedule.bands {
            for move in band.moves where streaming.windows[move.node] != nil {
                self.move(move, of: value(of: move.node, values), pool)
            }
            var moved = values
            for (step, first) in zip(network.steps, band.firstPlanes) {
                let node = step.results[0]
                guard streaming.windows[node] != nil, let value = values[node] else { continue }
                moved[node] = Tensor(base: value.base - first * value.shape.planeFloats, shape: value.shape)
            }
            for (index, items) in band.items.enumerated() { run(index, items, moved, scratch, pool) }
        }
    }

    /// The planes do not overlap with where they go: `BandSchedule` leaves as much room.
    private func move(_ move: BandSchedule.Move, of window: Tensor, _ pool: ComputePool) {
        let floats = window.shape.planeFloats, distance = move.planes.lowerBound - move.from
        pool.forEach(move.planes.count) { plane, _ in
            let target = window.base + plane * floats
            target.update(from: target + distance * floats, count: floats)
        }
    }

    /// Computes items of a step; of a layer that is no convolution a plane is an item.
    private func run(
        _ index: Int, _ items: Range<Int>, _ values: [Tensor?], _ scratch: Scratch, _ pool: ComputePool
    ) {
        let step = network.steps[index]
        let operands = step.operands.map { value(of: $0, values) }
        let results = step.results.map { value(of: $0, values) }
        pool.forEach(items.count) { item, worker in
            let number = items.lowerBound + item
            if let convolution = convolutions[index] {
                convolution.compute(
                    number, from: operands[0], residual: operands.count == 2 ? operands[1] : nil, into: results[0],
                    scratch: scratch[worker])
            } else if case .layer(let work) = step.work {
                let height = results[0].shape.height
                work.compute(
                    operands, rows: number * height..<(number + 1) * height, into: results, scratch: scratch[worker])
            }
        }
    }
}

extension TensorShape {
    var planeFloats: Int { height * width * channels }
}

extension CompiledNetwork.Step.Work {
    /// The planes of the operands that are read for planes of the result.
    fileprivate var planesRead: @Sendable (Range<Int>) -> Range<Int> {
        switch self {
        case .convolution(_, let layer): { layer.window.planesRead($0) }
        case .layer(.averagePool(let window)), .layer(.maxPool(let window)): { window.planesRead($0) }
        case .layer: { $0 }
        }
    }
}

extension Window {
    fileprivate func planesRead(_ planes: Range<Int>) -> Range<Int> {
        let first = planes.lowerBound * stride.z - padding.z
        return first..<max(first, (planes.upperBound - 1) * stride.z - padding.z + reach.z)
    }
}
