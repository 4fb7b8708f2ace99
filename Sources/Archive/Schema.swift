package import GRDB

/// The tables, as numbered migrations. A migration that has shipped is never edited; a change is a new one.
package enum Schema {
    package static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { db in try db.execute(sql: version1) }
        return migrator
    }

    /// Brings the database to the current version, or says why it cannot.
    static func prepare(_ pool: DatabasePool, mayMigrate: Bool) throws {
        let (isNewer, isCurrent) = try pool.read { db in
            (try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
        }
        if isNewer {
            throw ArchiveError(
                .newerSchema,
                "\(pool.path) was written by a newer version of Fovea. Nothing was changed. "
                    + "Install that version again, or restore the backup made before the update")
        }
        if isCurrent { return }
        guard mayMigrate else {
            throw ArchiveError(
                .olderSchema,
                "\(pool.path) was written by an older version of Fovea: start the daemon once, it migrates it")
        }
        try migrator.migrate(pool)
    }
}
