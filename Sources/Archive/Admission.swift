/// Whether there is room for more.
public enum Admission: Sendable, Equatable {
    case open
    /// New associations are to be rejected (PS3.8 §9.3.4: local limit exceeded); the text says why.
    case refuseAssociations(String)
    /// Objects are to be answered with 0xA700 as well; the text says why.
    case refuseObjects(String)

    /// - Parameters:
    ///   - freeBytes: free space of the file system, for unprivileged users
    ///   - storedBytes: what the archive holds
    init(freeBytes: Int64, storedBytes: Int64, watermarks: Watermarks) {
        let underQuota = watermarks.quotaBytes.map { max($0 - storedBytes, 0) } ?? .max
        let room = min(freeBytes, underQuota)
        let limit = underQuota < freeBytes ? "the quota" : "the disk"
        let why = "\(room >> 20) MiB left on \(limit) of the data directory; free some space or let retention do so"
        if room < watermarks.refuseObjectsBelowBytes || room <= 0 {
            self = .refuseObjects(why)
        } else if room < watermarks.refuseAssociationsBelowBytes {
            self = .refuseAssociations(why)
        } else {
            self = .open
        }
    }
}
