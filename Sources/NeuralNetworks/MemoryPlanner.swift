internal import Tensors

/// Lays the values of a network out in one arena: a value's place is free again after its last reader.
struct MemoryPlanner {
    private let network: CompiledNetwork
    /// By node.
    private let floats: [Int]
    /// Steps that run together: all their values are there until the last of them is done.
    private let streamedSteps: Int
    /// By node: the last step that reads it; outputs are never free.
    private var lastRead: [Int]
    private var offsets: [Int?]
    /// Unused ranges of the arena, ascending and apart from each other.
    private(set) var free: [Range<Int>] = []
    private(set) var arenaFloats = 0

    /// - Parameters:
    ///   - floats: of each node's value.
    ///   - kept: the nodes whose values are still there when all is done.
    ///   - streamedSteps: the first so many steps run together.
    init(_ network: CompiledNetwork, floats: [Int], kept: [Int], streamedSteps: Int) {
        self.network = network
        self.floats = floats
        self.streamedSteps = streamedSteps
        offsets = Array(repeating: nil, count: floats.count)
        lastRead = Array(repeating: -1, count: floats.count)
        for (index, step) in network.steps.enumerated() {
            for node in step.results + step.operands { lastRead[node] = max(index, streamedSteps - 1) }
        }
        for node in kept { lastRead[node] = .max }
    }

    /// The offset of each node's value in floats; nil where the node has no value of its own in the arena.
    mutating func plan() -> [Int?] {
        for (index, step) in network.steps.enumerated() {
            let shared = placeToShare(step, at: index)
            for (position, result) in step.results.enumerated() {
                let place = position == 0 ? shared.flatMap { offsets[$0] } : nil
                offsets[result] = place ?? allocate(floats[result])
            }
            for node in floats.indices where node != shared && lastRead[node] == index {
                if let offset = offsets[node] { release(offset, floats[node]) }
            }
        }
        return offsets
    }

    /// An operand that is read for the last time, voxel by voxel: the result may take its place.
    private func placeToShare(_ step: CompiledNetwork.Step, at index: Int) -> Int? {
        guard index >= streamedSteps else { return nil }
        let candidates: [Int]
        switch step.work {
        case .convolution: candidates = step.operands.dropFirst().filter { $0 != step.operands[0] }
        case .layer(let work): candidates = work.isVoxelwise ? step.operands : []
        }
        return candidates.first { lastRead[$0] == index && offsets[$0] != nil }
    }

    private mutating func allocate(_ count: Int) -> Int {
        let size = AlignedBuffer.wholeLines(count)
        if let index = free.firstIndex(where: { $0.count >= size }) {
            let offset = free[index].lowerBound
            free[index] = offset + size..<free[index].upperBound
            if free[index].isEmpty { free.remove(at: index) }
            return offset
        }
        // A free range at the end of the arena grows.
        let offset = free.last.flatMap { $0.upperBound == arenaFloats ? $0.lowerBound : nil } ?? arenaFloats
        if offset < arenaFloats { free.removeLast() }
        arenaFloats = offset + size
        return offset
    }

    private mutating func release(_ offset: Int, _ count: Int) {
        free.append(offset..<offset + AlignedBuffer.wholeLines(count))
        free.sort { $0.lowerBound < $1.lowerBound }
        free = free.reduce(into: []) { merged, range in
            if let last = merged.last, last.upperBound == range.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<range.upperBound
            } else {
                merged.append(range)
            }
        }
    }
}
