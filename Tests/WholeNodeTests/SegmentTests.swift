import Foundation
import Testing

extension WholeNodeTests {
    /// `fovea segment`: the same way without a network.
    @Suite struct Segment {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func segment(_ arguments: [String], model: String = Repository.lungNodules) throws -> ProcessResult {
            let output = folder.url.appending(path: "out").path
            return try fovea(["segment", "--model", model, "--output", output, "--json"] + arguments, in: folder)
        }

        @Test("--json has the documented shape, the same keys for every outcome")
        func shape() throws {
            let paths = try [
                Phantom.small(in: folder), Phantom.varied("single-slice", matrix: 128, in: folder),
                Phantom.varied("derived", first: 12, matrix: 128, in: folder),
            ].map(\.path)
            let result = try segment(paths)
            #expect(result.status == 0, "\(result.error)")
            let series = try #require(try JSONSerialization.jsonObject(with: result.outputData) as? [[String: Any]])
            #expect(series.map { $0["outcome"] as? String } == ["findings", "refused", "not_applicable"])
            let keys: Set = [
                "outcome", "reason", "series_instance_uid", "findings", "outputs", "timings_s", "block_usage",
                "peak_memory_mb",
            ]
            #expect(series.allSatisfy { Set($0.keys) == keys })
            #expect(series[0]["reason"] is NSNull)
            let findings = try #require(series[0]["findings"] as? [[String: Any]])
            let findingKeys: Set = [
                "segment", "label", "volume_ml", "long_axis_mm", "centroid_mm", "mean_intensity", "unit", "score",
            ]
            #expect(!findings.isEmpty)
            #expect(findings.allSatisfy { Set($0.keys) == findingKeys && $0["unit"] as? String == "HU" })
            try checkOutputs(SegmentedSeries.decode(result))
        }

