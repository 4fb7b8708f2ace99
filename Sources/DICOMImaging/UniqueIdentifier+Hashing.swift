import Crypto
import DICOMCore

extension UniqueIdentifier {
    /// 2.25 followed by the first 128 bits of the text's SHA-256 digest (PS3.5 §B.2).
    init(hashing text: String) {
        let words = Self.words(of: text)
        self.init(bits: words[0], words[1])
    }

    private static func words(of text: String) -> [UInt64] {
        let bytes = Array(SHA256.hash(data: Array(text.utf8)))
        return stride(from: 0, to: 16, by: 8).map { start in
            bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
    }
}
