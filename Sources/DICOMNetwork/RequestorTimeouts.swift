/// How long an association requestor waits. Connecting takes at most 10 s (a process-wide setting of DCMTK).
public struct RequestorTimeouts: Sendable {
    /// For the answer to an association request, and to a release.
    public var association: Duration = .seconds(10)
    /// For the response to a message: an archive may take its time to store.
    public var response: Duration = .seconds(60)
    /// Longest silence of the peer while a message goes out or comes in.
    public var transfer: Duration = .seconds(30)

    public init() {}
}
