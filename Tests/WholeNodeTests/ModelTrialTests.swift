import Foundation
import Testing

extension WholeNodeTests {
    /// `fovea model bench` and `fovea model run`.
    @Suite struct ModelTrials {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test("bench: layers, stages and the total as JSON, for every kind of network", arguments: [
            ["--architecture", "enet3d", "--shape", "32x32x32"],
            ["--architecture", "unet3d", "--shape", "70x64x64", "--tiled"],
            ["--architecture", "clstm", "--shape", "2x32x48"],
            [Repository.lungNodules, "--shape", "64x64x64", "--detail", "0"],
        ])
        func bench(arguments: [String]) throws {
            let result = try fovea(["model", "bench"] + arguments + ["--repeat", "1", "--json"], in: folder)
            #expect(result.status == 0, "\(result.error)")
            let report = try #require(try JSONSerialization.jsonObject(with: result.outputData) as? [String: Any])
            let layers = try #require(report["layers"] as? [[String: Any]])
            #expect(layers.count > 5)
            #expect(layers.allSatisfy { Set($0.keys) == ["name", "algorithm", "calls", "ms", "gflops", "mb"] })
            #expect(try #require(report["total_s"] as? Double) > 0)
            #expect(try #require(report["peak_memory_mb"] as? Double) > 1)
            #expect((report["stages"] as? [Any])?.isEmpty == false && report["isa"] is String)
        }

        @Test("run: a tensor in, a tensor out, the same by another engine within rounding")
        func run() throws {
            let input = folder.url.appending(path: "in.safetensors")
            try Self.safetensors(shape: [1, 1, 16, 16, 32], count: 8192).write(to: input)
            var outputs: [[Float]] = []
            for engine in ["baseline", "openblas"] {
                let output = folder.url.appending(path: "\(engine).safetensors")
                let result = try fovea(
                    [
                        "model", "run", "--architecture", "enet3d", "--input", input.path, "--output", output.path,
                        "--isa", engine,
                    ], in: folder)
                #expect(result.status == 0, "\(result.error)")
                outputs.append(try Self.floats(Data(contentsOf: output)))
            }
            let range = (outputs[0].max() ?? 0) - (outputs[0].min() ?? 0)
            #expect(outputs[0].count == 8192 && range > 0)
            #expect(zip(outputs[0], outputs[1]).allSatisfy { abs($0 - $1) < 2e-5 * range })
        }

        @Test("bad usage is told", arguments: [
            (["--architecture", "vgg", "--shape", "8x8x8"], "enet3d"),
            (["--architecture", "enet3d", "--shape", "8x8"], "three extents"),
            (["--shape", "8x8x8"], "--architecture"),
            (["--architecture", "enet3d", "--shape", "8x8x8", "--isa", "vax"], "openblas"),
            (["--architecture", "autopath-r18", "--shape", "48x64x64", "--path", "some"], "  - random:2"),
            (["--architecture", "mobilenetv2-unet3d", "--shape", "33x32x32"], ""),
        ])
        func usage(arguments: [String], message: String) throws {
            let result = try fovea(["model", "bench"] + arguments + ["--repeat", "1"], in: folder)
            #expect(result.status != 0)
            #expect(message.isEmpty ? !result.error.isEmpty : result.error.contains(message), "\(result.error)")
        }

        private static func safetensors(shape: [Int], count: Int) throws -> Data {
            let header: [String: Any] = [
                "input": ["dtype": "F32", "shape": shape, "data_offsets": [0, 4 * count]] as [String: Any]
            ]
            let text = try JSONSerialization.data(withJSONObject: header)
            let values = (0..<count).map { Float($0 % 97) / 97 }
            return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text
                + values.withUnsafeBytes { Data($0) }
        }

        private static func floats(_ file: Data) throws -> [Float] {
            let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            let values = file.dropFirst(8 + length)
            return stride(from: values.startIndex, to: values.endIndex, by: 4).map { start in
                Float(bitPattern: values[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
            }
        }
    }
}
