import CDCMTK

/// The image of a file as its Image Pixel module describes it (PS3.3 §C.7.6.3): one sample per pixel in 1, 8 or 16
/// bits.
public struct PixelFormat: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    public let frameCount: Int
    public let bitsAllocated: Int
    public let bitsStored: Int
    public let highBit: Int
    public let isSigned: Bool

    public var pixelsPerFrame: Int { rows * columns }

    init(_ format: dcx_pixel_format) {
        rows = Int(format.rows)
        columns = Int(format.columns)
        frameCount = Int(format.frame_count)
        bitsAllocated = Int(format.bits_allocated)
        bitsStored = Int(format.bits_stored)
        highBit = Int(format.high_bit)
        isSigned = format.is_signed
    }
}

/// From stored values to output values: `slope * stored + intercept` (PS3.3 §C.11.1.1.2).
public struct Rescale: Hashable, Sendable {
    public let slope: Double
    public let intercept: Double

    public init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    public static let identity = Rescale(slope: 1, intercept: 0)
}

/// Stored values that stand for "no image here" (PS3.3 §C.7.5.1.1.2), and what the output holds in their place.
public struct PixelPadding: Hashable, Sendable {
    public let storedValues: ClosedRange<Int>
    public let replacement: Float

    public init(storedValues: ClosedRange<Int>, replacement: Float) {
        self.storedValues = storedValues
        self.replacement = replacement
    }
}

/// What a decoded frame holds.
public struct FrameStatistics: Hashable, Sendable {
    /// Pixels that were padding.
    public let paddingCount: Int
    /// Smallest and largest stored value that is not padding; nil if all pixels are.
    public let storedRange: ClosedRange<Int>?

    init(_ statistics: dcx_frame_statistics) {
        paddingCount = Int(statistics.padding_count)
        let (first, last) = (Int(statistics.minimum), Int(statistics.maximum))
        storedRange = first <= last ? first...last : nil
    }
}
