public import Tensors

extension NetworkPlan {
    /// Runs the network.
    ///
    /// The same inputs give the same bits for every number of threads.
    /// - Parameters:
    ///   - inputs: in the order of the description's `inputNames`, of the plan's shapes.
    ///   - workspace: holds every intermediate value and the results.
    /// - Returns: the outputs in the order of `outputNames`; they lie in the workspace until its next use.
    public func run(_ inputs: [Tensor], in workspace: Workspace, on pool: ComputePool) -> [Tensor] {
        precondition(inputs.map(\.shape) == inputShapes, "inputs of other shapes than planned")
        let arena = workspace.reserve(arenaFloats(workers: pool.threadCount))
        let values = layOut(inputs, in: arena)
        let scratch = Scratch(base: arena + valueFloats, floatsPerWorker: scratchFloatsPerWorker)
        for step in network.steps { run(step, values, scratch, pool) }
        return network.description.outputs.compactMap { values[$0.node] }
    }

    /// Where each node's value lies; nil for what is fused away.
    private func layOut(_ inputs: [Tensor], in arena: UnsafeMutablePointer<Float>) -> [Tensor?] {
        var remaining = inputs[...]
        return shapes.indices.map { node in
            if case .input = network.description.nodes[node].operation { return remaining.removeFirst() }
            return offsets[node].map { Tensor(base: arena + $0, shape: shapes[node]) }
        }
    }

    private func run(_ step: CompiledNetwork.Step, _ values: [Tensor?], _ scratch: Scratch, _ pool: ComputePool) {
        let operands = step.operands.compactMap { values[$0] }
        guard let result = values[step.node], operands.count == step.operands.count else {
            preconditionFailure("a step that reads or writes a value without a place")
        }
        let planes = result.shape.depth
        switch step.work {
        case .convolution(let step):
            let residual = step.hasResidual ? operands[1] : nil
            pool.forEach(step.convolution.itemCount(result.shape)) { item, worker in
                step.convolution.compute(
                    item, from: operands[0], residual: residual, into: result, scratch: scratch[worker])
            }
        case .averagePool(let factor):
            pool.forEach(planes) { plane, _ in
                Kernels.averagePool(operands[0], factor: factor, plane: plane, into: result)
            }
        case .maxPool(let factor):
            pool.forEach(planes) { plane, _ in
                Kernels.maxPool(operands[0], factor: factor, plane: plane, into: result)
            }
        case .upsample2:
            pool.forEach(planes) { plane, worker in
                Kernels.upsample2(operands[0], plane: plane, line: scratch[worker], into: result)
            }
        case .add:
            pool.forEach(planes) { plane, _ in Kernels.add(operands[0], operands[1], plane: plane, into: result) }
        case .concatenate(let first, let second):
            pool.forEach(planes) { plane, _ in
                Kernels.concatenate(
                    operands[0], channels: first, operands[1], channels: second, plane: plane, into: result)
            }
        }
    }
}

/// The part of the arena that each worker has for itself.
private struct Scratch: @unchecked Sendable {
    // Unchecked: workers get disjoint parts.
    let base: UnsafeMutablePointer<Float>
    let floatsPerWorker: Int

    subscript(worker: Int) -> UnsafeMutablePointer<Float> { base + worker * floatsPerWorker }
}
