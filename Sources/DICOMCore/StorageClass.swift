/// A storage SOP class (PS3.4 §B.5) and what this node does with its instances.
public struct StorageClass: Hashable, Sendable {
    /// Why an instance is kept.
    public enum Kind: Sendable {
        /// An image that may be part of a volume, or a picture beside it.
        case image
        /// A segmentation: a result, our own or another's.
        case segmentation
        /// A structured report: a result, our own or another's.
        case report
        /// Nothing that this node can use. Acknowledged and not kept, or refused, by configuration.
        case other
    }

    public let uid: SOPClassUID
    /// The keyword of PS3.6 Annex A, such as `CTImageStorage`.
    public let keyword: String
    public let kind: Kind

    /// A row of the table.
    /// - Parameter suffix: the UID after `1.2.840.10008.5.1.4.1.1.`.
    init(_ suffix: String, _ keyword: String, _ kind: Kind = .other) {
        uid = SOPClassUID("1.2.840.10008.5.1.4.1.1." + suffix)!
        self.keyword = keyword
        self.kind = kind
    }

    /// Instances of these classes are received to be kept.
    public static let kept = table.filter { $0.kind != .other }

    /// The other standard storage classes: dose reports, key objects, presentation states and so on.
    public static let others = table.filter { $0.kind == .other }

    /// - Returns: nil for a class that is not in the table, such as a private one.
    public static func with(uid: SOPClassUID) -> StorageClass? { byUID[uid] }

    private static let byUID = Dictionary(table.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
}
