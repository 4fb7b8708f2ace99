import Geometry

/// Finds the air-containing lung in a coarse CT whose axes are in LPS order.
struct LungFinder {
    let image: CoarseCT
    let threads: Int

    /// Below this a voxel holds mostly air.
    static let airHU: Float = -400
    /// Air that the body does not enclose wholly is around the patient if it is thinner than this on the mean, or if
    /// the body is met in fewer than this many of the four directions. (Lung cut off by tight fields of view stayed
    /// above 1.8 in what was tried, air over a table below 1.75.)
    private static let ambientHU: Float = -920
    private static let leastEnclosure: Float = 1.8
    /// Air whose inner half is below this is gas: bowel, trachea, or between arm and trunk.
    private static let gasHU: Float = -960
    /// Smaller pieces of air are no lung.
    private static let minimumVolumeML = 20.0
    /// Tissue thinner than about twice this belongs to the table, a tube or a sheet.
    private static let thinTissueMM = 2.0

    /// The lung without its vessels, with the trachea and main bronchi as far as they hang together with it.
    func lung() -> Mask {
        let inside = airInside()
        let components = ConnectedComponents(of: inside, connectivity: .six, order: .iFastest)
        let voxelML = image.spacing.voxelVolumeML
        let minimumCount = Int(Self.minimumVolumeML / voxelML)
        let large = Set((1..<components.count + 1).filter { components.sizes[$0 - 1] >= minimumCount })
        let gas = gasComponents(components, among: large, air: inside)
        return components.mask { large.contains($0) && !gas.contains($0) }
    }

    // MARK: Air inside of the body

    /// The air of each slice that is neither around the patient nor in the table.
    private func airInside() -> Mask {
        let body = body()
        // Thin tissue in the air, such as vessels in the lung, does not part it.
        var open = Mask(size: image.size, repeating: 0)
        open.elements.withUnsafeMutableBufferPointer { open in
            for n in open.indices { open[n] = (1 - body.elements[n]) & (1 - image.padding.elements[n]) }
        }
        var runs = RowRuns(of: 1, in: open)
        runs.join(.inSlice)
        let isAmbient = ambientRegions(runs, open: open)
        var inside = Mask(size: image.size, repeating: 0)
        runs.forEach { index, run, row in
            guard !isAmbient[runs.root(index)] else { return }
            for n in row * image.size.width + Int(run.start)..<row * image.size.width + Int(run.end) {
                inside.elements[n] = image.values.elements[n] < Self.airHU ? 1 : 0
            }
        }
        return inside
    }

    /// The patient's tissue, without sheets thinner than a chest wall and without small pieces.
    private func body() -> Mask {
        let dense = Self.airHU...Float.infinity
        let tissue = image.values.classified(dense, inside: 1 as UInt8, outside: 0, threads: threads)
        let radius = Int(Self.thinTissueMM / max(image.spacing.i, image.spacing.j))
        // Thick slices must not be eroded along k.
        let inPlane: (UInt8, UInt8, UInt8) = (1, 1, CityBlockDistance.closed)
        let thick = tissue.eroded(by: radius, steps: inPlane, outsideIsInside: true, threads: threads)
        let components = ConnectedComponents(of: thick, connectivity: .six, order: .iFastest)
        let largest = components.sizes.reduce(0, max)
        return components.mask { components.sizes[$0 - 1] * 10 >= largest }
            .dilated(by: radius, steps: inPlane, threads: threads)
    }

    /// What is known about a region of open air in a slice.
    private struct OpenRegion {
        var sum: Float = 0
        var count: Float = 0
        /// From how many of its voxels the patient is met to the left, right, front and back, all four added up.
        var bodyViews: Float = 0

        /// 4 for air that the body encloses, near 1 for air beside it.
        var enclosure: Float { bodyViews / count }
        var mean: Float { sum / count }
    }

