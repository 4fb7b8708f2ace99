import Geometry
import Imaging
import Testing

@Suite struct SurfaceDistanceTests {
    private static let size = GridSize(width: 13, height: 11, depth: 9)
    private static let spacing = SpacingMM(i: 0.7, j: 0.9, k: 2.5)

    private static func box(_ lower: (Int, Int, Int), _ upper: (Int, Int, Int)) -> Mask {
        var mask = Mask(size: size, repeating: 0)
        for k in lower.2..<upper.2 {
            for j in lower.1..<upper.1 {
                for i in lower.0..<upper.0 { mask[i, j, k] = 1 }
            }
        }
        return mask
    }

    @Test("a region lies nowhere from itself") func identity() throws {
        let distance = try #require(
            SurfaceDistance(Self.box((2, 2, 2), (7, 6, 5)), Self.box((2, 2, 2), (7, 6, 5)), spacing: Self.spacing))
        #expect(distance.meanMM == 0 && distance.percentile95MM == 0)
    }

    @Test("two voxels lie as far apart as their centres", arguments: [(3, 0, 0), (0, 4, 0), (0, 0, 5), (3, 4, 5)])
    func voxels(step: (Int, Int, Int)) throws {
        let first = Self.box((1, 1, 1), (2, 2, 2))
        let second = Self.box((1 + step.0, 1 + step.1, 1 + step.2), (2 + step.0, 2 + step.1, 2 + step.2))
        let (x, y, z) = (0.7 * Double(step.0), 0.9 * Double(step.1), 2.5 * Double(step.2))
        let distance = try #require(SurfaceDistance(first, second, spacing: Self.spacing))
        let length = VectorMM(x: x, y: y, z: z).length
        #expect(abs(distance.meanMM - length) < 1e-12)
    }

    @Test("random regions: as by trying all pairs of surface voxels", arguments: 1...6) func bruteForce(seed: UInt64)
        throws
    {
        var random = SplitMix64(seed: seed)
        func region() -> Mask {
            Mask(size: Self.size, elements: (0..<Self.size.count).map { _ in random.next() % 100 < 70 ? 1 : 0 })
        }
        let (first, second) = (region(), region())
        let (a, b) = (Self.surface(first), Self.surface(second))
        let forth = a.map { p in b.map { (p - $0).length }.min() ?? 0 }.sorted()
        let back = b.map { p in a.map { (p - $0).length }.min() ?? 0 }.sorted()
        let distance = try #require(SurfaceDistance(first, second, spacing: Self.spacing))
        let mean = (forth + back).reduce(0, +) / Double(forth.count + back.count)
        #expect(abs(distance.meanMM - mean) < 1e-9)
        let rank = { (list: [Double]) in list[Int((0.95 * Double(list.count)).rounded(.up)) - 1] }
        #expect(abs(distance.percentile95MM - max(rank(forth), rank(back))) < 1e-9)
    }

    @Test("an empty region has no surface") func empty() {
        let nothing = Mask(size: Self.size, repeating: 0)
        #expect(SurfaceDistance(nothing, Self.box((1, 1, 1), (3, 3, 3)), spacing: Self.spacing) == nil)
        #expect(SurfaceDistance(Self.box((1, 1, 1), (3, 3, 3)), nothing, spacing: Self.spacing) == nil)
    }

    /// The centres of the voxels with a face to the outside.
    private static func surface(_ mask: Mask) -> [VectorMM] {
        var centres: [VectorMM] = []
        for k in 0..<size.depth {
            for j in 0..<size.height {
                for i in 0..<size.width where mask[i, j, k] == 1 {
                    let steps = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
                    let isInner = steps.allSatisfy { step in
                        let (x, y, z) = (i + step.0, j + step.1, k + step.2)
                        let isInside = (0..<size.width).contains(x) && (0..<size.height).contains(y)
                            && (0..<size.depth).contains(z)
                        return isInside && mask[x, y, z] == 1
                    }
                    if !isInner {
                        centres.append(
                            VectorMM(
                                x: Double(i) * spacing.i, y: Double(j) * spacing.j, z: Double(k) * spacing.k))
                    }
                }
            }
        }
        return centres
    }
}
