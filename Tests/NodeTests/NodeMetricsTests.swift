import Archive
import DICOMCore
import Models
import Node
import Testing
import Workflow

@Suite struct NodeMetricsTests {
    private let metrics = NodeMetrics(version: "1.2.3", isa: "avx2")

    /// The samples of all metrics with a prefix, without help and types.
    private func samples(_ prefix: String) -> [String] {
        metrics.exposition.split(separator: "\n").filter { $0.hasPrefix(prefix) }.map(String.init)
    }

    @Test("the version and the kernels are told from the start, and every metric explains itself") func build() {
        #expect(samples("fovea_build_info") == ["fovea_build_info{version=\"1.2.3\",isa=\"avx2\"} 1"])
        #expect(metrics.exposition.hasPrefix("# HELP fovea_build_info "))
        #expect(samples("fovea_instances") == [
            "fovea_instances_total{outcome=\"refused\"} 0", "fovea_instances_total{outcome=\"stored\"} 0",
        ])
    }

    @Test("an answered job counts by pipeline and outcome, with its seconds and those of its steps") func job() {
        var job = AnsweredJob(id: JobID(rawValue: 1), pipeline: "lung", outcome: .findings)
        job.seconds = 2.5
        job.timings = [
            StepDuration(step: "assemble", seconds: 0.5), StepDuration(step: "network", seconds: 1),
            StepDuration(step: "network", seconds: 0.25),
        ]
        metrics.record(.jobAnswered(job))
        metrics.record(.jobAnswered(job))
        metrics.record(.jobAnswered(AnsweredJob(id: JobID(rawValue: 2), pipeline: "lung", outcome: .refused)))
        #expect(samples("fovea_jobs_answered_total") == [
            "fovea_jobs_answered_total{pipeline=\"lung\",outcome=\"findings\"} 2",
            "fovea_jobs_answered_total{pipeline=\"lung\",outcome=\"refused\"} 1",
        ])
        #expect(samples("fovea_job_seconds") == [
            "fovea_job_seconds_sum{pipeline=\"lung\"} 5", "fovea_job_seconds_count{pipeline=\"lung\"} 3",
        ])
        #expect(samples("fovea_step_seconds") == [
            "fovea_step_seconds_sum{pipeline=\"lung\",step=\"assemble\"} 1",
            "fovea_step_seconds_count{pipeline=\"lung\",step=\"assemble\"} 2",
            "fovea_step_seconds_sum{pipeline=\"lung\",step=\"network\"} 2.5",
            "fovea_step_seconds_count{pipeline=\"lung\",step=\"network\"} 2",
        ])
        #expect(samples("fovea_autopath").isEmpty)
    }

    @Test("AutoPath's path counts window by window and block by block, with the shares that were saved") func path() {
        func window(_ isComputed: [Bool]) -> BlockUsage.Window {
            BlockUsage.Window(firstSlice: 0, isComputed: isComputed, keepProbabilities: [])
        }
        var job = AnsweredJob(id: JobID(rawValue: 1), pipeline: "liver", outcome: .nothingFound)
        job.blockUsage = BlockUsage(
            strategy: "policy", windows: [window([true, false, true]), window([true, true, true])],
            estimatedSaving: 0.25, measuredSaving: -0.125)
        metrics.record(.jobAnswered(job))
        job.blockUsage = BlockUsage(
            strategy: "full", windows: [window([true, true, true])], estimatedSaving: 0, measuredSaving: 0)
        metrics.record(.jobAnswered(job))
        #expect(samples("fovea_autopath") == [
            "fovea_autopath_blocks_computed_total{pipeline=\"liver\",block=\"1\"} 3",
            "fovea_autopath_blocks_computed_total{pipeline=\"liver\",block=\"2\"} 2",
            "fovea_autopath_blocks_computed_total{pipeline=\"liver\",block=\"3\"} 3",
            "fovea_autopath_blocks_dropped_total{pipeline=\"liver\",block=\"1\"} 0",
            "fovea_autopath_blocks_dropped_total{pipeline=\"liver\",block=\"2\"} 1",
            "fovea_autopath_blocks_dropped_total{pipeline=\"liver\",block=\"3\"} 0",
            "fovea_autopath_time_saved_ratio_sum{pipeline=\"liver\"} -0.125",
            "fovea_autopath_time_saved_ratio_count{pipeline=\"liver\"} 2",
            "fovea_autopath_windows_total{pipeline=\"liver\"} 3",
            "fovea_autopath_work_saved_ratio_sum{pipeline=\"liver\"} 0.25",
            "fovea_autopath_work_saved_ratio_count{pipeline=\"liver\"} 2",
        ])
    }

    @Test("deliveries count by destination and success, series that were not chosen as not applicable")
    func others() throws {
        let (id, uid) = (DeliveryID(rawValue: 1), try #require(SOPInstanceUID("1.2.3.4")))
        let series = try #require(SeriesInstanceUID("1.2.3"))
        metrics.record(.delivered(id, destination: "pacs", uid))
        metrics.record(.notDelivered(id, destination: "pacs", uid, reason: "it answered 0xA700"))
        metrics.record(.notDelivered(id, destination: "pacs", uid, reason: "no route"))
        metrics.record(.seriesNotChosen(series, pipeline: "lung", reason: "thicker"))
        #expect(samples("fovea_delivery") == [
            "fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"failed\"} 2",
            "fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"taken\"} 1",
        ])
        #expect(samples("fovea_jobs_answered") == [
            "fovea_jobs_answered_total{pipeline=\"lung\",outcome=\"not_applicable\"} 1"
        ])
        #expect(!metrics.exposition.contains("1.2.3.4") && !metrics.exposition.contains("no route"))
    }

    @Test("what the rules may count is there at 0 before it happens") func expected() throws {
        var rules = WorkflowRules()
        rules.pipelines = [PipelineRule(name: "lung", model: "lung-nodules")]
        rules.destinations = [Destination(name: "pacs", aeTitle: "PACS", host: "127.0.0.1", port: 4242)]
        let uid = try #require(SOPInstanceUID("1.2"))
        metrics.record(.delivered(DeliveryID(rawValue: 1), destination: "pacs", uid))
        metrics.expect(rules)
        #expect(samples("fovea_jobs_answered").count == JobOutcome.allCases.count)
        #expect(samples("fovea_jobs_answered").allSatisfy { $0.hasSuffix(" 0") })
        #expect(samples("fovea_delivery") == [
            "fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"failed\"} 0",
            "fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"taken\"} 1",
        ])
    }

    @Test("what waits is a gauge by state, 0 where nothing does") func queue() {
        metrics.record(QueueCounts(jobs: [.ready, .ready, .running], deliveries: [.due, .dead]))
        metrics.record(QueueCounts(jobs: [.ready], deliveries: [.due]))
        #expect(samples("fovea_jobs{") == [
            "fovea_jobs{state=\"delivering\"} 0", "fovea_jobs{state=\"ready\"} 1", "fovea_jobs{state=\"running\"} 0",
            "fovea_jobs{state=\"waiting\"} 0",
        ])
        #expect(samples("fovea_deliveries{") == [
            "fovea_deliveries{state=\"dead\"} 0", "fovea_deliveries{state=\"due\"} 1",
            "fovea_deliveries{state=\"sending\"} 0",
        ])
    }
}
