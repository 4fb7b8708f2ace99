public import Foundation

/// A safetensors file, mapped: 8 bytes length (little endian), a JSON header, then the tensors' bytes without gaps.
///
/// Everything the header says is checked before any tensor is read; no input makes it trap.
public final class SafetensorsFile: Sendable {
    /// One tensor of the file.
    public struct Entry: Sendable, Hashable {
        public let type: ElementType
        /// Slowest axis first.
        public let shape: [Int]
        /// Its bytes, counted from the start of the file.
        let bytes: Range<Int>
    }

    public enum ElementType: String, Sendable, Hashable {
        case float32 = "F32"
        case float16 = "F16"

        var byteCount: Int { self == .float32 ? 4 : 2 }
    }

    /// A header of a network that fits in memory is far smaller.
    static let maximumHeaderBytes = 16 << 20

    /// By tensor name.
    public let entries: [String: Entry]
    private let file: MappedFile

    public init(opening url: URL) throws(SafetensorsError) {
        do {
            file = try MappedFile(url)
        } catch {
            throw SafetensorsError(.unreadable, "\(url.lastPathComponent) cannot be read: \(error.code)", cause: error)
        }
        entries = try Self.readEntries(file.bytes)
    }

    /// The whole file, for a digest.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(file.bytes)
    }

    /// The values of a tensor in memory order, whatever their type in the file.
    public func floats(_ name: String) throws(SafetensorsError) -> [Float] {
        guard let entry = entries[name] else { throw SafetensorsError(.missing, "there is no tensor \(name)") }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.bytes])
        let count = bytes.count / entry.type.byteCount
        return switch entry.type {
        case .float32:
            (0..<count).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        case .float16:
            (0..<count).map {
                Float(
                    Float16(
                        bitPattern: UInt16(
                            littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))))
            }
        }
    }

    private static func readEntries(_ bytes: UnsafeRawBufferPointer) throws(SafetensorsError) -> [String: Entry] {
        guard bytes.count >= 8 else { throw SafetensorsError(.malformed, "the file ends before its header") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(min(bytes.count - 8, maximumHeaderBytes)) else {
            throw SafetensorsError(.malformed, "a header of \(length) bytes in a file of \(bytes.count)")
        }
        let start = 8 + Int(length)
        let header: SafetensorsHeader
        do {
            header = try JSONDecoder().decode(SafetensorsHeader.self, from: Data(bytes[8..<start]))
        } catch {
            throw SafetensorsError(.malformed, "the header is not the JSON that the format asks for", cause: error)
        }
        var entries: [String: Entry] = [:]
        for (name, tensor) in header.tensors { entries[name] = try entry(name, tensor, start: start, end: bytes.count) }
        try checkCoverage(entries, start: start, end: bytes.count)
        return entries
    }

    private static func entry(
        _ name: String, _ tensor: SafetensorsHeader.Tensor, start: Int, end: Int
    ) throws(SafetensorsError) -> Entry {
        guard let type = ElementType(rawValue: tensor.dtype) else {
            throw SafetensorsError(.unsupportedType, "\(name) is of type \(tensor.dtype); F32 and F16 are read")
        }
        guard tensor.offsets.count == 2, 0 <= tensor.offsets[0], tensor.offsets[0] <= tensor.offsets[1],
            tensor.offsets[1] <= end - start
        else {
            throw SafetensorsError(.inconsistent, "\(name) lies outside of the file")
        }
        guard byteCount(tensor.shape, type) == tensor.offsets[1] - tensor.offsets[0] else {
            throw SafetensorsError(.inconsistent, "\(name): its bytes do not fit its shape \(tensor.shape)")
        }
        return Entry(type: type, shape: tensor.shape, bytes: start + tensor.offsets[0]..<start + tensor.offsets[1])
    }

    /// nil if an extent is negative or the product overflows.
    private static func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
        var product = type.byteCount
        for extent in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }

    /// The tensors follow one another without gap or overlap and fill the file.
    private static func checkCoverage(_ entries: [String: Entry], start: Int, end: Int) throws(SafetensorsError) {
        var position = start
        for (name, entry) in entries.sorted(by: {
            ($0.value.bytes.lowerBound, $0.key) < ($1.value.bytes.lowerBound, $1.key)
        }) {
            guard entry.bytes.lowerBound == position else {
                throw SafetensorsError(.inconsistent, "\(name) overlaps another tensor or leaves a gap before it")
            }
            position = entry.bytes.upperBound
        }
        guard position == end else {
            throw SafetensorsError(.malformed, "the file has \(end - position) bytes that no tensor owns")
        }
    }
}
