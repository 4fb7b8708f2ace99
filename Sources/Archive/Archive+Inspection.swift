import GRDB

extension Archive {
    /// SQLite's `PRAGMA synchronous` on the connection that writes: 2 is FULL.
    package func synchronousMode() throws(ArchiveError) -> Int {
        try database.writeInSteps { db in try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1 }
    }
}
