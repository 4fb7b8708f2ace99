import DICOMCore
import GRDB

extension Archive {
    /// Studies, the latest received first.
    public func studies(_ filter: StudyFilter = StudyFilter()) throws(ArchiveError) -> [StudyRecord] {
        var conditions = SQLConditions()
        conditions.add("study.lastReceivedAt >= ?", filter.since?.unix)
        conditions.add(
            "EXISTS (SELECT 1 FROM series WHERE series.studyID = study.id AND series.callingAETitle = ?)",
            filter.callingAETitle?.rawValue)
        return try list(
            """
            SELECT study.*, (SELECT count(*) FROM series WHERE studyID = study.id) AS seriesCount,
                (SELECT total(instanceCount) FROM series WHERE studyID = study.id) AS instanceCount,
                (SELECT total(byteCount) FROM series WHERE studyID = study.id) AS byteCount
            FROM study
            """, conditions, order: "study.lastReceivedAt DESC", limit: filter.limit)
    }

    /// Series, the latest received first.
    public func series(_ filter: SeriesFilter) throws(ArchiveError) -> [SeriesRecord] {
        var conditions = SQLConditions()
        conditions.add("series.studyID = ?", filter.study?.rawValue)
        conditions.add("series.seriesInstanceUID = ?", filter.seriesInstanceUID?.rawValue)
        conditions.add("series.state = ?", filter.state?.rawValue)
        conditions.add("series.callingAETitle = ?", filter.callingAETitle?.rawValue)
        conditions.add("series.lastInstanceAt >= ?", filter.since?.unix)
        return try list(Self.seriesColumns, conditions, order: "series.lastInstanceAt DESC", limit: filter.limit)
    }

    /// Jobs, the latest enqueued first.
    public func jobs(_ filter: JobFilter = JobFilter()) throws(ArchiveError) -> [JobRecord] {
        var conditions = SQLConditions()
        conditions.add("job.state", oneOf: filter.states.map(\.rawValue))
        conditions.add("job.pipeline = ?", filter.pipeline)
        conditions.add("job.seriesID = ?", filter.series?.rawValue)
        conditions.add("series.callingAETitle = ?", filter.callingAETitle?.rawValue)
        conditions.add("job.createdAt >= ?", filter.since?.unix)
        return try list(Database.jobColumns, conditions, order: "job.id DESC", limit: filter.limit)
    }

    /// One job; nil if there is none.
    public func job(_ id: JobID) throws(ArchiveError) -> JobRecord? {
        try database.read { db in try db.job(id) }
    }

    /// A job with its history, results and deliveries.
    ///
    /// - Throws: `notFound`
    public func jobDetail(_ id: JobID) throws(ArchiveError) -> JobDetail {
        try database.read { db in
            let job = try db.existingJob(id)
            return JobDetail(
                job: job,
                history: try db.all(
                    "SELECT * FROM event WHERE seriesID = ? AND (jobID IS NULL OR jobID = ?) ORDER BY id",
                    [job.seriesID.rawValue, id.rawValue]),
                results: try results("jobID = ? AND answer = ?", [id.rawValue, job.answer], db),
                deliveries: try db.all(
                    deliveryColumns + " WHERE delivery.jobID = ? ORDER BY delivery.id", [id.rawValue]))
        }
    }

    /// Deliveries, the latest first. Those in state dead are the dead letters.
    public func deliveries(_ filter: DeliveryFilter = DeliveryFilter()) throws(ArchiveError) -> [DeliveryRecord] {
        var conditions = SQLConditions()
        conditions.add("delivery.state", oneOf: filter.states.map(\.rawValue))
        conditions.add("delivery.destination = ?", filter.destination)
        conditions.add("delivery.jobID = ?", filter.job?.rawValue)
        return try list(deliveryColumns, conditions, order: "delivery.id DESC", limit: filter.limit)
    }

    private func list<Record: Decodable>(
        _ columns: String, _ conditions: SQLConditions, order: String, limit: Int
    ) throws(ArchiveError) -> [Record] {
        try database.read { db in
            try db.all(
                "\(columns)\(conditions.sql) ORDER BY \(order) LIMIT ?", conditions.arguments + [limit])
        }
    }
}
