internal import Glibc

/// Memory for floats, aligned to a cache line; large buffers ask for huge pages, since the first touch of 4 KB pages
/// costs more than many a computation on them.
public final class AlignedBuffer: @unchecked Sendable {
    // Unchecked: the pointer never changes; who writes where is the owner's business (see `Tensor`).
    public let base: UnsafeMutablePointer<Float>
    public let count: Int

    private static let hugePageBytes = 2 << 20

    /// - Parameter count: the number of floats; their values are undefined.
    public init(count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        let alignment = bytes >= Self.hugePageBytes ? Self.hugePageBytes : 64
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
        Self.adviseHugePages(memory, byteCount: bytes)
        self.base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        self.count = count
    }

    /// Asks for huge pages for memory that is not touched yet, as far as it fills them.
    public static func adviseHugePages(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
        let first = memory.alignedUp(toMultipleOf: hugePageBytes)
        let bytes = byteCount - (first - memory)
        if bytes >= hugePageBytes { madvise(first, bytes, MADV_HUGEPAGE) }
    }

    /// Leaves floats undefined and without memory behind them, as far as they fill pages.
    func discard(_ floats: Range<Int>) {
        let page = Int(getpagesize())
        let first = UnsafeMutableRawPointer(base + floats.lowerBound).alignedUp(toMultipleOf: page)
        let end = UnsafeMutableRawPointer(base + floats.upperBound).alignedDown(toMultipleOf: page)
        if end > first { madvise(first, end - first, MADV_DONTNEED) }
    }

    convenience init(count: Int, repeating value: Float) {
        self.init(count: count)
        base.initialize(repeating: value, count: count)
    }

    /// The values, then zeros.
    convenience init(_ values: [Float], count: Int) {
        self.init(count: count, repeating: 0)
        base.update(from: values, count: values.count)
    }

    public var byteCount: Int { count * MemoryLayout<Float>.stride }

    /// The next multiple of a cache line.
    public static func wholeLines(_ count: Int) -> Int { (count + 15) & ~15 }

    deinit {
        base.deallocate()
    }
}
