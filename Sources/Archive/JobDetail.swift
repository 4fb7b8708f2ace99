/// A job with everything that belongs to it.
public struct JobDetail: Sendable, Equatable, Codable {
    public let job: JobRecord
    /// Of the job and of its series, oldest first.
    public let history: [EventRecord]
    public let results: [ResultRecord]
    public let deliveries: [DeliveryRecord]
}
