import Archive
import DICOMCore
import DICOMImaging
import Foundation
import Models
import Workflow

/// One series of `fovea segment`, as `--json` shows it; every key is always there.
struct SegmentedSeries: Encodable {
    struct Output: Encodable {
        let role: ResultObject.Role
        let path: String
    }

    let outcome: JobOutcome
    let reason: String?
    let seriesInstanceUID: SeriesInstanceUID?
    let findings: [FindingSummary]
    let outputs: [Output]
    let timings: [StepDuration]
    let blockUsage: BlockUsage?
    let peakMemoryMB: Double?

    init(_ result: SeriesResult) {
        outcome = result.outcome
        reason = result.reason
        seriesInstanceUID = result.seriesInstanceUID
        findings = result.findings
        outputs = result.outputs.map { Output(role: $0.role, path: $0.object.url.path) }
        timings = result.timings
        blockUsage = result.blockUsage
        peakMemoryMB = ProcessMemory.peakMB
    }

    private enum CodingKeys: String, CodingKey {
        case outcome, reason, findings, outputs
        case seriesInstanceUID = "series_instance_uid"
        case timings = "timings_s"
        case blockUsage = "block_usage"
        case peakMemoryMB = "peak_memory_mb"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(reason, forKey: .reason)
        try container.encode(seriesInstanceUID, forKey: .seriesInstanceUID)
        try container.encode(findings, forKey: .findings)
        try container.encode(outputs, forKey: .outputs)
        try container.encode(StepSeconds(timings), forKey: .timings)
        try container.encode(blockUsage, forKey: .blockUsage)
        try container.encode(peakMemoryMB, forKey: .peakMemoryMB)
    }

    /// For people.
    var text: String {
        var lines = [
            "series \(seriesInstanceUID?.rawValue ?? "?"): \(outcome.rawValue)\(reason.map { " (\($0))" } ?? "")"
        ]
        if !findings.isEmpty { lines.append(FindingTable(findings).text) }
        lines += outputs.map { "\($0.role.rawValue): \($0.path)" }
        let steps = timings.map { "\($0.step) \(Texts.decimal($0.seconds, 2)) s" }.joined(separator: ", ")
        lines.append("\(steps); peak memory \(Texts.decimal(peakMemoryMB, 0)) MB")
        return lines.joined(separator: "\n")
    }
}
