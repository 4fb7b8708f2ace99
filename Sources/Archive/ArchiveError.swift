/// Why the archive could not do what it was asked: a code for programs, a message that a user can act on, the cause.
public struct ArchiveError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The disk, the quota or the database is full.
        case outOfSpace
        /// The data directory cannot be written.
        case readOnly
        /// The object contradicts what is already stored, or its own header.
        case mismatch
        /// The object's file cannot be read.
        case unreadable
        /// The database is not one, is malformed, or was lost while files are still there.
        case damagedDatabase
        /// The database was written by a newer version.
        case newerSchema
        /// The database has to be migrated by the daemon first.
        case olderSchema
        /// Another process serves this directory.
        case inUse
        /// The directory lies on a network file system, where SQLite's locks and shared memory do not hold.
        case networkFileSystem
        case notFound
        /// The job or delivery is not in a state that allows this.
        case illegalTransition
        case `internal`
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}
