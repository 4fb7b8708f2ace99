import GRDB
import Glibc

extension ArchiveError {
    /// - Parameter database: the path of the database, for the advice
    init(mapping error: any Error, database: String) {
        switch error {
        case let error as ArchiveError: self = error
        case let error as FileSystemError: self.init(error)
        case let error as DatabaseError: self.init(error, database: database)
        default: self.init(.internal, "the archive failed", cause: error)
        }
    }

    init(_ error: FileSystemError) {
        switch error.errno {
        case ENOSPC, EDQUOT: self.init(.outOfSpace, "the disk of the data directory is full", cause: error)
        case EROFS, EACCES, EPERM:
            self.init(.readOnly, "the data directory cannot be written: check its mount and its owner", cause: error)
        default: self.init(.internal, "the data directory failed", cause: error)
        }
    }

    private init(_ error: DatabaseError, database: String) {
        switch error.resultCode {
        case .SQLITE_FULL: self.init(.outOfSpace, "the disk of the database is full", cause: error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN:
            self.init(
                .readOnly, "the database \(database) cannot be written: check its mount and its owner", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.damagedDatabase, Self.damageAdvice(database), cause: error)
        case .SQLITE_BUSY:
            self.init(.internal, "the database \(database) stays locked by another process", cause: error)
        default: self.init(.internal, "the database \(database) failed", cause: error)
        }
    }

    static func damageAdvice(_ database: String) -> String {
        "\(database) is damaged or not a database. Nothing was changed. Copy the data directory, restore the database "
            + "from a backup or with `sqlite3 .recover`, and start again"
    }

    /// A failed fsync must not be tried again: the kernel reports the loss once and then forgets it.
    var isSynchronizationFailure: Bool { (cause as? FileSystemError)?.call == "fsync" }
}
