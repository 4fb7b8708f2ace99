import Geometry

/// Finds the air-containing lung in a coarse CT whose axes are in LPS order.
struct LungFinder {
    let image: CoarseCT
    let threads: Int

    /// Below this a voxel holds mostly air.
    static let airHU: Float = -400
    /// Air that reaches the end of the picture is around the patient if it is thinner than this on the mean, or if
    /// the end of the picture is more than this share of its outline. (Lung cut off by a tight field of view stays
    /// below 0.41 in the crops that were tried, air over the table above 0.44.)
    private static let ambientHU: Float = -920
    private static let maximumOpenShare: Float = 0.42
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
        for n in open.elements.indices { open.elements[n] = body.elements[n] | image.padding.elements[n] == 0 ? 1 : 0 }
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
        let tissue = image.values.classified(Self.airHU...Float.infinity, inside: UInt8(1), outside: 0, threads: threads)
        let radius = Int(Self.thinTissueMM / max(image.spacing.i, image.spacing.j))
        // Thick slices must not be eroded along k.
        let inPlane: (UInt8, UInt8, UInt8) = (1, 1, 255)
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
        /// Sides of its voxels that face something else, and those of them that face the end of the picture.
        var sides: Float = 0
        var endSides: Float = 0
    }

    /// For each root: whether the region is air around the patient.
    private func ambientRegions(_ runs: RowRuns, open: Mask) -> [Bool] {
        var regions = [OpenRegion](repeating: OpenRegion(), count: runs.runs.count)
        runs.forEach { index, run, row in
            addRun(run, row: row, open: open, to: &regions[runs.root(index)])
        }
        return regions.map {
            $0.endSides > 0
                && ($0.sum < Self.ambientHU * $0.count || $0.endSides > Self.maximumOpenShare * $0.sides)
        }
    }

    private func addRun(_ run: RowRuns.Run, row: Int, open: Mask, to region: inout OpenRegion) {
        let width = image.size.width
        let range = row * width + Int(run.start)..<row * width + Int(run.end)
        for n in range { region.sum += image.values.elements[n] }
        region.count += Float(range.count)
        func face(_ isInPicture: Bool, _ offsets: Range<Int>) {
            guard isInPicture else {
                region.sides += Float(offsets.count)
                region.endSides += Float(offsets.count)
                return
            }
            for n in offsets {
                region.sides += Float(1 - open.elements[n])
                region.endSides += Float(image.padding.elements[n])
            }
        }
        let j = row % image.size.height
        face(run.start > 0, range.lowerBound - 1..<range.lowerBound)
        face(Int(run.end) < width, range.upperBound..<range.upperBound + 1)
        face(j > 0, range.lowerBound - width..<range.upperBound - width)
        face(j < image.size.height - 1, range.lowerBound + width..<range.upperBound + width)
    }

    // MARK: Gas

    /// The components whose interior is gas rather than lung: its median is that of free air.
    private func gasComponents(_ components: ConnectedComponents, among large: Set<Int>, air: Mask) -> Set<Int> {
        let interior = air.eroded(by: 1, steps: (1, 1, 255), outsideIsInside: true, threads: threads)
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
