/// The images of a series while the rules of assembly look at them: what is left, in which order, and what was noticed.
package struct CandidateStack {
    /// One image that is still in the stack.
    package struct Slice: Sendable {
        package let header: SliceHeader
        package var plane: SlicePlane
        /// The plane's distance from the patient coordinate origin along the stack's normal.
        package var distanceMM = 0.0
        /// The shift of the first pixel within the plane, against the first slice, in pixels along i and j.
        package var shift = (i: 0.0, j: 0.0)
    }

    package let options: AssemblyOptions
    /// Whether two images have the same stored pixels; asked only for images at the same position.
    package let havePixelsInCommon: (SliceHeader, SliceHeader) -> Bool
    /// The images that are left, before their planes are known.
    package var headers: [SliceHeader]
    /// The images that are left, once their planes are known; finally sorted along the normal.
    package var slices: [Slice] = []
    package var messages: [AssemblyMessage] = []
    /// Shifts within the planes are more than half a pixel (gantry tilt).
    package var isSheared = false
    /// Slices are not equidistant and must be resampled along the normal.
    package var isUneven = false
    /// The distance between the slices of the network's grid.
    package var spacingMM = 0.0

    package init(
        _ headers: [SliceHeader], options: AssemblyOptions = AssemblyOptions(),
        havePixelsInCommon: @escaping (SliceHeader, SliceHeader) -> Bool
    ) {
        self.headers = headers
        self.options = options
        self.havePixelsInCommon = havePixelsInCommon
    }

    package var gapsMM: [Double] {
        zip(slices.dropFirst(), slices).map { $0.distanceMM - $1.distanceMM }
    }

    package mutating func note(_ message: AssemblyMessage) { messages.append(message) }

    package func refusal(_ message: AssemblyMessage) -> AssemblyRefusal {
        AssemblyRefusal(message, notes: messages)
    }

    /// Splits the slices into classes of mutually equivalent ones, largest first, otherwise in order of appearance.
    func classes(of slices: [Slice], by areEquivalent: (Slice, Slice) -> Bool) -> [[Slice]] {
        var classes: [[Slice]] = []
        for slice in slices {
            if let index = classes.firstIndex(where: { areEquivalent($0[0], slice) }) {
                classes[index].append(slice)
            } else {
                classes.append([slice])
            }
        }
        return classes.enumerated()
            .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element)
    }
}
