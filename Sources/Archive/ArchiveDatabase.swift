import Foundation
import GRDB

/// The SQLite database, and the only way to it: errors come out as `ArchiveError`.
final class ArchiveDatabase: Sendable {
    private let pool: DatabasePool

    /// - Parameters:
    ///   - isCreator: may create the file and migrate it
    ///   - trace: called with the text of every statement (tests look at their plans)
    init(path: String, isCreator: Bool, trace: (@Sendable (String) -> Void)?) throws {
        guard isCreator || FileManager.default.fileExists(atPath: path) else {
            throw ArchiveError(
                .notFound, "there is no archive at \(path): start the daemon once, or name its data directory")
        }
        pool = try DatabasePool(path: path, configuration: Self.configuration(trace: trace))
        try Self.makeDurable(pool)
        try Self.checkIntegrity(pool)
        try Schema.prepare(pool, mayMigrate: isCreator)
    }

    private static func configuration(trace: (@Sendable (String) -> Void)?) -> Configuration {
        var configuration = Configuration()
        configuration.label = "archive"
        // The command line and the daemon share the file; neither holds it for long.
        configuration.busyMode = .timeout(10)
        if let trace {
            configuration.prepareDatabase { db in
                db.trace { event in
                    if case .statement(let statement) = event { trace(statement.sql) }
                }
            }
        }
        return configuration
    }

    /// FULL makes every commit sync the WAL: what `store` promises. `DatabasePool` has just set NORMAL, and within a
    /// transaction the setting cannot be changed.
    private static func makeDurable(_ pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
    }

    private static func checkIntegrity(_ pool: DatabasePool) throws {
        let finding = try pool.read { db in try String.fetchOne(db, sql: "PRAGMA quick_check(1)") }
        guard finding == "ok" else {
            throw ArchiveError(.damagedDatabase, ArchiveError.damageAdvice(pool.path) + ": \(finding ?? "no answer")")
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(ArchiveError) -> Value {
        do { return try pool.read(body) } catch { throw ArchiveError(mapping: error, database: pool.path) }
    }

    /// One transaction (BEGIN IMMEDIATE), durable on return.
    func write<Value>(_ body: (Database) throws -> Value) throws(ArchiveError) -> Value {
        do { return try pool.write(body) } catch { throw ArchiveError(mapping: error, database: pool.path) }
    }

    /// Several transactions with nobody else of this process writing between them.
    func writeInSteps<Value>(_ body: (Database) throws -> Value) throws(ArchiveError) -> Value {
        do {
            return try pool.writeWithoutTransaction(body)
        } catch {
            throw ArchiveError(mapping: error, database: pool.path)
        }
    }
}
