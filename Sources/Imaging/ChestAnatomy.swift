/// The large parts of a phantom's chest: trunk, rib cage, lungs and diaphragm. LPS in mm, 0 in the middle of the chest.
struct ChestAnatomy {
    enum HU {
        static let air: Float = -1000
        static let skin: Float = 10
        static let fat: Float = -105
        static let muscle: Float = 52
        static let blood: Float = 42
        static let lung: Float = -862
        static let liver: Float = 58
        static let cortex: Float = 620
        static let marrow: Float = 190
    }

    /// What one slice needs to know.
    struct Slice {
        let z: Float
        fileprivate let trunk: (a: Float, b: Float)
        let cage: (a: Float, b: Float)
        fileprivate let lung: (a: Float, b: Float)
    }

    /// Where the lungs end at the top.
    static let apexZ: Float = 112
    private static let lungCentreX: Float = 66

    static func slice(_ z: Float) -> Slice {
        // Full width up to z = -20, from there a quarter of an ellipse up to the apex.
        let rise = max(0, (z + 20) / (apexZ + 20))
        let taper = max(0, 1 - rise * rise).squareRoot()
        let shoulders = max(0, min(1, (z - 40) / 90))
        let cageTaper = 0.42 + 0.58 * taper
        return Slice(
            z: z, trunk: (168 + 4 * shoulders, 112 - 10 * shoulders),
            cage: (138 * cageTaper, 101 * cageTaper),
            lung: (62 * taper, 96 * taper))
    }

    /// The tissue at a point, edges softened. `texture` is added inside of the lung.
    @inline(__always)
    static func tissue(_ x: Float, _ y: Float, _ slice: Slice, texture: Float) -> Float {
        let trunk = ImplicitSurface.ellipse(x, y, slice.trunk.a, slice.trunk.b)
        guard trunk < 1 else { return outside(x, y) }
        var value = mixed(HU.air, HU.skin, trunk)
        value = mixed(value, HU.fat, trunk + 2.5)
        value = mixed(value, HU.muscle, trunk + 15)
        let cage = ImplicitSurface.ellipse(x, y, slice.cage.a, slice.cage.b)
        guard cage < 1 else { return value }
        let floor = diaphragm(x, y) - slice.z
        value = mixed(value, floor > 0 ? HU.liver : HU.fat, cage + 9)
        let lung = max(lungDistance(x, y, slice, cage: cage), floor)
        guard lung < 1 else { return value }
        return mixed(value, HU.lung + 0.25 * y + texture, lung)
    }

    /// Air, and the curved plate of the table under the back.
    @inline(__always)
    private static func outside(_ x: Float, _ y: Float) -> Float {
        let plate = abs(y - (134 - x * x / 1200)) - 1.5
        return abs(x) < 190 ? mixed(HU.air, -150, plate) : HU.air
    }

    /// The distance to the surface of the lungs, negative inside.
    static func lungDistance(_ point: SIMD3<Float>) -> Float {
        let slice = slice(point.z)
        guard slice.lung.a > 1 else { return 100 }
        let cage = ImplicitSurface.ellipse(point.x, point.y, slice.cage.a, slice.cage.b)
        return max(
            lungDistance(point.x, point.y, slice, cage: cage), diaphragm(point.x, point.y) - slice.z)
    }

    @inline(__always)
    private static func lungDistance(_ x: Float, _ y: Float, _ slice: Slice, cage: Float) -> Float {
        guard slice.lung.a > 1 else { return 100 }
        let lung = ImplicitSurface.ellipse(abs(x) - lungCentreX, y, slice.lung.a, slice.lung.b)
        return max(lung, cage + 9)
    }

    /// The height of the diaphragm: a dome under each lung, the right one higher, deep recesses at the back.
    @inline(__always)
    private static func diaphragm(_ x: Float, _ y: Float) -> Float {
        let (u, v) = ((abs(x) - 58) / 62, (y + 18) / 70)
        return -118 + (x < 0 ? 62 : 52) / (1 + u * u + v * v)
    }

    @inline(__always)
    private static func mixed(_ below: Float, _ above: Float, _ distance: Float) -> Float {
        below + (above - below) * ImplicitSurface.coverage(distance)
    }
}
