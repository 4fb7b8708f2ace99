public import Foundation

/// All durable state of a node: stored instances, series and their deadlines, jobs, the outbox, history.
///
/// Every method blocks, on the disk or on SQLite: call none of them on Swift's cooperative thread pool. All of them may
/// be called from any thread, and what they return is durable.
public final class Archive: Sendable {
    public enum Access: Sendable {
        /// The one daemon of the directory: locks it, migrates the database, puts right what a crash left.
        case daemon
        /// A tool beside the daemon, or without one: neither locks nor repairs anything.
        case tool
    }

    /// What start-up put right.
    public let recovery: RecoveryReport

    /// May change while the archive is open; what is decided later follows it.
    public var configuration: ArchiveConfiguration {
        get { settings.current }
        set { settings.current = newValue }
    }

    let access: Access
    let door: InstanceDoor
    let reception: GroupCommit<SealedInstance, Result<StoreOutcome, ArchiveError>>
    private let settings: SharedConfiguration
    private let lock: DirectoryLock?

    /// - Parameters:
    ///   - directory: the data directory, made if it is not there (its parent must be)
    ///   - now: the clock
    /// - Throws: `inUse`, `damagedDatabase`, `newerSchema`, `olderSchema`, `networkFileSystem`, `notFound` (a tool
    ///   found no archive), and what the disk says. Nothing is changed then.
    public convenience init(
        directory: URL, configuration: ArchiveConfiguration = ArchiveConfiguration(), access: Access = .daemon,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(ArchiveError) {
        try self.init(
            directory: directory, configuration: configuration, access: access, now: now, fileSystem: POSIXFileSystem())
    }

    /// - Parameter trace: called with the text of every SQL statement
    package init(
        directory: URL, configuration: ArchiveConfiguration, access: Access, now: @escaping @Sendable () -> Date,
        fileSystem: any FileSystem, trace: (@Sendable (String) -> Void)? = nil
    ) throws(ArchiveError) {
        let layout = ArchiveLayout(directory)
        self.access = access
        settings = SharedConfiguration(configuration)
        do {
            lock = access == .daemon ? try layout.prepare(fileSystem) : nil
            let database = try ArchiveDatabase(path: layout.database, isCreator: access == .daemon, trace: trace)
            let door = InstanceDoor(
                layout: layout, fileSystem: fileSystem, database: database, settings: settings, now: now)
            recovery = access == .daemon ? try Recovery(door: door).run() : RecoveryReport()
            reception = GroupCommit { door.commit($0) }
            self.door = door
        } catch {
            throw ArchiveError(mapping: error, database: layout.database)
        }
    }

    var database: ArchiveDatabase { door.database }
    var fileSystem: any FileSystem { door.fileSystem }
    var layout: ArchiveLayout { door.layout }

    func now() -> Date { door.now() }
}
