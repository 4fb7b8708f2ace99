/// A solid of one tissue that is painted over what is there. Points are in mm in LPS space.
struct PhantomShape {
    enum Form {
        case ellipsoid(centre: SIMD3<Float>, radii: SIMD3<Float>)
        /// A tube with round ends, its radius changing from one to the other.
        case tube(from: SIMD3<Float>, to: SIMD3<Float>, radii: (Float, Float))
    }

    let form: Form
    let hounsfield: Float
    /// How much of what is below it a shape hides: 1, or less for ground glass.
    var opacity: Float = 1

    static func ellipsoid(_ centre: SIMD3<Float>, _ radii: SIMD3<Float>, _ hounsfield: Float) -> PhantomShape {
        PhantomShape(form: .ellipsoid(centre: centre, radii: radii), hounsfield: hounsfield)
    }

    static func tube(
        _ from: SIMD3<Float>, _ to: SIMD3<Float>, _ radii: (Float, Float), _ hounsfield: Float
    ) -> PhantomShape {
        PhantomShape(form: .tube(from: from, to: to, radii: radii), hounsfield: hounsfield)
    }

    /// A chain of tubes of one radius.
    static func path(_ points: [SIMD3<Float>], radius: Float, _ hounsfield: Float) -> [PhantomShape] {
        zip(points, points.dropFirst()).map { tube($0, $1, (radius, radius), hounsfield) }
    }

    var bounds: (lower: SIMD3<Float>, upper: SIMD3<Float>) {
        switch form {
        case .ellipsoid(let centre, let radii):
            (centre - radii, centre + radii)
        case .tube(let from, let to, let radii):
            (
                pointwiseMin(from, to) - max(radii.0, radii.1), pointwiseMax(from, to) + max(radii.0, radii.1)
            )
        }
    }

    /// The larger radius of a tube, the smallest of an ellipsoid.
    var widest: Float {
        switch form {
        case .ellipsoid(_, let radii): radii.min()
        case .tube(_, _, let radii): max(radii.0, radii.1)
        }
    }

    /// The distance to the surface in mm, negative inside; near the surface only approximate for ellipsoids.
    @inline(__always)
    func signedDistance(_ point: SIMD3<Float>) -> Float {
        switch form {
        case .ellipsoid(let centre, let radii):
            return ImplicitSurface.ellipsoid(point - centre, radii)
        case .tube(let from, let to, let radii):
            let axis = to - from
            let offset = point - from
            let squaredLength = (axis * axis).sum()
            let along = squaredLength > 0 ? min(max((offset * axis).sum() / squaredLength, 0), 1) : 0
            let across = offset - axis * along
            return (across * across).sum().squareRoot() - (radii.0 + (radii.1 - radii.0) * along)
        }
    }
}

/// Distances to surfaces that are given as the level of a function: its value over its slope.
enum ImplicitSurface {
    @inline(__always)
    static func ellipsoid(_ point: SIMD3<Float>, _ radii: SIMD3<Float>) -> Float {
        let scaled = point / radii
        let level = (scaled * scaled).sum().squareRoot()
        let slope = scaled / radii
        let steepness = (slope * slope).sum().squareRoot()
        // At the centre the slope vanishes.
        guard steepness > 1e-6 else { return -radii.min() }
        return (level - 1) * level / steepness
    }

    @inline(__always)
    static func ellipse(_ x: Float, _ y: Float, _ a: Float, _ b: Float) -> Float {
        let (u, v) = (x / a, y / b)
        let level = (u * u + v * v).squareRoot()
        let (s, t) = (u / a, v / b)
        let steepness = (s * s + t * t).squareRoot()
        guard steepness > 1e-6 else { return -min(a, b) }
        return (level - 1) * level / steepness
    }

    /// How much of a voxel a surface at this distance fills: the edge of a reconstruction is about 1.2 mm wide.
    @inline(__always)
    static func coverage(_ distance: Float) -> Float {
        let t = min(max(0.5 - distance / 1.2, 0), 1)
        return t * t * (3 - 2 * t)
    }
}
