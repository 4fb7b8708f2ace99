/// How much working memory a run may take.
package struct MemoryLimit: Sendable {
    /// nil: no limit.
    package let bytes: Int?

    package init(bytes: Int?) {
        self.bytes = bytes
    }

    func check(_ needed: Int) throws(SegmentationError) {
        guard let bytes, needed > bytes else { return }
        throw SegmentationError(
            .memoryLimit,
            "This volume needs \(needed >> 20) MB of working memory; \(bytes >> 20) MB are allowed.")
    }
}
