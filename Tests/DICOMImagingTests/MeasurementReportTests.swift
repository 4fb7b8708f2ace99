import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Testing

@Suite struct MeasurementReportTests {
    @Test(
        "a report of findings is valid in both classes",
        arguments: [MeasurementReport.DocumentType.comprehensive3D, .enhanced])
    func findings(_ type: MeasurementReport.DocumentType) throws {
        try withTemporaryDirectory { directory in
            let fixture = try ResultFixture(in: directory)
            var report = fixture.report(try fixture.segmentation.write(to: directory.appending(path: "seg.dcm")))
            report.documentType = type
            let object = try report.write(to: directory.appending(path: "sr.dcm"))
            #expect(object.sopClassUID == (type == .enhanced ? .enhancedSRStorage : .comprehensive3DSRStorage))
            let errors = try dciodvfyErrors(object.url)
            #expect(errors == [])
            #expect(ObjectChecklist.violations(in: try DICOMFile(reading: object.url).dataSet) == [])
        }
    }

    @Test("every outcome is coded and valid, also without an assembled series")
    func outcomes() throws {
        try withTemporaryDirectory { directory in
            let context = try ResultFixture(in: directory).context
            let expected: [(ReportOutcome, summary: String, code: String)] = [
                (.nothingFound, "111241", "NOTHING_FOUND"),
                (.notApplicable(reason: "no lung in the field of view"), "111245", "NOT_APPLICABLE"),
                (.refused(reason: "VOL-E09 not Hounsfield units: US"), "111245", "REFUSED"),
                (.failed(reason: "out of memory"), "111245", "FAILED"),
            ]
            for (outcome, summary, code) in expected {
                let object = try MeasurementReport(context: context, outcome: outcome)
                    .write(to: directory.appending(path: "sr.dcm"))
                let dataSet = try DICOMFile(reading: object.url).dataSet
                let values = Self.codes(in: dataSet)
                #expect(values["111017"] == summary)
                #expect(values["OUTCOME"] == code)
                let errors = try dciodvfyErrors(object.url)
                #expect(errors == [], "\(code)")
            }
        }
    }

    @Test("findings without their segmentation are no report")
    func incomplete() throws {
        try withTemporaryDirectory { directory in
            let context = try ResultFixture(in: directory).context
            #expect(throws: ResultError.self) {
                try MeasurementReport(context: context, outcome: .findings)
                    .write(to: directory.appending(path: "sr.dcm"))
            }
        }
    }

    @Test("the measurements stand in the report with units, and the key slice is cited")
    func content() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ResultFixture(in: directory)
            let segmentation = try fixture.segmentation.write(to: directory.appending(path: "seg.dcm"))
            let object = try fixture.report(segmentation).write(to: directory.appending(path: "sr.dcm"))
            let dataSet = try DICOMFile(reading: object.url).dataSet
            let group = try #require(Self.items(dataSet, "125007").first)
            let volume = try #require(group.items(.contentSequence).first { Self.name($0) == "118565006" })
            let measured = try #require(volume.items(.measuredValueSequence).first)
            let voxels = Double(9 * 5 * 5)
            #expect(abs((measured.double(.numericValue) ?? 0) - voxels * 0.6 * 0.8 * 2.5 / 1000) < 1e-6)
            #expect(measured.items(.measurementUnitsCodeSequence).first?.string(.codeValue) == "mL")
            let units = Self.items(dataSet, "112031").map {
                $0.items(.measuredValueSequence).first?.items(.measurementUnitsCodeSequence).first?.string(.codeValue)
            }
            #expect(units == [String?](repeating: "[hnsf'U]", count: 8))
            let key = try #require(Self.items(dataSet, "121080").first?.items(.referencedSOPSequence).first)
            #expect(key.string(.referencedSOPInstanceUID) == "1.2.840.99.1.2.3")
        }
    }

    @Test("a superseding report cites its predecessor")
    func predecessor() throws {
        try withTemporaryDirectory { directory in
            var context = try ResultFixture(in: directory).context
            let instance = SourceInstance(
                sopClassUID: .comprehensive3DSRStorage, sopInstanceUID: try #require(SOPInstanceUID("2.25.5")))
            context.predecessors = [
                PredecessorDocument(
                    studyInstanceUID: context.source.studyInstanceUID,
                    seriesInstanceUID: try #require(SeriesInstanceUID("2.25.4")), instance: instance)
            ]
            let object = try MeasurementReport(context: context, outcome: .nothingFound)
                .write(to: directory.appending(path: "sr.dcm"))
            let cited = try DICOMFile(reading: object.url).dataSet.items(.predecessorDocumentsSequence).first?
                .items(.referencedSeriesSequence).first?.items(.referencedSOPSequence).first
            #expect(cited?.string(.referencedSOPInstanceUID) == "2.25.5")
            let errors = try dciodvfyErrors(object.url)
            #expect(errors == [])
        }
    }

    private static func name(_ item: DataSet) -> String? {
        item.items(.conceptNameCodeSequence).first?.string(.codeValue)
    }

    /// All content items of one concept.
    private static func items(_ item: DataSet, _ concept: String) -> [DataSet] {
        item.items(.contentSequence).flatMap { (name($0) == concept ? [$0] : []) + items($0, concept) }
    }

    /// Values of all coded items by concept.
    private static func codes(in item: DataSet) -> [String: String] {
        item.items(.contentSequence).reduce(into: [:]) { values, child in
            if let concept = name(child), let value = child.items(.conceptCodeSequence).first?.string(.codeValue) {
                values[concept] = value
            }
            values.merge(codes(in: child)) { first, _ in first }
        }
    }
}
