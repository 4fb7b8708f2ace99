import Foundation

/// A colour in sRGB.
public struct RGBColour: Hashable, Sendable, Codable {
    public let red: UInt8
    public let green: UInt8
    public let blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// The colour as DICOM CIELab: L from 0 to 65535 for 0 to 100, a and b from 0 to 65535 for -128 to 127.
    ///
    /// The white point is sRGB's D65, as DCMTK, highdicom and the viewers have it; PS3.3 §C.10.7.1.1 says D50.
    package var cieLab: [Int] {
        let (r, g, b) = (Self.linear(red), Self.linear(green), Self.linear(blue))
        // IEC 61966-2-1, over the white point.
        let x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.9504559
        let y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
        let z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.0890578
        let (fx, fy, fz) = (Self.compress(x), Self.compress(y), Self.compress(z))
        let lightness = 116 * fy - 16
        return [
            Self.clamped(lightness * 65535 / 100), Self.clamped((500 * (fx - fy) + 128) * 65535 / 255),
            Self.clamped((200 * (fy - fz) + 128) * 65535 / 255),
        ]
    }

    private static func linear(_ value: UInt8) -> Double {
        let v = Double(value) / 255
        return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
    }

    /// The CIE 1976 L*a*b* compression.
    private static func compress(_ t: Double) -> Double {
        t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116
    }

    private static func clamped(_ value: Double) -> Int { Int(min(max(value.rounded(), 0), 65535)) }
}
