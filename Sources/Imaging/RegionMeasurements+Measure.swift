public import Geometry

extension RegionMeasurements {
    /// Measures every label of a map in one pass, in ascending order of labels.
    ///
    /// - Parameters:
    ///   - volume: the intensities, on the same grid; its padding counts for volume and extent, not for intensities.
    ///   - stack: where the slices k really lie, if they are not the map's regular grid: variable distances
    ///     and shifts then enter volume, centroid and long axis.
    public static func measure(
        _ map: LabelMap, of volume: Volume, stack: SliceStack? = nil
    ) -> [RegionMeasurements] {
        precondition(map.size == volume.size, "labels and intensities on different grids")
        precondition(stack == nil || stack?.origins.count == map.size.depth, "a stack of another number of slices")
        let placement = SlicePlacement(geometry: map.geometry, stack: stack)
        var regions = RegionAccumulators()
        for k in 0..<map.size.depth {
            regions.addSlice(k, of: map, intensities: volume)
            regions.endSlice(k, placement: placement)
        }
        return regions.sorted.map { RegionMeasurements($0, placement: placement) }
    }

    private init(_ region: RegionAccumulator, placement: SlicePlacement) {
        let axis = LongestDistance(between: region.hull.map { ($0, placement.position($0)) })
        let count = Double(region.voxelCount)
        self.init(
            label: region.label, voxelCount: region.voxelCount, volumeML: region.volumeML,
            longAxisMM: axis.distanceMM, longAxisStart: axis.start, longAxisEnd: axis.end,
            centroid: PointMM(x: 0, y: 0, z: 0) + region.positionSum * (1 / count),
            intensity: region.intensity.statistics, keySlice: region.keySlice, boundingBox: region.box)
    }
}

/// Where the voxels of each slice lie and how much each stands for.
struct SlicePlacement {
    private let origins: [PointMM]
    private let iStep: VectorMM
    private let jStep: VectorMM
    let voxelVolumesML: [Double]

    init(geometry: GridGeometry, stack: SliceStack?) {
        iStep = geometry.iDirection * geometry.spacing.i
        jStep = geometry.jDirection * geometry.spacing.j
        let slices = 0..<geometry.size.depth
        origins = stack?.origins ?? slices.map { geometry.position(VoxelIndex(i: 0, j: 0, k: $0)) }
        let pixelAreaMM2 = geometry.spacing.i * geometry.spacing.j
        let thicknesses = stack?.thicknessesMM ?? slices.map { _ in geometry.spacing.k }
        voxelVolumesML = thicknesses.map { $0 * pixelAreaMM2 / 1000 }
    }

    func position(_ index: VoxelIndex) -> PointMM { position(i: Double(index.i), j: Double(index.j), k: index.k) }

    func position(i: Double, j: Double, k: Int) -> PointMM { origins[k] + iStep * i + jStep * j }
}
