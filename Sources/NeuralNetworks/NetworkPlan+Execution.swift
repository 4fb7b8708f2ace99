public import Tensors

extension NetworkPlan {
    /// Runs the network.
    ///
    /// The same inputs give the same bits for every number of threads.
    /// - Parameters:
    ///   - inputs: in the order of the description's `inputNames`, of the plan's shapes.
    ///   - workspace: holds every intermediate value and the results.
    ///   - observer: is told the seconds that each step took; not of streamed steps.
    /// - Returns: the outputs in the order of the plan's `outputNames`; they lie in the workspace until its next use.
    public func run(
        _ inputs: [Tensor], in workspace: Workspace, on pool: ComputePool,
        observer: ((StepReport, _ seconds: Double) -> Void)? = nil
    ) -> [Tensor] {
        precondition(inputs.map(\.shape) == inputShapes, "inputs of other shapes than planned")
        let arena = workspace.reserve(arenaFloats(workers: pool.threadCount))
        let values = layOut(inputs, in: arena)
        let scratch = Scratch(base: arena + valueFloats, floatsPerWorker: scratchFloatsPerWorker)
        if let streaming { run(streaming, values, scratch, pool) }
        for index in (streaming?.stepCount ?? 0)..<steps.count {
            let start = ContinuousClock.now
            run(index, values, scratch, pool)
            observer?(steps[index], (ContinuousClock.now - start) / .seconds(1))
        }
        return outputs.map { value(of: $0.node, values) }
    }

    /// Where each node's value lies; nil for what is fused away.
    private func layOut(_ inputs: [Tensor], in arena: UnsafeMutablePointer<Float>) -> [Tensor?] {
        var remaining = inputs[...]
        return shapes.indices.map { node in
            if case .input = network.description.nodes[node].operation { return remaining.removeFirst() }
            return offsets[node].map { Tensor(base: arena + $0, shape: shapes[node]) }
        }
    }

    func value(of node: Int, _ values: [Tensor?]) -> Tensor {
        guard let value = values[node] else { preconditionFailure("a value without a place") }
        return value
    }

    private func run(_ index: Int, _ values: [Tensor?], _ scratch: Scratch, _ pool: ComputePool) {
        let step = network.steps[index]
        let operands = step.operands.map { value(of: $0, values) }
        let results = step.results.map { value(of: $0, values) }
        let result = results[0]
        if let convolution = convolutions[index] {
            let residual = operands.count == 2 ? operands[1] : nil
            pool.forEach(convolution.itemCount(result.shape)) { item, worker in
                convolution.compute(
                    item, from: operands[0], residual: residual, into: result, scratch: scratch[worker])
            }
        } else if case .layer(let work) = step.work {
            let rows = work.rowsPerItem(result.shape), rowCount = result.shape.rowCount
            pool.forEach((rowCount + rows - 1) / rows) { item, worker in
                let range = item * rows..<min((item + 1) * rows, rowCount)
                work.compute(operands, rows: range, into: results, scratch: scratch[worker])
            }
        }
    }
}

/// The part of the arena that each worker has for itself.
struct Scratch: @unchecked Sendable {
    // Unchecked: workers get disjoint parts.
    let base: UnsafeMutablePointer<Float>
    let floatsPerWorker: Int

    subscript(worker: Int) -> UnsafeMutablePointer<Float> { base + worker * floatsPerWorker }
}
