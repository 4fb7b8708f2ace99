/// Which deliveries to list, newest first.
public struct DeliveryFilter: Sendable {
    public var states: [DeliveryRecord.State]
    public var destination: String?
    public var job: JobID?
    public var limit: Int

    public init(
        states: [DeliveryRecord.State] = [], destination: String? = nil, job: JobID? = nil, limit: Int = 100
    ) {
        self.states = states
        self.destination = destination
        self.job = job
        self.limit = limit
    }
}
