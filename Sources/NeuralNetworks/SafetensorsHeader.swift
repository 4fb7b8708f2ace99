/// The JSON header of a safetensors file: tensors by name, and free text under `__metadata__`.
struct SafetensorsHeader: Decodable {
    struct Tensor: Decodable {
        let dtype: String
        let shape: [Int]
        let offsets: [Int]

        private enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let tensors: [String: Tensor]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        var tensors: [String: Tensor] = [:]
        for key in container.allKeys where key.stringValue != "__metadata__" {
            tensors[key.stringValue] = try container.decode(Tensor.self, forKey: key)
        }
        self.tensors = tensors
    }
}