    /// For each root: whether the region is air around the patient.
    private func ambientRegions(_ runs: RowRuns, open: Mask) -> [Bool] {
        var regions = [OpenRegion](repeating: OpenRegion(), count: runs.runs.count)
        regions.withUnsafeMutableBufferPointer { regions in
            // A region lies in one slice, so that no two threads meet in one.
            ForkJoin.run(count: image.size.depth, threads: threads) { slices in
                for k in slices {
                    addRows(k, of: runs, to: regions)
                    addColumns(k, of: runs, open: open, to: regions)
                }
            }
        }
        return regions.map { $0.enclosure < 4 && ($0.mean < Self.ambientHU || $0.enclosure < Self.leastEnclosure) }
    }

    /// Intensities, and the views to the left and right: each run ends at the patient or at the end of the picture.
    private func addRows(_ k: Int, of runs: RowRuns, to regions: UnsafeMutableBufferPointer<OpenRegion>) {
        let size = image.size
        for row in k * size.height..<(k + 1) * size.height {
            for index in runs.rowStarts[row]..<runs.rowStarts[row + 1] {
                let run = runs.runs[index]
                let range = row * size.width + Int(run.start)..<row * size.width + Int(run.end)
                var sum: Float = 0
                for value in image.values.elements[range] { sum += value }
                let ends = [
                    run.start > 0 && image.padding.elements[range.lowerBound - 1] == 0,
                    Int(run.end) < size.width && image.padding.elements[range.upperBound] == 0,
                ]
                regions[runs.root(index)].sum += sum
                regions[runs.root(index)].count += Float(range.count)
                regions[runs.root(index)].bodyViews += Float(ends.count { $0 } * range.count)
            }
        }
    }

    /// The views to the front and back.
    private func addColumns(
        _ k: Int, of runs: RowRuns, open: Mask, to regions: UnsafeMutableBufferPointer<OpenRegion>
    ) {
        let rows = k * image.size.height..<(k + 1) * image.size.height
        for order in [Array(rows), rows.reversed()] {
            // For each column, whether what was met last is the patient.
            var metBody = [UInt8](repeating: 0, count: image.size.width)
            for row in order {
                meet(row, open, &metBody)
                for index in runs.rowStarts[row]..<runs.rowStarts[row + 1] {
                    let run = runs.runs[index]
                    let views = metBody[Int(run.start)..<Int(run.end)].reduce(0) { $0 + Int($1) }
                    regions[runs.root(index)].bodyViews += Float(views)
                }
            }
        }
    }

    /// What is not open is the patient, unless nothing was measured there. Without a branch, so that it becomes SIMD.
    private func meet(_ row: Int, _ open: Mask, _ metBody: inout [UInt8]) {
        let range = row * image.size.width..<(row + 1) * image.size.width
        metBody.withUnsafeMutableBufferPointer { metBody in
            open.elements[range].withUnsafeBufferPointer { open in
                image.padding.elements[range].withUnsafeBufferPointer { padding in
                    for i in metBody.indices { metBody[i] = open[i] == 0 ? 1 - padding[i] : metBody[i] }
                }
            }
        }
    }

    // MARK: Gas

    /// The components whose interior is gas rather than lung: its median is that of free air.
    private func gasComponents(_ components: ConnectedComponents, among large: Set<Int>, air: Mask) -> Set<Int> {
        let inPlane = (1 as UInt8, 1 as UInt8, CityBlockDistance.closed)
        let interior = air.eroded(by: 1, steps: inPlane, outsideIsInside: true, threads: threads)
        var counts = [Int](repeating: 0, count: components.count + 1)
        var gasCounts = counts
        components.forEachRun { component, range in
            guard large.contains(Int(component)) else { return }
            for n in range where interior.elements[n] == 1 {
                counts[Int(component)] += 1
                if image.values.elements[n] < Self.gasHU { gasCounts[Int(component)] += 1 }
            }
        }
        return large.filter { gasCounts[$0] * 2 > counts[$0] }
    }
}
