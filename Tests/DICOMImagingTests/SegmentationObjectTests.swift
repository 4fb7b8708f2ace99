import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Geometry
import Imaging
import Testing

@Suite struct SegmentationObjectTests {
    @Test(
        "every voxel comes back, for planes whose size is and is not a multiple of 8",
        arguments: [(50, 37), (48, 40), (101, 99)])
    func roundTrip(_ columns: Int, _ rows: Int) throws {
        try withTemporaryDirectory { directory in
            var synthetic = SyntheticSeries()
            (synthetic.columns, synthetic.rows) = (columns, rows)
            let fixture = try ResultFixture(synthetic, in: directory)
            let object = try fixture.segmentation.write(to: directory.appending(path: "seg.dcm"))
            let restored = try Self.labels(in: object.url, like: fixture)
            #expect(restored == fixture.labels)
        }
    }

    @Test("a segment in one slice gets a neighbour; others only the slices that they are in")
    func frames() throws {
        try withTemporaryDirectory { directory in
            var segmentation = try ResultFixture(in: directory).segmentation
            let url = directory.appending(path: "seg.dcm")
            _ = try segmentation.write(to: url)
            #expect(try DICOMFile(reading: url).dataSet.int(.numberOfFrames) == 5 + 2)
            segmentation.writesAllFrames = true
            _ = try segmentation.write(to: url)
            #expect(try DICOMFile(reading: url).dataSet.int(.numberOfFrames) == 40)
        }
    }

    @Test("dciodvfy finds no error, and the checklist nothing")
    func validity() throws {
        try withTemporaryDirectory { directory in
            let object = try ResultFixture(in: directory).segmentation.write(to: directory.appending(path: "seg.dcm"))
            let errors = try dciodvfyErrors(object.url)
            #expect(errors == [])
            #expect(ObjectChecklist.violations(in: try DICOMFile(reading: object.url).dataSet) == [])
        }
    }

    @Test("the same job writes the same bytes")
    func determinism() throws {
        try withTemporaryDirectory { directory in
            let segmentation = try ResultFixture(in: directory).segmentation
            let urls = ["a", "b"].map { directory.appending(path: "\($0).dcm") }
            for url in urls { _ = try segmentation.write(to: url) }
            #expect(try Data(contentsOf: urls[0]) == Data(contentsOf: urls[1]))
        }
    }

    @Test("what cannot be expressed is refused")
    func refusals() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ResultFixture(in: directory)
            let url = directory.appending(path: "seg.dcm")
            func code(labels: LabelMap? = nil, segments: [SegmentDescription]? = nil) -> ResultError.Code? {
                let segmentation = SegmentationObject(
                    context: fixture.context, grid: fixture.series.grid, labels: labels ?? fixture.labels,
                    segments: segments ?? fixture.segments)
                do {
                    _ = try segmentation.write(to: url)
                    return nil
                } catch {
                    return error.code
                }
            }
            #expect(code(segments: []) == .notRepresentable)
            #expect(code(segments: Array(fixture.segments.prefix(1))) == .notRepresentable)
            let third = ResultFixture.nodule(3, fixture.context.identity)
            #expect(code(segments: fixture.segments + [third]) == .notRepresentable)
            var smaller = fixture.series.grid.geometry
            smaller.size.depth -= 1
            #expect(code(labels: LabelMap(geometry: smaller)) == .notRepresentable)
            #expect(code() == nil)
        }
    }

    @Test("a sloppy source header is taken over where it identifies and left out where it would be invalid")
    func sloppyHeader() throws {
        try withTemporaryDirectory { directory in
            var synthetic = SyntheticSeries()
            synthetic.change = { dataSet, _ in
                for (tag, text) in [
                    (Tag.patientAge, "65"), (.studyTime, "noon"), (.studyDate, "2026.01.01"), (.patientWeight, "80kg"),
                    (.patientSex, "MALE"), (.patientBirthDate, "unknown"), (.patientID, " ID 7 "),
                ] { try dataSet.set(tag, text) }
                let position = dataSet.strings(.imagePositionPatient)
                try dataSet.set(
                    .imagePositionPatient, strings: [position[0] + "00000000000000001", position[1], position[2]])
            }
            let fixture = try ResultFixture(synthetic, in: directory)
            let object = try fixture.segmentation.write(to: directory.appending(path: "seg.dcm"))
            let dataSet = try DICOMFile(reading: object.url).dataSet
            #expect(dataSet.string(.patientID) == "ID 7")
            #expect(dataSet.contains(.studyDate) && dataSet.string(.studyDate) == nil)
            #expect(!dataSet.contains(.patientAge))
            let errors = try dciodvfyErrors(object.url)
            #expect(errors == [])
        }
    }

    /// The label map that a file holds, put together without this project's own writer or verification.
    private static func labels(in url: URL, like fixture: ResultFixture) throws -> LabelMap {
        let file = try DICOMFile(reading: url)
        var labels = LabelMap(geometry: fixture.series.grid.geometry)
        let slices = Dictionary(
            uniqueKeysWithValues: fixture.series.grid.slices.enumerated().map { ($1.imagePositionPatient, $0) })
        let bits = file.dataSet.bytes(.pixelData) ?? []
        for (index, frame) in file.dataSet.items(.perFrameFunctionalGroupsSequence).enumerated() {
            let position = try #require(frame.items(.planePositionSequence).first?.string(.imagePositionPatient))
            let segment = try #require(frame.items(.segmentIdentificationSequence).first?.int(.referencedSegmentNumber))
            let k = try #require(slices[position])
            for pixel in 0..<labels.size.planeCount {
                let bit = index * labels.size.planeCount + pixel
                if bits[bit / 8] >> (bit % 8) & 1 == 1 {
                    labels.labels[k * labels.size.planeCount + pixel] = UInt16(segment)
                }
            }
        }
        return labels
    }
}
