/// A number for each axis of an array.
public struct PerAxis: Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var z: Int
    public var y: Int
    public var x: Int

    public init(z: Int, y: Int, x: Int) {
        self.z = z
        self.y = y
        self.x = x
    }

    /// The same along every axis.
    public init(_ all: Int) {
        self.init(z: all, y: all, x: all)
    }

    public init(integerLiteral all: Int) {
        self.init(all)
    }

    public var product: Int { z * y * x }

    /// Combines two axis by axis.
    public func combined(_ other: PerAxis, _ combine: (Int, Int) -> Int) -> PerAxis {
        PerAxis(z: combine(z, other.z), y: combine(y, other.y), x: combine(x, other.x))
    }

    public func allSatisfy(_ isTrue: (Int) -> Bool) -> Bool { isTrue(z) && isTrue(y) && isTrue(x) }
}

extension TensorShape {
    public init(_ extent: PerAxis, channels: Int) {
        self.init(depth: extent.z, height: extent.y, width: extent.x, channels: channels)
    }

    /// Without the channels.
    public var extent: PerAxis { PerAxis(z: depth, y: height, x: width) }
}
