/// A transfer syntax that Fovea reads (PS3.5 §10, PS3.6 Annex A).
///
/// Explicit VR Big Endian and Deflated are read from files by DCMTK, but never offered or accepted on an association.
public enum TransferSyntax: String, CaseIterable, Sendable, Codable {
    case explicitVRLittleEndian = "1.2.840.10008.1.2.1"
    case implicitVRLittleEndian = "1.2.840.10008.1.2"
    case jpegLSLossless = "1.2.840.10008.1.2.4.80"
    case jpegLosslessSV1 = "1.2.840.10008.1.2.4.70"
    case jpegLossless = "1.2.840.10008.1.2.4.57"
    case jpeg2000Lossless = "1.2.840.10008.1.2.4.90"
    case rleLossless = "1.2.840.10008.1.2.5"
    case jpeg2000 = "1.2.840.10008.1.2.4.91"
    case jpegLSNearLossless = "1.2.840.10008.1.2.4.81"
    case jpegBaseline = "1.2.840.10008.1.2.4.50"
    case jpegExtended = "1.2.840.10008.1.2.4.51"

    /// All of them in our order of preference: uncompressed, lossless by speed of decoding, possibly lossy.
    public static var inOrderOfPreference: [TransferSyntax] { allCases }

    /// - Returns: nil for a transfer syntax that Fovea does not accept.
    public init?(_ uid: TransferSyntaxUID) { self.init(rawValue: uid.rawValue) }

    /// The UID; every raw value of this table is well formed (tested).
    public var uid: TransferSyntaxUID { TransferSyntaxUID(rawValue)! }

    /// The name of PS3.6 Annex A.
    public var name: String {
        switch self {
        case .explicitVRLittleEndian: "Explicit VR Little Endian"
        case .implicitVRLittleEndian: "Implicit VR Little Endian"
        case .jpegLSLossless: "JPEG-LS Lossless Image Compression"
        case .jpegLosslessSV1:
            "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])"
        case .jpegLossless: "JPEG Lossless, Non-Hierarchical (Process 14)"
        case .jpeg2000Lossless: "JPEG 2000 Image Compression (Lossless Only)"
        case .rleLossless: "RLE Lossless"
        case .jpeg2000: "JPEG 2000 Image Compression"
        case .jpegLSNearLossless: "JPEG-LS Lossy (Near-Lossless) Image Compression"
        case .jpegBaseline: "JPEG Baseline (Process 1)"
        case .jpegExtended: "JPEG Extended (Process 2 & 4)"
        }
    }

    /// Pixel data are in fragments (PS3.5 §A.4).
    public var isEncapsulated: Bool { self != .explicitVRLittleEndian && self != .implicitVRLittleEndian }

    /// The syntax allows loss; a given object may still be lossless.
    public var isLossy: Bool {
        switch self {
        case .jpeg2000, .jpegLSNearLossless, .jpegBaseline, .jpegExtended: true
        default: false
        }
    }
}
