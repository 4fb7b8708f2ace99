import Archive
import DICOMImaging
import Imaging
import Models

/// What is known of a series before anything is written.
struct Interpretation {
    var outcome: ReportOutcome
    /// Nobody but the queue hears of it.
    var isSilent = false
    var source: SourceSeries?
    var series: AssembledSeries?
    /// On the source's slices; segment n of the SEG is label n.
    var labels: LabelMap?
    var findings: [MeasuredFinding] = []
    var messages: [AssemblyMessage] = []
    /// Remarks of the segmenter.
    var remarks: [String] = []
    var executedPath = "none"
    var blockUsage: BlockUsage?

    init(_ outcome: ReportOutcome) { self.outcome = outcome }

    init(_ segmentation: Segmentation) {
        outcome =
            switch segmentation.outcome {
            case .findings: .findings
            case .nothingFound: .nothingFound
            case .notApplicable(let reason): .notApplicable(reason: reason)
            }
        remarks = segmentation.messages
        executedPath = segmentation.executedPath
        blockUsage = segmentation.blockUsage
    }

    /// Scouts and reformats are not applicable, without a word to the destination; inconsistent identity is told to
    /// nobody.
    init(_ refusal: AssemblyRefusal) {
        switch refusal.disposition {
        case .refused: outcome = .refused(reason: refusal.description)
        case .notEligible:
            outcome = .notApplicable(reason: refusal.message.description)
            isSilent = true
        case .answerNobody:
            outcome = .refused(reason: refusal.description)
            isSilent = true
        }
        source = refusal.source
        messages = refusal.notes
    }

    /// A series that is too large, or without a usable pixel, is refused; anything else went wrong on this side.
    init(failure error: any Error) {
        switch (error as? SegmentationError)?.code {
        case .memoryLimit, .unsuitableVolume: outcome = .refused(reason: "\(error)")
        case .regionOfInterest, .effort, nil: outcome = .failed(reason: "\(error)")
        }
    }

    var jobOutcome: JobOutcome {
        switch outcome {
        case .findings: .findings
        case .nothingFound: .nothingFound
        case .notApplicable: .notApplicable
        case .refused: .refused
        case .failed: .failed
        }
    }

    /// The result without its files.
    var result: SeriesResult {
        var result = SeriesResult(outcome: jobOutcome, reason: reason)
        result.seriesInstanceUID = source?.seriesInstanceUID
        result.blockUsage = blockUsage
        let unit = series?.volume.unit ?? .arbitrary
        result.findings = findings.map { FindingSummary($0, unit: unit) }
        return result
    }

    private var reason: String? {
        switch outcome {
        case .notApplicable(let reason), .refused(let reason), .failed(let reason): reason
        case .findings, .nothingFound:
            messages.isEmpty && remarks.isEmpty
                ? nil : (messages.map(\.description) + remarks).joined(separator: "; ")
        }
    }
}

extension SeriesResult {
    mutating func fail(_ reason: String, isTransient: Bool) {
        outcome = .failed
        self.reason = reason
        self.isTransient = isTransient
        outputs = []
    }
}
