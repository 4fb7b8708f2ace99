/// Which boxes run on all threads, one after the other, and which run side by side, one thread each: as it takes the
/// least time.
package struct BoxSchedule {
    /// Numbers of boxes, the largest first.
    package let alone: [Int]
    package let together: [Int]

    /// A box on all threads waits for the slowest of them layer by layer.
    private static let sharedEfficiency = 0.93
    /// With more boxes than this it hardly matters which come alone.
    private static let mostAlone = 16

    /// - Parameter work: of each box, in any unit.
    package init(_ work: [Int], threads: Int) {
        let order = work.indices.sorted { (-work[$0], $0) < (-work[$1], $1) }
        let sizes = order.map { Double(work[$0]) }
        var best = (time: Double.infinity, alone: 0)
        var shared = 0.0
        for count in 0...min(order.count, Self.mostAlone) {
            let time = shared / (Double(threads) * Self.sharedEfficiency) + Self.time(sizes[count...], threads)
            if time < best.time { best = (time, count) }
            if count < order.count { shared += sizes[count] }
        }
        alone = Array(order[..<best.alone])
        together = Array(order[best.alone...])
    }

    /// Of boxes that are taken one by one, the largest first, by the threads as they become free.
    private static func time(_ sizes: ArraySlice<Double>, _ threads: Int) -> Double {
        var busy = [Double](repeating: 0, count: threads)
        for size in sizes {
            let free = busy.indices.min { busy[$0] < busy[$1] } ?? 0
            busy[free] += size
        }
        return busy.max() ?? 0
    }
}
