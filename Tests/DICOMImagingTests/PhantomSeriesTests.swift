import DICOMCore
import DICOMFile
import DICOMImaging
import Foundation
import Geometry
import Imaging
import Testing

@Suite struct PhantomSeriesTests {
    private static let phantom = ChestPhantom(
        seed: 7, size: GridSize(width: 128, height: 128, depth: 26), spacing: SpacingMM(i: 2.8, j: 2.8, k: 10))

    @Test("the phantom is a valid CT series that says what it is, and comes back as it was made")
    func series() throws {
        try withTemporaryDirectory { directory in
            let files = try PhantomSeries(Self.phantom, seed: 7).write(to: directory)
            let errors = try dciodvfyErrors(files[3])
            #expect(errors == [])
            let dataSet = try DICOMFile(reading: files[3]).dataSet
            #expect(dataSet.string(.patientName) == "FOVEA^PHANTOM")
            #expect(dataSet.string(.qualityControlImage) == "YES")
            let series = try SeriesAssembler().assemble(files: files)
            #expect(series.messages == [])
            #expect(series.volume.geometry.coincides(with: Self.phantom.volume.geometry, toleranceMM: 1e-6))
            #expect(series.volume.voxels == Self.phantom.volume.voxels)
        }
    }

    @Test("the truth names every nodule, in mm and mL")
    func truth() throws {
        try withTemporaryDirectory { directory in
            _ = try PhantomSeries(Self.phantom, seed: 7).write(to: directory)
            let truth = try JSONDecoder().decode(
                PhantomTruth.self, from: Data(contentsOf: directory.appending(path: "truth.json")))
            #expect(truth.nodules.count == Self.phantom.nodules.count && !truth.nodules.isEmpty)
            let nodule = try #require(Self.phantom.nodules.first)
            #expect(truth.nodules[0].centreMM == [nodule.centre.x, nodule.centre.y, nodule.centre.z])
            #expect(truth.nodules[0].diameterMM == nodule.diameterMM)
        }
    }

    @Test("the same seed writes the same bytes, another one other UIDs")
    func determinism() throws {
        try withTemporaryDirectory { directory in
            let first = try [7, 7, 8].enumerated().map { index, seed in
                let folder = directory.appending(path: "\(index)")
                return try Data(contentsOf: PhantomSeries(Self.phantom, seed: UInt64(seed)).write(to: folder)[0])
            }
            #expect(first[0] == first[1])
            #expect(first[0] != first[2])
        }
    }
}
