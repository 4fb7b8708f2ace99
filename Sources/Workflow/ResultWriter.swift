import Archive
import DICOMImaging
import Foundation
import Imaging

/// Writes what was found, in every form that a destination wants.
struct ResultWriter {
    let equipment: Equipment
    let algorithm: AlgorithmDescription
    let modelDigest: String

    static func identity(
        _ input: SeriesInput, modelDigest: String, executedPath: String, form: ResultForm = ResultForm()
    ) -> ResultIdentity {
        ResultIdentity(
            instances: input.instances, modelDigest: modelDigest, parameters: input.parameters + form.parameter,
            executedPath: executedPath)
    }

    /// Writes all objects or none: what was written before one fails is removed.
    /// - Returns: the objects in the order in which they are to be sent: a report after the segmentation that it
    ///   refers to.
    func write(
        _ reading: Interpretation, _ input: SeriesInput, _ makeFile: (String) throws -> URL
    ) throws -> [SeriesResult.Output] {
        guard !reading.isSilent, let source = reading.source else { return [] }
        var files: [URL] = []
        func makeTracedFile(_ name: String) throws -> URL {
            files.append(try makeFile(name))
            return files[files.count - 1]
        }
        do {
            return try input.forms.flatMap { form in
                let context = context(reading, source, input, form)
                let isAnswered = input.answers.contains(reading.jobOutcome)
                return try write(reading, context, form, isAnswered: isAnswered, makeTracedFile)
            }
        } catch {
            for file in files { try? FileManager.default.removeItem(at: file) }
            throw error
        }
    }

    private func context(
        _ reading: Interpretation, _ source: SourceSeries, _ input: SeriesInput, _ form: ResultForm
    ) -> ResultContext {
        let identity = Self.identity(input, modelDigest: modelDigest, executedPath: reading.executedPath, form: form)
        var context = ResultContext(
            source: source, identity: identity, equipment: equipment, algorithm: algorithm, created: input.created)
        context.predecessors = input.predecessors
        return context
    }

    private func write(
        _ reading: Interpretation, _ context: ResultContext, _ form: ResultForm, isAnswered: Bool,
        _ makeFile: (String) throws -> URL
    ) throws -> [SeriesResult.Output] {
        var outputs: [SeriesResult.Output] = []
        func add(_ role: ResultObject.Role, _ object: WrittenObject) {
            outputs.append(SeriesResult.Output(role: role, form: form, object: object))
        }
        let segmentation = try segmentation(reading, context, form, makeFile)
        if let segmentation { add(.segmentation, segmentation) }
        if isAnswered {
            let report = report(reading, context, form, segmentation)
            add(.report, try report.write(to: makeFile("report\(form.fileSuffix).dcm")))
        }
        if form.hasOverlays {
            for overlay in try overlays(reading, context, makeFile) { add(.overlay, overlay) }
        }
        return outputs
    }

    private func segmentation(
        _ reading: Interpretation, _ context: ResultContext, _ form: ResultForm, _ makeFile: (String) throws -> URL
    ) throws -> WrittenObject? {
        guard let series = reading.series, let labels = reading.labels, !reading.findings.isEmpty else { return nil }
        var object = SegmentationObject(
            context: context, grid: series.grid, labels: labels, segments: reading.findings.map(\.segment))
        object.writesAllFrames = form.hasAllFrames
        return try object.write(to: makeFile("segmentation\(form.fileSuffix).dcm"))
    }

    private func overlays(
        _ reading: Interpretation, _ context: ResultContext, _ makeFile: (String) throws -> URL
    ) throws -> [WrittenObject] {
        guard let series = reading.series, let labels = reading.labels else { return [] }
        return try reading.findings.map { finding in
            let overlay = OverlayImage(context: context, series: series, labels: labels, finding: finding.reported)
            return try overlay.write(to: makeFile("overlay-\(finding.segmentNumber).dcm"))
        }
    }

    private func report(
        _ reading: Interpretation, _ context: ResultContext, _ form: ResultForm, _ segmentation: WrittenObject?
    ) -> MeasurementReport {
        var report = MeasurementReport(context: context, outcome: reading.outcome)
        report.findings = reading.findings.map(\.reported)
        report.segmentation = segmentation
        report.grid = reading.series?.grid
        report.messages = reading.messages
        report.remarks = reading.remarks
        report.documentType = form.documentType
        return report
    }
}
