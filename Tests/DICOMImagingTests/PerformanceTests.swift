import DICOMImaging
import Foundation
import Geometry
import Imaging
import Testing

/// Figures of Docs/Performance.md; run with FOVEA_BENCHMARK=1.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["FOVEA_BENCHMARK"] != nil, "FOVEA_BENCHMARK is not set"),
    .serialized)
struct PerformanceTests {
    @Test("600 slices of 512 x 512 become a volume, and ten segments of 600 frames a segmentation")
    func largeSeries() throws {
        try withTemporaryDirectory { directory in
            var synthetic = SyntheticSeries()
            (synthetic.columns, synthetic.rows) = (512, 512)
            synthetic.origins = (0..<600).map { [-200, -200, Double($0)] }
            synthetic.value = { i, j, k in (i * 7 + j * 5 + k * 3) & 0xFFF }
            let files = try synthetic.write(to: directory.appending(path: "series"))
            _ = try files.map { try Data(contentsOf: $0).count }
            let (series, assembly) = try Self.measure("assembly of 600 slices") {
                try SeriesAssembler().assemble(files: files)
            }
            #expect(assembly.seconds < 1.5)
            #expect(assembly.peakMB - Double(series.volume.voxels.count * 4) / 1e6 < 100)
            let fixture = try ResultFixture(series, boxes: Self.boxes)
            var segmentation = fixture.segmentation
            segmentation.writesAllFrames = true
            let (_, writing) = try Self.measure("segmentation of 6000 frames") {
                try segmentation.write(to: directory.appending(path: "seg.dcm"))
            }
            #expect(writing.seconds < 1)
            #expect(writing.peakMB < 300)
        }
    }

    /// Ten columns of 50 x 500 pixels through all slices.
    private static let boxes = (0..<10).map { n in
        VoxelBox(lower: VoxelIndex(i: n * 51, j: 5, k: 0), upper: VoxelIndex(i: n * 51 + 50, j: 505, k: 600))
    }

    /// Time, and memory on top of what was held before.
    private static func measure<Value>(
        _ name: String, _ body: () throws -> Value
    ) rethrows -> (Value, (seconds: Double, peakMB: Double)) {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = memoryMB("VmRSS:")
        let start = ContinuousClock.now
        let cpuBefore = clock()
        let value = try body()
        let duration = start.duration(to: .now)
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        let peak = memoryMB("VmHWM:") - before
        let cpuSeconds = Double(clock() - cpuBefore) / Double(CLOCKS_PER_SEC)
        print("\(name): \(seconds) s (\(cpuSeconds) s of CPU), \(peak) MB more than before")
        return (value, (seconds, peak))
    }

    private static func memoryMB(_ key: String) -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        return (line?.split(whereSeparator: { !$0.isNumber }).first).flatMap { Double($0) }.map { $0 / 1000 } ?? 0
    }
}
