/// An object whose bytes are on the disk, waiting for the commit that makes it part of the archive.
struct SealedInstance: Sendable {
    let received: ReceivedInstance
    let digest: FileDigest
}
