/// An order of work in which only a few planes of every value are in memory at a time: bands along z, in each of which
/// every step computes the items that the next planes of the last value call for.
///
/// The items are those of the whole volume, so that the bits are too.
struct BandSchedule: Sendable {
    /// What the schedule has to know of a step.
    struct Step {
        /// Whose value the step computes.
        let node: Int
        let operands: [Int]
        /// The planes that each item writes, ascending.
        let writes: [Range<Int>]
        /// The planes of the operands that are read for a range of planes of the result.
        let reads: @Sendable (Range<Int>) -> Range<Int>
    }

    /// Planes of a value that go to the front of its window, which then begins at `first`.
    struct Move: Sendable, Equatable {
        let node: Int
        let from: Int
        let planes: Range<Int>
    }

    struct Band: Sendable {
        fileprivate(set) var moves: [Move] = []
        /// For each step the items to be computed.
        let items: [Range<Int>]
        /// For each step the first plane of its value that is in memory.
        fileprivate(set) var firstPlanes: [Int] = []
    }

    private(set) var bands: [Band] = []
    /// For each step the planes of its value that are in memory at a time.
    private(set) var capacities: [Int] = []

    /// Planes of a value before, and after a band.
    private struct Extent {
        /// The first that is still to be read, and the end of what is there, before the band.
        let low, available: Int
        /// The end of what is there after the band.
        let upper: Int
    }

    /// - Parameters:
    ///   - steps: each after those whose values it reads; operands that no step computes are there from the start.
    ///   - planesPerBand: of the last step's value.
    init(_ steps: [Step], planesPerBand: Int) {
        var done = [Int](repeating: 0, count: steps.count)
        var extents: [[Extent]] = []
        let depth = steps.last?.writes.last?.upperBound ?? 0
        for target in stride(from: planesPerBand, to: depth + planesPerBand, by: planesPerBand) {
            let items = Self.items(steps, done: done, target: target < depth ? target : nil)
            extents.append(steps.indices.map { index in
                Extent(
                    low: Self.firstNeeded(steps, of: index, done: done),
                    available: Self.written(steps[index], done[index]),
                    upper: Self.written(steps[index], items[index].upperBound))
            })
            bands.append(Band(items: items))
            done = items.map(\.upperBound)
        }
        layOut(steps, extents)
    }

    /// What each step has to compute for the last value's planes below `target`; nil: all that is left.
    private static func items(_ steps: [Step], done: [Int], target: Int?) -> [Range<Int>] {
        var wanted: [Int: Int] = [:]
        var items = steps.indices.map { done[$0]..<steps[$0].writes.count }
        guard let target, let last = steps.last else { return items }
        wanted[last.node] = target
        for index in steps.indices.reversed() {
            let step = steps[index], want = wanted[step.node] ?? 0
            let end = step.writes[done[index]...].firstIndex { $0.lowerBound >= want } ?? step.writes.count
            items[index] = done[index]..<end
            guard end > done[index] else { continue }
            let planes = step.writes[done[index]].lowerBound..<step.writes[end - 1].upperBound
            for operand in step.operands {
                wanted[operand] = max(wanted[operand] ?? 0, step.reads(planes).upperBound)
            }
        }
        return items
    }

    /// The end of the planes that the first items write.
    private static func written(_ step: Step, _ items: Int) -> Int {
        items == 0 ? 0 : step.writes[items - 1].upperBound
    }

    /// The first plane of a step's value that a step has still to read; a value that is being written is needed too.
    private static func firstNeeded(_ steps: [Step], of index: Int, done: [Int]) -> Int {
        let node = steps[index].node
        var first = done[index] < steps[index].writes.count
            ? steps[index].writes[done[index]].lowerBound : written(steps[index], done[index])
        for (reader, step) in steps.enumerated()
        where step.operands.contains(node) && done[reader] < step.writes.count {
            first = min(first, step.reads(step.writes[done[reader]]).lowerBound)
        }
        return max(0, first)
    }

    /// Windows that are long enough for every band, and as long again as what has to be moved, so that moves are rare
    /// and never onto themselves.
    private mutating func layOut(_ steps: [Step], _ extents: [[Extent]]) {
        var firstPlanes = [Int](repeating: 0, count: steps.count)
        capacities = steps.indices.map { index in
            let needed = extents.map { $0[index].upper - $0[index].low }.max() ?? 0
            let kept = extents.map { max(0, $0[index].available - $0[index].low) }.max() ?? 0
            let depth = steps[index].writes.last?.upperBound ?? 0
            return min(depth, needed + max(kept, Self.slackPlanes))
        }
        for band in bands.indices {
            for index in steps.indices {
                let extent = extents[band][index]
                if extent.upper - firstPlanes[index] > capacities[index] {
                    bands[band].moves.append(Move(
                        node: steps[index].node, from: firstPlanes[index],
                        planes: extent.low..<max(extent.low, extent.available)))
                    firstPlanes[index] = extent.low
                }
            }
            bands[band].firstPlanes = firstPlanes
        }
    }

    private static let slackPlanes = 16
}
