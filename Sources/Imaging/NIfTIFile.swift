import CNIfTI
import Foundation
import Geometry

/// A NIfTI file's header and its voxels as stored, in native byte order.
struct NIfTIFile {
    let header: NIfTIHeader
    private let bytes: [UInt8]

    /// No stream of deflate grows by more than this factor (1032 plus its framing).
    private static let maximumExpansion = 1100

    init(reading url: URL) throws(NIfTIError) {
        guard let stream = znzopen(url.path, "rb", url.isGzip ? 1 : 0) else {
            throw NIfTIError(.inputOutput, "\(url.lastPathComponent) cannot be opened")
        }
        defer {
            var stream: znzFile? = stream
            Xznzclose(&stream)
        }
        var raw = nifti_1_header()
        guard znzread(&raw, 1, NIfTIHeader.byteCount, stream) == NIfTIHeader.byteCount else {
            throw NIfTIError(.notNIfTI, "\(url.lastPathComponent) is shorter than a NIfTI header")
        }
        let isSwapped = raw.sizeof_hdr.byteSwapped == NIfTIHeader.byteCount
        if isSwapped { swap_nifti_header(&raw, 1) }
        header = try NIfTIHeader(checking: raw)
        bytes = try Self.readVoxels(stream, header, url: url, isSwapped: isSwapped)
    }

    private static func readVoxels(
        _ stream: znzFile, _ header: NIfTIHeader, url: URL, isSwapped: Bool
    ) throws(NIfTIError) -> [UInt8] {
        let byteCount = header.size.count * header.dataType.byteCount
        let truncated = NIfTIError(
            .truncated, "\(url.lastPathComponent) ends before its \(byteCount) bytes of voxels do")
        // A header that promises more than the file can hold gets no memory.
        let fileBytes = (try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        guard byteCount <= fileBytes * (url.isGzip ? maximumExpansion : 1) else { throw truncated }
        guard znzseek(stream, header.dataOffset, SEEK_SET) >= 0 else { throw truncated }
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            count = znzread(buffer.baseAddress, 1, byteCount, stream)
            if isSwapped && header.dataType.byteCount > 1 && count == byteCount {
                nifti_swap_Nbytes(header.size.count, Int32(header.dataType.byteCount), buffer.baseAddress)
            }
        }
        guard bytes.count == byteCount else { throw truncated }
        return bytes
    }

    /// The voxels with the header's scaling.
    func floats() -> [Float] {
        let scaling = header.scaling
        return converted { (value: Double) in
            scaling.map { Float(value * $0.slope + $0.intercept) } ?? Float(value)
        }
    }

    /// The voxels as labels.
    func labels() throws(NIfTIError) -> [UInt16] {
        let scaling = header.scaling
        var strange = 0
        let labels = converted { (value: Double) -> UInt16 in
            let value = scaling.map { value * $0.slope + $0.intercept } ?? value
            if let label = UInt16(exactly: value) { return label }
            strange += 1
            return 0
        }
        guard strange == 0 else {
            throw NIfTIError(.notLabels, "\(strange) voxels are not whole numbers from 0 to 65535")
        }
        return labels
    }

    private func converted<Result>(_ convert: (Double) -> Result) -> [Result] {
        switch header.dataType {
        case .uint8: elements(UInt8.self) { convert(Double($0)) }
        case .int8: elements(Int8.self) { convert(Double($0)) }
        case .int16: elements(Int16.self) { convert(Double($0)) }
        case .uint16: elements(UInt16.self) { convert(Double($0)) }
        case .int32: elements(Int32.self) { convert(Double($0)) }
        case .uint32: elements(UInt32.self) { convert(Double($0)) }
        case .float32: elements(Float.self) { convert(Double($0)) }
        case .float64: elements(Double.self) { convert($0) }
        }
    }

    private func elements<Stored: BitwiseCopyable, Result>(
        _ type: Stored.Type, _ convert: (Stored) -> Result
    ) -> [Result] {
        bytes.withUnsafeBytes { bytes in
            (0..<header.size.count).map {
                convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Stored>.size, as: type))
            }
        }
    }

    static func write<Value: BitwiseCopyable>(
        _ header: NIfTIHeader, _ voxels: [Value], to url: URL
    ) throws(NIfTIError) {
        let failure = NIfTIError(
            .inputOutput, "\(url.lastPathComponent) cannot be written; check the folder and its space")
        guard let stream = znzopen(url.path, "wb", url.isGzip ? 1 : 0) else { throw failure }
        var raw = header.raw
        // After the header four bytes say that no extensions follow.
        var extensions: UInt32 = 0
        let byteCount = voxels.count * MemoryLayout<Value>.size
        let written =
            znzwrite(&raw, 1, NIfTIHeader.byteCount, stream) + znzwrite(&extensions, 1, 4, stream)
            + znzwrite(voxels, 1, byteCount, stream)
        var closing: znzFile? = stream
        let isClosed = Xznzclose(&closing) == 0
        guard written == header.dataOffset + byteCount, isClosed else { throw failure }
    }
}

extension URL {
    fileprivate var isGzip: Bool { pathExtension.lowercased() == "gz" }
}
