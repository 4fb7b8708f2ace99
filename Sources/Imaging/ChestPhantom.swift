public import Geometry

/// A made-up chest CT with nodules that are known: for demonstrations and tests, never to be taken for a patient.
///
/// Trunk with skin, fat and muscle, lungs with branching bronchi and vessels, ribs, spine, heart, aorta, the upper
/// abdomen and a table; soft edges, slice thickness, texture and noise of a soft reconstruction. Everything depends on
/// the seed and the grid alone: the same ones give the same voxels, however many threads work.
public struct ChestPhantom: Sendable {
    /// HU, whole numbers from -1024 to 3071, in LPS order.
    public let volume: Volume
    /// From the largest to the smallest; those that found no room between the slices are left out.
    public let nodules: [PhantomNodule]

    /// 512 x 512 x 104 voxels of 0.7 x 0.7 x 2.5 mm.
    public static let defaultSize = GridSize(width: 512, height: 512, depth: 104)
    public static let defaultSpacing = SpacingMM(i: 0.7, j: 0.7, k: 2.5)

    /// - Parameters:
    ///   - size: the middle of the grid is the middle of the chest; what does not fit is cut off.
    ///   - noiseHU: the standard deviation of the noise.
    public init(
        seed: UInt64, size: GridSize = defaultSize, spacing: SpacingMM = defaultSpacing, noiseHU: Float = 22,
        threads: Int = 1
    ) {
        let geometry = GridGeometry(
            size: size, spacing: spacing,
            origin: PointMM(
                x: -Double(size.width - 1) / 2 * spacing.i, y: -Double(size.height - 1) / 2 * spacing.j,
                z: -Double(size.depth - 1) / 2 * spacing.k))
        let organs = ChestAnatomy.organs()
        let tree = Self.tree(seed)
        var placement = NodulePlacement(seed: seed, geometry: geometry, organs: organs, tree: tree)
        placement.placeAll()
        let renderer = PhantomRenderer(
            geometry: geometry, shapes: tree + organs + placement.shapes, seed: seed, noiseHU: noiseHU)
        volume = Volume(geometry: geometry, voxels: renderer.render(threads: threads), unit: .hounsfield)
        nodules = placement.nodules
    }

    /// For each lung bronchi, arteries and veins.
    private static func tree(_ seed: UInt64) -> [PhantomShape] {
        [Float(-1), 1].flatMap { side -> [PhantomShape] in
            let hilum = SIMD3<Float>(38 * side, 8, 24)
            let seed = SplitMix64.mixed(seed) &+ (side < 0 ? 1 : 4)
            return BronchovascularTree(.vessel, hilum: hilum - SIMD3(0, 6, 2), seed: seed).shapes
                + BronchovascularTree(.vessel, hilum: hilum - SIMD3(6 * side, 4, 16), seed: seed + 1).shapes
                + BronchovascularTree(.bronchus, hilum: hilum, seed: seed + 2).shapes
        }
    }
}
