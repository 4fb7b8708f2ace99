import Synchronization

/// The configuration in force, shared by all parts of one archive.
final class SharedConfiguration: Sendable {
    private let value: Mutex<ArchiveConfiguration>

    init(_ configuration: ArchiveConfiguration) { value = Mutex(configuration) }

    var current: ArchiveConfiguration {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
