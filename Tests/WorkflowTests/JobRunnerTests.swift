import Archive
import DICOMCore
import Foundation
import Testing
import Workflow

@Suite struct JobRunnerTests {
    static func runner(_ fixture: ArchiveFixture) -> JobRunner {
        let settings = JobRunner.Settings(
            worker: "test", threads: 1, equipment: NodeEquipment.equipment(serialNumber: "TEST", version: "0"))
        return JobRunner(
            archive: fixture.archive, rules: fixture.rules, models: fixture.models, settings: settings,
            record: fixture.record)
    }

    @Test("without a job there is nothing to do") func empty() throws {
        #expect(Self.runner(try ArchiveFixture()).pass() == false)
    }

    @Test("a model that is not there fails the job and says so") func missingModel() throws {
        let fixture = try ArchiveFixture()
        let series = ArchiveFixture.Series(number: 1)
        try fixture.receive(series)
        fixture.passAfter(seconds: 6)
        #expect(Self.runner(fixture).pass())
        let job = try #require(try fixture.job(of: series))
        #expect(job.state == .failed)
        #expect(job.outcome == .failed)
        #expect(job.reason?.isEmpty == false)
        #expect(Self.runner(fixture).pass() == false)
    }

    @Test("two patients under one series are refused, and nobody but the queue hears of it") func twoPatients() throws {
        let fixture = try ArchiveFixture()
        var series = ArchiveFixture.Series(number: 1)
        try fixture.receive(series)
        series.slices = 20..<40
        series.patientID = "P2"
        try fixture.receive(series)
        fixture.passAfter(seconds: 6)
        #expect(Self.runner(fixture).pass())
        let job = try #require(try fixture.job(of: series))
        #expect(job.state == .refused)
        #expect(job.reason?.hasPrefix("VOL-E13") == true)
        #expect(try fixture.archive.deliveries().isEmpty)
    }
}