        private func checkOutputs(_ series: [SegmentedSeries]) throws {
            #expect(series.map { $0.outputs.map(\.role) } == [["segmentation", "report"], ["report"], []])
            for file in series.flatMap(\.files) { #expect(try dciodvfyErrors(file, in: folder) == []) }
            let results = try Results.read(series[0].files, in: folder)
            #expect(results.segmentations.first?.segments.count == series[0].findings.count)
            for (segment, finding) in zip(results.segmentations[0].segments, series[0].findings) {
                for (theirs, ours) in zip(segment.centroidMm, finding.centroidMm) { #expect(abs(theirs - ours) < 0.05) }
            }
        }

        @Test("A damaged file, a region of interest on another grid, a damaged model: exit code 1 and a message")
        func failures() throws {
            let series = try Phantom.few(in: folder)
            let damaged = try #require(ScratchFolder.files(below: series).last)
            try Data(contentsOf: damaged).prefix(5000).write(to: damaged)
            let partial = try segment([series.path])
            #expect(partial.status == 1)
            #expect(partial.error.contains(damaged.lastPathComponent))
            #expect(try SegmentedSeries.decode(partial).count == 1)

            let otherGrid = try writeMask()
            let misplaced = try segment(["--roi", otherGrid.path, Phantom.few(in: folder).path])
            #expect(misplaced.status == 1)
            #expect(try SegmentedSeries.decode(misplaced).map(\.outcome) == ["failed"])

            let missing = try segment([folder.url.appending(path: "nowhere").path])
            #expect(missing.status == 1)
            #expect(missing.error.contains("does not exist"))
            #expect(try segment(["--threads", "-1", series.path]).status == 2)
        }

        /// A NIfTI-1 mask of 2 x 2 x 2 voxels of 1 mm.
        private func writeMask() throws -> URL {
            var header = [UInt8](repeating: 0, count: 352)
            func put(_ value: Int16, at offset: Int) {
                header.replaceSubrange(offset..<offset + 2, with: [UInt8(value & 0xFF), UInt8(value >> 8)])
            }
            func put(_ value: Float, at offset: Int) {
                let bytes = (0..<4).map { UInt8(value.bitPattern >> (8 * $0) & 0xFF) }
                header.replaceSubrange(offset..<offset + 4, with: bytes)
            }
            put(348 as Int16, at: 0)
            for (index, count) in [3, 2, 2, 2, 1, 1, 1, 1].enumerated() { put(Int16(count), at: 40 + 2 * index) }
            put(2 as Int16, at: 70)
            put(8 as Int16, at: 72)
            put(352 as Float, at: 108)
            put(1 as Int16, at: 254)
            for axis in 0..<3 {
                put(1 as Float, at: 80 + 4 * axis)
                put(1 as Float, at: 280 + 20 * axis)
            }
            header.replaceSubrange(344..<347, with: "n+1".utf8)
            let file = folder.url.appending(path: "mask.nii")
            try (Data(header) + Data(repeating: 1, count: 8)).write(to: file)
            return file
        }

        /// A copy of the shipped package with one change.
        private func copiedModel(_ change: (URL) throws -> Void) throws -> URL {
            let copy = folder.url.appending(path: "lung-nodules")
            try FileManager.default.copyItem(at: URL(filePath: Repository.lungNodules), to: copy)
            try change(copy)
            return copy
        }

        @Test(
            "A damaged model package is refused by verify, segment and serve",
            arguments: ["flipped", "truncated", "manifest"])
        func damagedModel(_ damage: String) throws {
            let model = try copiedModel { model in
                let file = model.appending(path: damage == "manifest" ? "model.json" : "weights.safetensors")
                var bytes = try Data(contentsOf: file)
                if damage == "truncated" { bytes.removeLast(4096) } else { bytes[bytes.count / 2] ^= 0x10 }
                try bytes.write(to: file)
            }
            let verified = try fovea(["model", "verify", model.path], in: folder)
            #expect(verified.status == 1)
            #expect(!verified.error.isEmpty)
            #expect(try segment([Phantom.few(in: folder).path], model: model.path).status == 1)

            let node = try TestNode(start: false)
            let text = try String(contentsOf: node.configurationFile, encoding: .utf8)
            try text.replacing(Repository.models.path, with: folder.url.path)
                .write(to: node.configurationFile, atomically: true, encoding: .utf8)
            let served = try fovea(["serve", "--config", node.configurationFile.path], in: folder)
            #expect(served.status == 1)
        }

        @Test("model list, show and verify tell about the shipped package")
        func models() throws {
            func model(_ command: String...) throws -> ProcessResult {
                try fovea(["model"] + command + ["--models-directory", Repository.models.path], in: folder)
            }
            let shipped = try FileManager.default.contentsOfDirectory(atPath: Repository.models.path)
            let (listed, verified) = (try model("list"), try model("verify"))
            #expect(verified.status == 0, "\(verified.error)")
            for name in shipped {
                #expect(listed.output.contains(name))
                #expect(verified.output.contains("\(name): good"))
                let shown = try model("show", name)
                #expect(shown.status == 0)
                #expect(shown.output.contains("intended use:"))
            }
        }

        @Test("A shipped package is small, and its card holds every figure with the command that measures it")
        func cards() throws {
            for name in try FileManager.default.contentsOfDirectory(atPath: Repository.models.path) {
                let package = Repository.models.appending(path: name)
                let card = try String(contentsOf: package.appending(path: "README.md"), encoding: .utf8)
                let manifest = try JSONDecoder().decode(
                    ShippedManifest.self, from: Data(contentsOf: package.appending(path: "model.json")))
                #expect(manifest.weights.bytes <= 12_000_000, "\(name)")
                let words = card.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(words.contains("Research use only"), "\(name)")
                #expect(!manifest.measured.isEmpty, "\(name)")
                for figure in manifest.measured {
                    #expect(card.contains(figure.command), "\(name): \(figure.command)")
                    let row = "| \(figure.metric.replacing("_", with: " ")) | "
                    #expect(card.contains("| \(figure.data) \(row)"), "\(name): \(figure.data), \(figure.metric)")
                }
                for source in manifest.provenance.data {
                    #expect(!source.licence.isEmpty && !source.credit.isEmpty, "\(name): \(source.name)")
                }
            }
        }

        /// What a reader of a package relies on.
        private struct ShippedManifest: Decodable {
            struct Weights: Decodable { let bytes: Int }
            struct Figure: Decodable { let data, metric, command: String }
            struct Source: Decodable { let name, licence, credit: String }
            struct Provenance: Decodable { let data: [Source] }
            let weights: Weights
            let measured: [Figure]
            let provenance: Provenance
        }
    }
}
