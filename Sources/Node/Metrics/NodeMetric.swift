/// The metrics of a node: their names at Prometheus, and what they tell.
enum NodeMetric: String, CaseIterable {
    case buildInfo = "fovea_build_info"
    case associations = "fovea_associations_total"
    case instances = "fovea_instances_total"
    case receivedBytes = "fovea_received_bytes_total"
    case jobsAnswered = "fovea_jobs_answered_total"
    case jobSeconds = "fovea_job_seconds"
    case stepSeconds = "fovea_step_seconds"
    case deliveryAttempts = "fovea_delivery_attempts_total"
    case jobs = "fovea_jobs"
    case deliveries = "fovea_deliveries"
    case windows = "fovea_autopath_windows_total"
    case blocksComputed = "fovea_autopath_blocks_computed_total"
    case blocksDropped = "fovea_autopath_blocks_dropped_total"
    case workSaved = "fovea_autopath_work_saved_ratio"
    case timeSaved = "fovea_autopath_time_saved_ratio"

    var help: String {
        switch self {
        case .buildInfo: "The version of Fovea and the instruction set of its kernels; always 1."
        case .associations: "Associations with senders, by how they ended."
        case .instances: "C-STORE requests, by how they were answered; counted when their association ends."
        case .receivedBytes: "Bytes of the data sets received; counted when their association ends."
        case .jobsAnswered: "Answers to jobs, by their outcome."
        case .jobSeconds: "Seconds from the claim of a job to its answer."
        case .stepSeconds: "Seconds of each step of a job."
        case .deliveryAttempts: "Attempts to send an object to a destination, by whether it was taken."
        case .jobs: "Jobs that are not at their end, by state; counted up to \(QueueCounts.limit)."
        case .deliveries: "Objects that are not at their destination, by state; counted up to \(QueueCounts.limit)."
        case .windows: "Windows that AutoPath segmented."
        case .blocksComputed: "Windows in which AutoPath computed a block; blocks count from 1."
        case .blocksDropped: "Windows in which AutoPath dropped a block; blocks count from 1."
        case .workSaved: "Share of the full network's multiply-accumulates that AutoPath saved, summed over jobs."
        case .timeSaved: "Share of the full network's measured time that AutoPath saved, summed over jobs."
        }
    }
}
