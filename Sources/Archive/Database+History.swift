import Foundation
import GRDB

extension Database {
    /// Adds a line to the history, in the transaction of what it tells of.
    func record(
        _ kind: String, at time: Date, series: SeriesID, job: JobID? = nil, detail: String? = nil
    ) throws {
        try run(
            "INSERT INTO event (at, seriesID, jobID, kind, detail) VALUES (?, ?, ?, ?, ?)",
            [time.unix, series.rawValue, job?.rawValue, kind, detail])
    }
}
