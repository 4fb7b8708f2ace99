import Archive
import DICOMCore

/// The choice between the series of a study.
extension SeriesClock {
    /// The series of one study and pipeline that share a frame of reference; one without is alone.
    private struct Group: Hashable {
        let pipeline: String
        let study: StudyID
    }

    /// Decides for every study none of whose series is still open. A later, better series supersedes the choice.
    func decideWaiting() throws(ArchiveError) {
        let waiting = try archive.jobs(JobFilter(states: [.waiting], limit: .max)).filter { $0.notBefore == nil }
        for group in Set(waiting.map { Group(pipeline: $0.pipeline, study: $0.studyID) }) {
            try decide(group, waiting.filter { $0.pipeline == group.pipeline && $0.studyID == group.study })
        }
    }

    private func decide(_ group: Group, _ jobs: [JobRecord]) throws(ArchiveError) {
        let pipeline = rules.value.pipeline(named: group.pipeline)
        let all = try archive.series(SeriesFilter(study: group.study, limit: .max))
        let matching = all.filter { series in
            !series.isOwnResult && (pipeline?.matches(PipelineRule.Subject(series)) ?? false)
        }
        var remaining = jobs
        while let next = remaining.first {
            let frame = all.first { $0.id == next.seriesID }?.frameOfReferenceUID
            let rivals = matching.filter { $0.id == next.seriesID || (frame != nil && $0.frameOfReferenceUID == frame) }
            let members = remaining.filter { job in job.id == next.id || rivals.contains { $0.id == job.seriesID } }
            remaining.removeAll { job in members.contains { $0.id == job.id } }
            guard rivals.allSatisfy({ $0.state == .closed }) else { continue }
            try decide(among: rivals, members, preferredKernels: pipeline?.preferredKernels ?? [])
        }
    }

    private func decide(
        among rivals: [SeriesRecord], _ jobs: [JobRecord], preferredKernels: [String]
    ) throws(ArchiveError) {
        var candidates: [SeriesCandidate] = []
        for series in rivals {
            candidates.append(SeriesCandidate(series, instances: try archive.instances(of: series.id)))
        }
        let selection = SeriesSelection(candidates, preferredKernels: preferredKernels)
        let chosen = jobs.first { $0.seriesInstanceUID == selection.chosen }
        let earlier = chosen == nil ? [] : try earlierChoices(rivals, besides: jobs)
        let unanswered = earlier.filter { [.waiting, .ready, .running].contains($0.state) }
        var others: [JobID: NotApplicable] = [:]
        for job in jobs + unanswered where job.id != chosen?.id {
            let reason = selection.reasons[job.seriesInstanceUID] ?? "the series is of no pipeline any more"
            others[job.id] = NotApplicable(reason: reason, chosen: selection.chosen)
            record(.seriesNotChosen(job.seriesInstanceUID, pipeline: job.pipeline, reason: reason))
        }
        try archive.decide(ready: chosen?.id, superseding: earlier.last?.id, notApplicable: others)
        if let chosen {
            record(.seriesChosen(chosen.seriesInstanceUID, pipeline: chosen.pipeline, others: others.count))
        }
    }

    /// The jobs that were chosen when the better series was not there yet, the latest last.
    private func earlierChoices(
        _ rivals: [SeriesRecord], besides jobs: [JobRecord]
    ) throws(ArchiveError) -> [JobRecord] {
        var earlier: [JobRecord] = []
        for series in rivals {
            earlier += try archive.jobs(JobFilter(pipeline: jobs.first?.pipeline, series: series.id, limit: .max))
        }
        return earlier.filter { job in
            job.outcome != .notApplicable && job.supersededByID == nil && !jobs.contains { $0.id == job.id }
        }.sorted { $0.id < $1.id }
    }
}
