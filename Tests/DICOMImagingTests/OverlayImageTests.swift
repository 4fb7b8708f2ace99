import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Testing

@Suite struct OverlayImageTests {
    @Test("the key slice with the outline and the caption is a valid secondary capture")
    func overlay() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ResultFixture(in: directory)
            let overlay = OverlayImage(
                context: fixture.context, series: fixture.series, labels: fixture.labels, finding: fixture.findings[0])
            let object = try overlay.write(to: directory.appending(path: "sc.dcm"))
            let errors = try dciodvfyErrors(object.url)
            #expect(errors == [])
            let dataSet = try DICOMFile(reading: object.url).dataSet
            #expect(ObjectChecklist.violations(in: dataSet) == [])
            #expect(dataSet.int(.columns) == 768)
            let pixels = try #require(dataSet.bytes(.pixelData))
            let colour = fixture.segments[0].colour
            let outlined = stride(from: 0, to: pixels.count - 2, by: 3).filter {
                pixels[$0] == colour.red && pixels[$0 + 1] == colour.green && pixels[$0 + 2] == colour.blue
            }
            #expect(outlined.count > 100)
            let source = dataSet.items(.sourceImageSequence).first?.string(.referencedSOPInstanceUID)
            #expect(source == "1.2.840.99.1.2.3")
        }
    }

    @Test("all overlays of a result are one series")
    func series() throws {
        try withTemporaryDirectory { directory in
            let fixture = try ResultFixture(in: directory)
            let objects = try fixture.findings.map { finding in
                try OverlayImage(
                    context: fixture.context, series: fixture.series, labels: fixture.labels, finding: finding
                ).write(to: directory.appending(path: "sc\(finding.segmentNumber).dcm"))
            }
            #expect(Set(objects.map(\.seriesInstanceUID)).count == 1)
            #expect(Set(objects.map(\.sopInstanceUID)).count == 2)
        }
    }
}
