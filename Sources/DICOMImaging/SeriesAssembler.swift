import DICOMCore
import DICOMFile
public import Foundation
import Imaging
import Synchronization

/// Makes a volume of the files of one series, or says why not. Blocks; not for the cooperative pool.
public struct SeriesAssembler: Sendable {
    public let options: AssemblyOptions
    public let threads: Int

    public init(options: AssemblyOptions = AssemblyOptions(), threads: Int = 2) {
        self.options = options
        self.threads = threads
    }

    /// - Parameter files: all files of one series, in any order; other objects among them are passed over.
    /// - Throws: the refusal, whose disposition says who should hear of it.
    public func assemble(files: [URL]) throws(AssemblyRefusal) -> AssembledSeries {
        let headers = try readHeaders(files)
        let decision: CandidateStack
        do {
            decision = try AssemblyRule.decide(
                CandidateStack(headers, options: options) { haveSamePixels($0, $1, files: files) })
        } catch {
            throw Self.citing(error, headers, files)
        }
        let source = SourceSeries(decision.slices.map(\.header), files: files)
        guard let source, let grid = SourceGrid(decision) else {
            throw Self.citing(AssemblyRefusal(AssemblyMessage(.noImages)), headers, files)
        }
        do {
            let decoder = SliceDecoder(slices: decision.slices.map(\.header), files: files, grid: grid)
            let frames = try decoder.decode(threads)
            return AssembledSeries(frames, grid: grid, source: source, decision: decision, threads: threads)
        } catch {
            throw AssemblyRefusal(error.message, notes: decision.messages, source: source)
        }
    }

    /// A DICOM file that cannot be parsed refuses the series: nobody knows which slice it holds.
    private func readHeaders(_ files: [URL]) throws(AssemblyRefusal) -> [SliceHeader] {
        let results = Mutex<[(headers: [SliceHeader], error: DICOMFileError?)]>(
            Array(repeating: ([], nil), count: files.count))
        ForkJoin.run(count: files.count, threads: threads) { range in
            for index in range {
                do throws(DICOMFileError) {
                    let headers = SliceHeader.read(try DICOMFile(reading: files[index]), fileIndex: index)
                    results.withLock { $0[index].headers = headers }
                } catch where error.code == .notDICOM {
                    continue
                } catch {
                    results.withLock { $0[index].error = error }
                }
            }
        }
        let read = results.withLock { $0 }
        let headers = read.flatMap(\.headers)
        if let index = read.firstIndex(where: { $0.error != nil }), let error = read[index].error {
            let refusal = AssemblyRefusal(AssemblyMessage(.undecodable, "\(index + 1)", error.description))
            throw Self.citing(refusal, headers, files)
        }
        return headers
    }

    private func haveSamePixels(_ first: SliceHeader, _ second: SliceHeader, files: [URL]) -> Bool {
        guard first.rows == second.rows, first.columns == second.columns else { return false }
        let pixels = [first, second].map { header in
            try? SliceDecoder.storedValues(of: header, in: files[header.fileIndex])
        }
        return pixels[0] != nil && pixels[0] == pixels[1]
    }

    /// Adds to a refusal what was refused, unless nobody may know.
    private static func citing(
        _ refusal: AssemblyRefusal, _ headers: [SliceHeader], _ files: [URL]
    ) -> AssemblyRefusal {
        guard refusal.disposition == .refused else { return refusal }
        return AssemblyRefusal(refusal.message, notes: refusal.notes, source: SourceSeries(headers, files: files))
    }
}
