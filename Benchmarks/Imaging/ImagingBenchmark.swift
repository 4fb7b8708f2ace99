import DICOMCore
import DICOMImaging
import Foundation
import Geometry
import Imaging

/// Times what stands around the networks: series to volume, label map to SEG. Prints a Markdown table.
///
/// Each part runs in a process of its own, so that its peak memory is its own.
@main struct ImagingBenchmark {
    static let repeats = 3

    struct UnknownBenchmark: Error {
        let name: String
    }

    static func main() throws {
        switch CommandLine.arguments.dropFirst().first {
        case nil: try runParts()
        case "assembly": try assembly()
        case "segmentation": try segmentation()
        case let name?: throw UnknownBenchmark(name: name)
        }
    }

    /// Runs each part as a child of its own.
    private static func runParts() throws {
        print("| what | s (median of \(repeats)) | CPU s | peak memory, MB | of that the voxels or labels, MB |")
        print("|---|---|---|---|---|")
        fflush(nil)  // before the children's rows
        for part in ["assembly", "segmentation"] {
            let child = Process()
            child.executableURL = URL(filePath: CommandLine.arguments[0])
            child.arguments = [part]
            try child.run()
            child.waitUntilExit()
            guard child.terminationStatus == 0 else { exit(1) }
        }
    }

    private static func assembly() throws {
        let series = try BenchmarkSeries(slices: 600)
        defer { series.remove() }
        var voxels = 0
        let time = try median {
            let assembled = try SeriesAssembler(threads: 2).assemble(files: series.files)
            voxels = assembled.volume.voxels.count
        }
        report("assembly of 512 x 512 x 600, uncompressed, warm", time, ownMB: Double(voxels) * 4 / 1e6)
    }

    private static func segmentation() throws {
        let series = try BenchmarkSeries(slices: 600)
        defer { series.remove() }
        let (grid, source) = try {
            let assembled = try SeriesAssembler(threads: 2).assemble(files: series.files)
            return (assembled.grid, assembled.source)
        }()
        let labels = series.columns(segments: 10, on: grid)
        let object = SegmentationObject(
            context: BenchmarkSeries.context(source), grid: grid, labels: labels,
            segments: BenchmarkSeries.descriptions(count: 10))
        let file = series.folder.appending(path: "segmentation.dcm")
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)  // resets VmHWM: proc(5)
        let input = statusMB("VmRSS")
        let time = try median { _ = try object.write(to: file) }
        let peak = statusMB("VmHWM") - input
        let what = "SEG with 10 segments of 600 frames of 512 x 512, written and re-read"
        let labelsMB = Double(labels.labels.count) * 2 / 1e6
        print("| \(what) | \(time) | \(format(peak)) beyond its input | \(format(labelsMB)) |")
    }

    private static func report(_ what: String, _ time: String, ownMB: Double) {
        print("| \(what) | \(time) | \(format(statusMB("VmHWM"))) | \(format(ownMB)) |")
    }

    /// Two cells: the medians of the wall clock and of the CPU time of all threads, which a busy machine changes less.
    private static func median(_ body: () throws -> Void) rethrows -> String {
        var seconds: [Double] = []
        var cpuSeconds: [Double] = []
        for _ in 0..<repeats + 1 {  // the first warms the page cache and is not counted
            let (start, startCPU) = (ContinuousClock.now, processCPUSeconds)
            try body()
            seconds.append((ContinuousClock.now - start) / .seconds(1))
            cpuSeconds.append(processCPUSeconds - startCPU)
        }
        return [seconds, cpuSeconds].map { format($0.dropFirst().sorted()[repeats / 2]) }.joined(separator: " | ")
    }

    private static var processCPUSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A line of /proc/self/status that is given in kB.
    private static func statusMB(_ key: String) -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return kilobytes * 1024 / 1e6
    }

    private static func format(_ value: Double) -> String { String(format: "%.2f", value) }
}
