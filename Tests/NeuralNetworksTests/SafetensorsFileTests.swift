import Foundation
import NeuralNetworks
import Testing

@Suite struct SafetensorsFileTests {
    @Test("F32 and F16 tensors are read, wherever they start")
    func reading() throws {
        let halves: [Float16] = [1.5, -2, 65504]
        let data = halves.reduce(into: Data()) { data, value in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        let header = """
            {"__metadata__": {"by": "a test"}, "h": {"dtype": "F16", "shape": [3], "data_offsets": [0, 6]}, \
            "f": {"dtype": "F32", "shape": [1, 2], "data_offsets": [6, 14]}}
            """
        let file = try SafetensorsFile(opening: write(header, data + floats([0.25, -8])))
        #expect(try file.floats("h") == [1.5, -2, 65504])
        #expect(try file.floats("f") == [0.25, -8])
        #expect(file.entries["f"]?.shape == [1, 2])
        #expect(throws: SafetensorsError.self) { try file.floats("g") }
    }

    /// A header, the number of data bytes, and what is wrong.
    static let hostile: [(String, Int, SafetensorsError.Code)] = [
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 7, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 9, .malformed),
        (#"{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}"#, 8, .unsupportedType),
        (#"{"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 8]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}"#, 8, .inconsistent),
        (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}"#, 12, .inconsistent),
        (
            #"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}"#,
            12, .inconsistent
        ),
        (#"{"a": {"dtype": "F32", "shape": [2.5], "data_offsets": [0, 8]}}"#, 8, .malformed),
        (#"{"a": 1}"#, 0, .malformed),
        (#"[1]"#, 0, .malformed),
        (#"{"a""#, 0, .malformed),
        (String(repeating: "[", count: 100_000), 0, .malformed)
    ]

    @Test("a hostile file is refused with the reason", arguments: hostile)
    func refusal(header: String, dataBytes: Int, code: SafetensorsError.Code) throws {
        let url = try write(header, Data(repeating: 0, count: dataBytes))
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(opening: url) }
        #expect(error?.code == code)
    }

    @Test("files that end before their header does", arguments: [0, 1, 7, 8, 12])
    func truncation(bytes: Int) throws {
        let whole = try Data(contentsOf: write("{}      ", Data()))
        let url = temporaryURL()
        try whole.prefix(bytes).write(to: url)
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(opening: url) }
        #expect(error?.code == .malformed)
    }

    @Test("a header length beyond all bounds", arguments: [UInt64.max, UInt64(Int64.max), 1 << 40, 17 << 20])
    func headerLength(length: UInt64) throws {
        let url = temporaryURL()
        try (withUnsafeBytes(of: length.littleEndian) { Data($0) } + Data(repeating: 32, count: 100)).write(to: url)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(opening: url) }
    }

    @Test("a file that is not there")
    func missing() {
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(opening: URL(filePath: "/nowhere/x")) }
        #expect(error?.code == .unreadable)
    }

    private func write(_ header: String, _ data: Data) throws -> URL {
        let url = temporaryURL()
        let text = Data(header.utf8)
        try (withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data).write(to: url)
        return url
    }

    private func temporaryURL() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    }

    private func floats(_ values: [Float]) -> Data {
        values.reduce(into: Data()) { data, value in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
    }
}
