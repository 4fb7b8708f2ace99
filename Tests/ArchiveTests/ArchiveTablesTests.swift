import Archive
import DICOMCore
import Testing

@Suite("Archive: tables")
struct ArchiveTablesTests {
    @Test("each failure has its response", arguments: ArchiveError.Code.allCases)
    func status(code: ArchiveError.Code) {
        let table: [ArchiveError.Code: UInt16] = [
            .outOfSpace: 0xA700, .readOnly: 0xA700, .mismatch: 0xA900, .unreadable: 0xC000, .damagedDatabase: 0x0110,
            .newerSchema: 0x0110, .olderSchema: 0x0110, .inUse: 0x0110, .networkFileSystem: 0x0110, .notFound: 0x0110,
            .illegalTransition: 0x0110, .internal: 0x0110,
        ]
        #expect(ArchiveError(code, "").status.rawValue == table[code])
    }

    @Test(
        "waits grow up to their maximum", arguments: [(0, 5.0), (1, 5), (2, 10), (3, 20), (4, 40), (5, 60), (1000, 60)])
    func backoff(attempts: Int, seconds: Double) {
        let policy = RetryPolicy(maximumAttempts: 10, firstDelaySeconds: 5, maximumDelaySeconds: 60)
        #expect(policy.delaySeconds(afterAttempts: attempts) == seconds)
    }

    @Test(
        "network file systems are known by the mount that holds the path",
        arguments: [
            ("/data", false), ("/data/pacs", true), ("/data/pacs/x", true), ("/data/pacsx", false),
            ("/with space/x", true),
            ("/data/pacs/local/x", false), ("/", false),
        ])
    func mounts(path: String, isOnNetwork: Bool) {
        let table = MountTable(
            """
            /dev/sda1 / ext4 rw 0 0
            host:/export /data/pacs nfs4 rw 0 0
            /dev/sdb1 /data/pacs/local xfs rw 0 0
            //host/share /with\\040space cifs rw 0 0
            """)
        #expect(table.isOnNetwork(path) == isOnNetwork)
    }
}
