public import Foundation

extension SafetensorsFile {
    /// Writes tensors of 32-bit floats, replacing a file of that name at once or not at all.
    /// - Parameter tensors: name, shape (slowest axis first), and as many values.
    public static func write(
        _ tensors: [(name: String, shape: [Int], values: [Float])], to url: URL
    ) throws(SafetensorsError) {
        var header: [String: HeaderEntry] = [:]
        var data = Data()
        for tensor in tensors {
            precondition(tensor.shape.reduce(1, *) == tensor.values.count, "a tensor of another shape")
            let start = data.count
            for value in tensor.values {
                Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
            header[tensor.name] = HeaderEntry(dtype: "F32", shape: tensor.shape, offsets: [start, data.count])
        }
        do {
            var text = try JSONEncoder().encode(header)
            text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
            let length = Swift.withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
            try (length + text + data).write(to: url, options: .atomic)
        } catch {
            throw SafetensorsError(
                .unwritable, "\(url.lastPathComponent) cannot be written; check the folder and its space", cause: error)
        }
    }

    private struct HeaderEntry: Encodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        private enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }
}
