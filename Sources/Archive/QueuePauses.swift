/// What is kept from being claimed.
public struct QueuePauses: Sendable, Equatable, Codable {
    public let wholeQueue: Bool
    public let pipelines: [String]
}
