import CDCMTK
public import DICOMCore

/// Reading is lenient: what is absent, empty or of another kind is nil or an empty array.
extension DataSet {
    /// The element is there, with or without a value.
    public func contains(_ tag: Tag) -> Bool { dcx_dataset_contains(handle, tag.shim) }

    /// The whole value of a text attribute without padding, backslashes kept; nil if absent or empty. Bytes that are
    /// not UTF-8 are taken for ISO 8859-1, whatever the character set says: such text is for logs and rules, not for
    /// copying.
    public func string(_ tag: Tag) -> String? {
        guard let bytes = textBytes(tag) else { return nil }
        let text = Self.text(bytes)
        return text.isEmpty ? nil : text
    }

    /// The values of a text attribute, split at backslashes, each without padding.
    public func strings(_ tag: Tag) -> [String] {
        guard let bytes = textBytes(tag), !Self.trimmed(bytes).isEmpty else { return [] }
        return bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false)
            .map { Self.text(UnsafeRawBufferPointer(rebasing: $0)) }
    }

    /// A well-formed UID, typed by what the caller takes it for.
    public func uid<Role>(_ tag: Tag) -> UniqueIdentifier<Role>? {
        string(tag).flatMap(UniqueIdentifier<Role>.init(rawValue:))
    }

    /// The first whole number.
    public func int(_ tag: Tag) -> Int? { ints(tag).first }

    /// Whole numbers of any numeric attribute (US, SS, UL, SL, IS, and DS where whole; OW as words, as LUT Data may be;
    /// AT as group, element); empty if one of them is not a whole number.
    public func ints(_ tag: Tag) -> [Int] {
        guard let value = value(tag) else { return [] }
        switch value.kind {
        case .DCX_VALUE_UINT16: return value.array(of: UInt16.self, Int.init)
        case .DCX_VALUE_INT16: return value.array(of: Int16.self, Int.init)
        case .DCX_VALUE_UINT32: return value.array(of: UInt32.self, Int.init)
        case .DCX_VALUE_INT32: return value.array(of: Int32.self, Int.init)
        default:
            let numbers = doubles(tag)
            let whole = numbers.compactMap(Int.init(exactly:))
            return whole.count == numbers.count ? whole : []
        }
    }

    /// The first number.
    public func double(_ tag: Tag) -> Double? { doubles(tag).first }

    /// Numbers of any numeric attribute (DS, IS, FD, FL, and what `ints` reads); empty if one of them is not a finite
    /// number.
    public func doubles(_ tag: Tag) -> [Double] {
        guard let value = value(tag) else { return [] }
        switch value.kind {
        case .DCX_VALUE_TEXT: return Self.allFinite(strings(tag).map { Double($0) ?? .nan })
        case .DCX_VALUE_FLOAT32: return Self.allFinite(value.array(of: Float.self, Double.init))
        case .DCX_VALUE_FLOAT64: return Self.allFinite(value.array(of: Double.self, \.self))
        case .DCX_VALUE_UINT16, .DCX_VALUE_INT16, .DCX_VALUE_UINT32, .DCX_VALUE_INT32: return ints(tag).map(Double.init)
        default: return []
        }
    }

    /// The bytes of a value as they are in memory (OB, OW, UN and other binary values; text with its padding).
    public func bytes(_ tag: Tag) -> [UInt8]? {
        guard let value = value(tag) else { return nil }
        let hasBytes = value.kind != .DCX_VALUE_ABSENT && value.kind != .DCX_VALUE_SEQUENCE
        return hasBytes ? [UInt8](value.buffer) : nil
    }

    /// The items of a sequence, in order.
    public func items(_ tag: Tag) -> [DataSet] {
        let count = dcx_dataset_item_count(handle, tag.shim)
        guard count > 0 else { return [] }
        let handles = [OpaquePointer?](unsafeUninitializedCapacity: Int(count)) { buffer, initializedCount in
            guard let first = buffer.baseAddress else { return }
            initializedCount = Int(dcx_dataset_items(handle, tag.shim, first, count))
        }
        return handles.compactMap { $0.map(item) }
    }

    private func value(_ tag: Tag) -> dcx_value? {
        var value = dcx_value()
        return dcx_dataset_value(handle, tag.shim, &value, nil) == .DCX_OK ? value : nil
    }

    private func textBytes(_ tag: Tag) -> UnsafeRawBufferPointer? {
        guard let value = value(tag), value.kind == .DCX_VALUE_TEXT else { return nil }
        return value.buffer
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        let significant = trimmed(bytes)
        return String(validating: significant, as: UTF8.self)
            ?? String(String.UnicodeScalarView(significant.map(Unicode.Scalar.init)))
    }

    /// Without the padding of PS3.5 §6.2: spaces and NUL.
    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
        let isPadding = { (byte: UInt8) in byte == 0 || byte == UInt8(ascii: " ") }
        guard let first = bytes.firstIndex(where: { !isPadding($0) }),
            let last = bytes.lastIndex(where: { !isPadding($0) })
        else { return bytes[0..<0] }
        return bytes[first...last]
    }

    private static func allFinite(_ numbers: [Double]) -> [Double] { numbers.allSatisfy(\.isFinite) ? numbers : [] }
}

extension dcx_value {
    fileprivate var buffer: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : byte_count)
    }

    fileprivate func array<Number, Result>(of: Number.Type, _ convert: (Number) -> Result) -> [Result] {
        let stride = MemoryLayout<Number>.stride
        return (0..<buffer.count / stride).map {
            convert(buffer.loadUnaligned(fromByteOffset: $0 * stride, as: Number.self))
        }
    }
}
