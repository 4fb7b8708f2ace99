/// A point in the patient's LPS space in mm: x to the left, y to the back, z to the head (PS3.3 §C.7.6.2.1.1).
public struct PointMM: Hashable, Sendable, Codable {
    public var x: Double
    public var y: Double
    public var z: Double

    public init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    public static func - (left: PointMM, right: PointMM) -> VectorMM {
        VectorMM(x: left.x - right.x, y: left.y - right.y, z: left.z - right.z)
    }

    public static func + (point: PointMM, vector: VectorMM) -> PointMM {
        PointMM(x: point.x + vector.x, y: point.y + vector.y, z: point.z + vector.z)
    }
}

/// A displacement or direction in the patient's LPS space, in mm (directions have length 1).
public struct VectorMM: Hashable, Sendable, Codable {
    public var x: Double
    public var y: Double
    public var z: Double

    public init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    public var length: Double { dot(self).squareRoot() }

    public func dot(_ other: VectorMM) -> Double { x * other.x + y * other.y + z * other.z }

    public func cross(_ other: VectorMM) -> VectorMM {
        VectorMM(x: y * other.z - z * other.y, y: z * other.x - x * other.z, z: x * other.y - y * other.x)
    }

    /// The direction of the vector; the zero vector stays zero.
    public var normalized: VectorMM { length > 0 ? self * (1 / length) : self }

    public static func + (left: VectorMM, right: VectorMM) -> VectorMM {
        VectorMM(x: left.x + right.x, y: left.y + right.y, z: left.z + right.z)
    }

    public static func - (left: VectorMM, right: VectorMM) -> VectorMM { left + right * -1 }

    public static func * (vector: VectorMM, factor: Double) -> VectorMM {
        VectorMM(x: vector.x * factor, y: vector.y * factor, z: vector.z * factor)
    }
}
