internal import Geometry
internal import Imaging

/// Slices at the ends of a scan that hold lung but none of the region of interest: the published closing takes what
/// lies beyond the scan for background.
struct UnsearchedLung {
    private let lowest: Int
    private let highest: Int

    /// - Parameters:
    ///   - lungs: with its axes in LPS order, so that k runs to the head.
    ///   - region: on the same grid.
    /// - Returns: nil if every slice with lung at the ends is searched.
    init?(lungs: Mask, region: Mask) {
        func isUnsearched(_ k: Int) -> Bool {
            let slice = k * lungs.size.planeCount..<(k + 1) * lungs.size.planeCount
            return lungs.elements[slice].contains(1) && !region.elements[slice].contains(1)
        }
        let slices = 0..<lungs.size.depth
        lowest = slices.prefix(while: isUnsearched).count
        highest = slices.reversed().prefix(while: isUnsearched).count
        if lowest + highest == 0 { return nil }
    }

    /// For the user.
    var remark: String {
        let ends = [(lowest, "lowest"), (highest, "highest")].filter { $0.0 > 0 }.map { "the \($0.0) \($0.1)" }
        return "The scan ends inside the lungs: \(ends.joined(separator: " and ")) slices were not searched."
    }
}
