import Geometry

/// Finds places for the nodules of a phantom.
struct NodulePlacement {
    private(set) var nodules: [PhantomNodule] = []
    private(set) var shapes: [PhantomShape] = []

    private var random: SplitMix64
    private let geometry: GridGeometry
    private let organs: [PhantomShape]
    private let vessels: [PhantomShape]

    /// What is placed, the largest first, while there is most room.
    private static let wanted: [(kind: PhantomNodule.Kind, diameterMM: Float)] = [
        (.solid, 25), (.pleural, 18), (.groundGlass, 16), (.solid, 13), (.vascular, 10), (.solid, 8), (.pleural, 7),
        (.solid, 6), (.solid, 5), (.solid, 4),
    ]
    private static let attempts = 4000
    private static let groundGlassOpacity: Float = 0.34

    init(seed: UInt64, geometry: GridGeometry, organs: [PhantomShape], tree: [PhantomShape]) {
        random = SplitMix64(seed: seed ^ 0x6E_6F64_756C_65)
        self.geometry = geometry
        self.organs = organs
        vessels = tree.filter { $0.hounsfield == ChestAnatomy.HU.blood }
    }

    mutating func placeAll() {
        for (kind, diameterMM) in Self.wanted {
            // Up to 15 % shorter across: ellipsoids whose longest axis is the diameter.
            let shape = SIMD3(1, Float(random.next(in: 0.85...1)), Float(random.next(in: 0.85...1)))
            let radii = shape * (diameterMM / 2)
            for _ in 0..<Self.attempts {
                let centre = randomPoint()
                guard isSuitable(centre, kind, radius: diameterMM / 2) else { continue }
                add(kind, centre, radii)
                break
            }
        }
    }

    private mutating func randomPoint() -> SIMD3<Float> {
        SIMD3(
            Float(random.next(in: -135...135)), Float(random.next(in: -100...100)), Float(random.next(in: -110...110)))
    }

    private func isSuitable(_ centre: SIMD3<Float>, _ kind: PhantomNodule.Kind, radius: Float) -> Bool {
        guard isInPicture(centre, radius: radius) else { return false }
        let depth = -ChestAnatomy.lungDistance(centre)
        guard depth > 0, clearance(of: organs, centre) > radius + 4 else { return false }
        let pleura = kind == .pleural ? abs(depth - 0.7 * radius) < 1 : depth > radius + 5
        guard pleura, shapes.allSatisfy({ $0.signedDistance(centre) > radius + 12 }) else { return false }
        let vessel = clearance(of: vessels.filter { $0.widest > 0.9 }, centre)
        switch kind {
        case .vascular: return abs(vessel - 0.8 * radius) < 1
        case .groundGlass: return vessel > -0.5 * radius
        case .solid, .pleural: return vessel > radius + 1.5
        }
    }

    private func isInPicture(_ centre: SIMD3<Float>, radius: Float) -> Bool {
        let point = PointMM(x: Double(centre.x), y: Double(centre.y), z: Double(centre.z))
        let indices = geometry.indices(of: point)
        func isInside(_ index: Double, _ count: Int, _ spacing: Double) -> Bool {
            let margin = Double(radius) / spacing + 2
            return index > margin && index < Double(count - 1) - margin
        }
        return isInside(indices.i, geometry.size.width, geometry.spacing.i)
            && isInside(indices.j, geometry.size.height, geometry.spacing.j)
            && isInside(indices.k, geometry.size.depth, geometry.spacing.k)
    }

    private func clearance(of shapes: [PhantomShape], _ point: SIMD3<Float>) -> Float {
        shapes.reduce(Float.infinity) { min($0, $1.signedDistance(point)) }
    }

    private mutating func add(_ kind: PhantomNodule.Kind, _ centre: SIMD3<Float>, _ radii: SIMD3<Float>) {
        let solidHU = Float(random.next(in: 25...55))
        var shape = PhantomShape.ellipsoid(centre, radii, solidHU)
        if kind == .groundGlass { shape.opacity = Self.groundGlassOpacity }
        shapes.append(shape)
        let lungHU = ChestAnatomy.HU.lung + 0.25 * centre.y
        nodules.append(
            PhantomNodule(
                kind: kind, centre: PointMM(x: Double(centre.x), y: Double(centre.y), z: Double(centre.z)),
                diameterMM: Double(radii.max() * 2), volumeML: Self.volumeML(shape, centre, radii),
                meanHU: Double(lungHU + (solidHU - lungHU) * shape.opacity), side: centre.x > 0 ? .left : .right))
    }

    /// The volume within the lung, counted on a grid of 40 points per axis.
    private static func volumeML(_ shape: PhantomShape, _ centre: SIMD3<Float>, _ radii: SIMD3<Float>) -> Double {
        let steps = 40
        var count = 0
        for n in 0..<steps * steps * steps {
            let cell = SIMD3(Float(n % steps), Float(n / steps % steps), Float(n / (steps * steps)))
            let unit = (cell + 0.5) / Float(steps) * 2 - 1
            guard (unit * unit).sum() <= 1 else { continue }
            if ChestAnatomy.lungDistance(centre + unit * radii) < 0 { count += 1 }
        }
        let cellMM3 = Double(radii.x * radii.y * radii.z) * 8 / Double(steps * steps * steps)
        return Double(count) * cellMM3 / 1000
    }
}
