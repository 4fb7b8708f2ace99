import Crypto
public import DICOMCore

/// The identity of a result: the same inputs, model, parameters and path give the same UIDs, anything else others.
///
/// UIDs are 2.25 followed by the first 128 bits of a SHA-256 digest (PS3.5 §B.2).
public struct ResultIdentity: Hashable, Sendable {
    private let seed: String

    /// - Parameters:
    ///   - instances: the instances that went in, with a digest of their bytes; their order does not matter.
    ///   - modelDigest: the digest of the model package.
    ///   - parameters: all settings that change the result, in a canonical form.
    ///   - executedPath: which engine and instruction set computed it, since they differ in the last bits.
    public init(
        instances: [(uid: SOPInstanceUID, digest: String)], modelDigest: String, parameters: String,
        executedPath: String
    ) {
        // Length-prefixed fields: no two different inputs give the same text.
        let fields = [modelDigest, parameters, executedPath] + instances.map { "\($0.uid) \($0.digest)" }.sorted()
        let text = fields.map { "\($0.utf8.count):\($0)" }.joined()
        seed = SHA256.hash(data: Array(text.utf8)).map { String($0, radix: 16) }.joined(separator: ".")
    }

    /// All overlays share one series; segmentation and report have one each, since viewers show one segmentation per
    /// series.
    public func seriesUID(_ role: ResultRole) -> SeriesInstanceUID {
        if case .overlay = role { return uid("series overlays") }
        return uid("series \(role)")
    }

    public func instanceUID(_ role: ResultRole) -> SOPInstanceUID { uid("instance \(role)") }

    /// The UID under which segment `segment` (from 1) and its measurements are tracked (PS3.16 TID 1411).
    public func trackingUID(segment: Int) -> TrackingUID { uid("tracking \(segment)") }

    /// Joins the dimension indices of the segmentation (PS3.3 §C.7.6.17).
    var dimensionOrganizationUID: String { (uid("dimensions") as SOPInstanceUID).rawValue }

    private func uid<Role>(_ role: String) -> UniqueIdentifier<Role> { UniqueIdentifier(hashing: "\(seed) \(role)") }
}

/// What a result object is within its result set.
public enum ResultRole: Hashable, Sendable, CustomStringConvertible {
    case segmentation
    case report
    /// The overlay of finding `finding`, from 1.
    case overlay(finding: Int)

    public var description: String {
        switch self {
        case .segmentation: "segmentation"
        case .report: "report"
        case .overlay(let finding): "overlay \(finding)"
        }
    }
}
