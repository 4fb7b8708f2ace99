/// Two marks on the free space of the data directory, so that the node stops taking before the disk is full.
public struct Watermarks: Sendable, Equatable {
    /// New associations are refused below this many free bytes.
    public var refuseAssociationsBelowBytes: Int64
    /// Objects on open associations are refused too (0xA700) below this many free bytes.
    public var refuseObjectsBelowBytes: Int64
    /// The most that the archive may hold; nil: as much as the disk gives. The marks count from here too.
    public var quotaBytes: Int64?

    public init(
        refuseAssociationsBelowBytes: Int64 = 5 << 30, refuseObjectsBelowBytes: Int64 = 1 << 30,
        quotaBytes: Int64? = nil
    ) {
        self.refuseAssociationsBelowBytes = refuseAssociationsBelowBytes
        self.refuseObjectsBelowBytes = refuseObjectsBelowBytes
        self.quotaBytes = quotaBytes
    }
}
