import Archive
import Testing
import Workflow

@Suite struct AnsweredJobTests {
    @Test("the log tells outcome, reason, objects and seconds") func line() {
        var job = AnsweredJob(id: JobID(rawValue: 17), pipeline: "lung", outcome: .refused)
        (job.reason, job.objectCount, job.seconds) = ("VOL-E05 no frame of reference", 1, 1.2349)
        #expect("\(WorkflowEvent.jobAnswered(job))" == """
            job 17: refused, VOL-E05 no frame of reference, 1 objects after 1.23 s
            """)
        job = AnsweredJob(id: JobID(rawValue: 18), pipeline: "lung", outcome: .findings)
        #expect("\(WorkflowEvent.jobAnswered(job))" == "job 18: findings, 0 objects after 0.0 s")
    }

    @Test("a failure is an error and a refusal a warning in the log")
    func severity() {
        func severity(_ outcome: JobOutcome) -> WorkflowEvent.Severity {
            WorkflowEvent.jobAnswered(AnsweredJob(id: JobID(rawValue: 1), pipeline: "lung", outcome: outcome)).severity
        }
        #expect(severity(.failed) == .error)
        #expect(severity(.refused) == .warning)
        #expect([.findings, .nothingFound, .notApplicable].allSatisfy { severity($0) == .information })
    }
}
