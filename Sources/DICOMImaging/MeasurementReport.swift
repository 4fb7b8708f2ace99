import DICOMCore
import DICOMFile
public import Foundation

/// A report of one series: TID 1500 (PS3.16) as Comprehensive 3D SR or Enhanced SR (PS3.3 §A.35).
public struct MeasurementReport: Sendable {
    public let context: ResultContext
    public let outcome: ReportOutcome
    /// Empty unless the outcome is `findings`.
    public var findings: [ReportedFinding] = []
    /// The segmentation that holds the findings' segments.
    public var segmentation: WrittenObject?
    /// The slices of the series; nil if it was never assembled.
    public var grid: SourceGrid?
    /// What was noticed when the series was assembled.
    public var messages: [AssemblyMessage] = []
    /// What was noticed when it was segmented.
    public var remarks: [String] = []
    public var documentType = DocumentType.comprehensive3D

    public init(context: ResultContext, outcome: ReportOutcome) {
        self.context = context
        self.outcome = outcome
    }

    /// Comprehensive 3D SR is what IHE AIR asks for; 3D Slicer reads Enhanced SR.
    public enum DocumentType: String, Sendable, Codable {
        case comprehensive3D, enhanced

        var sopClassUID: SOPClassUID { self == .enhanced ? .enhancedSRStorage : .comprehensive3DSRStorage }
    }

    /// Writes the report and reads it again.
    ///
    /// - Returns: what was written, once dcmsr has read it and the checklist has found nothing.
    public func write(to url: URL) throws(ResultError) -> WrittenObject {
        guard outcome != .findings || (!findings.isEmpty && segmentation != nil && grid != nil) else {
            throw ResultError(
                .notRepresentable, "a report of findings needs findings, their segmentation and the slices")
        }
        return try ResultError.wrapping("report") {
            let root = contentTree
            let result = ResultDataSet(
                context: context, role: .report, sopClassUID: documentType.sopClassUID, modality: "SR",
                seriesNumber: 9002, seriesDescription: "\(context.algorithm.name) report, research use only")
            let dataSet = try result.make()
            try setDocument(in: dataSet, referring: root.images)
            try root.encodeAsRoot(into: dataSet)
            let object = try result.write(dataSet, to: url)
            try verify(object)
            return object
        }
    }

    private func verify(_ object: WrittenObject) throws {
        let file = try DICOMFile(reading: object.url)
        try ObjectChecklist.require(file.dataSet)
        try StructuredReport.validate(object.url)
    }

    /// SR document series and general modules (PS3.3 §C.17.1, §C.17.2).
    private func setDocument(in dataSet: DataSet, referring images: [ContentItem.ImageReference]) throws {
        try dataSet.setEmpty(.referencedPerformedProcedureStepSequence)
        try dataSet.setEmpty(.performedProcedureCodeSequence)
        try dataSet.set(.completionFlag, "COMPLETE")
        try dataSet.set(.verificationFlag, "UNVERIFIED")
        // Nobody has looked at it yet.
        try dataSet.set(.preliminaryFlag, "PRELIMINARY")
        for predecessor in context.predecessors {
            let study = try dataSet.appendItem(.predecessorDocumentsSequence)
            try study.set(.studyInstanceUID, predecessor.studyInstanceUID.rawValue)
            try appendSeries(predecessor.seriesInstanceUID, of: [predecessor.instance], to: study)
        }
        try setEvidence(in: dataSet, referring: images)
    }

    /// Every instance that the content tree refers to, by series (PS3.3 §C.17.2.3).
    private func setEvidence(in dataSet: DataSet, referring images: [ContentItem.ImageReference]) throws {
        let study = try dataSet.appendItem(.currentRequestedProcedureEvidenceSequence)
        try study.set(.studyInstanceUID, context.source.studyInstanceUID.rawValue)
        let referenced = Set(images.map(\.instance))
        let sourceInstances = context.source.instances.filter(referenced.contains)
        try appendSeries(context.source.seriesInstanceUID, of: sourceInstances, to: study)
        if let segmentation, referenced.contains(segmentation.instance) {
            try appendSeries(segmentation.seriesInstanceUID, of: [segmentation.instance], to: study)
        }
    }

    private func appendSeries(_ uid: SeriesInstanceUID, of instances: [SourceInstance], to study: DataSet) throws {
        let series = try study.appendItem(.referencedSeriesSequence)
        try series.set(.seriesInstanceUID, uid.rawValue)
        for instance in instances {
            let referenced = try series.appendItem(.referencedSOPSequence)
            try referenced.set(.referencedSOPClassUID, instance.sopClassUID.rawValue)
            try referenced.set(.referencedSOPInstanceUID, instance.sopInstanceUID.rawValue)
        }
    }
}

extension WrittenObject {
    var instance: SourceInstance { SourceInstance(sopClassUID: sopClassUID, sopInstanceUID: sopInstanceUID) }
}
