/// Working memory that grows to the largest run and is reused by the next: one arena of floats.
///
/// Belongs to one run at a time.
public final class Workspace: @unchecked Sendable {
    // Unchecked: the owner uses it for one run at a time.
    private var buffer = AlignedBuffer(count: 0)

    public init() {}

    /// The arena, at least `count` floats long; whatever was in it is lost.
    public func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
        if buffer.count < count {
            buffer = AlignedBuffer(count: 0)  // give back first: two arenas at once could be too much
            buffer = AlignedBuffer(count: count)
        }
        return buffer.base
    }

    /// Gives the memory behind parts of the arena back until they are used again; what lies there is lost.
    /// - Parameter parts: in floats.
    public func discard(_ parts: [Range<Int>]) {
        for part in parts { buffer.discard(part.clamped(to: 0..<buffer.count)) }
    }

    /// Gives the memory back.
    public func release() {
        buffer = AlignedBuffer(count: 0)
    }
}
