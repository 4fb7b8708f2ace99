import DICOMCore
import Geometry

/// Which of the planes belong together.
extension AssemblyRule {
    /// A group below this share of the largest one is a stray (localizers, reference images), not a stack of its own.
    private static let strayShare = 0.2

    static func readPlanes(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        try requireAttributes(stack)
        stack.slices = stack.headers.compactMap { header in
            SlicePlane(header).map { CandidateStack.Slice(header: header, plane: $0) }
        }
        let unusable = stack.headers.count - stack.slices.count
        if unusable > 0 { throw stack.refusal(AssemblyMessage(.missingGeometry, "\(unusable)", "plane")) }
        let skew = stack.slices.map(\.plane.skew).max() ?? 0
        if skew > 1e-2 { throw stack.refusal(AssemblyMessage(.skewedOrientation, decimal(skew, places: 3))) }
        if skew > 1e-3 { stack.note(AssemblyMessage(.renormalizedOrientation, decimal(skew, places: 4))) }
    }

    private static func requireAttributes(_ stack: CandidateStack) throws(AssemblyRefusal) {
        let attributes: [(String, (SliceHeader) -> [String])] = [
            ("ImagePositionPatient", \.imagePositionPatient), ("ImageOrientationPatient", \.imageOrientationPatient),
            ("PixelSpacing", \.pixelSpacing),
        ]
        for (name, value) in attributes {
            let count = stack.headers.filter { value($0).isEmpty }.count
            if count > 0 { throw stack.refusal(AssemblyMessage(.missingGeometry, "\(count)", name)) }
        }
        let empty = stack.headers.filter { $0.rows <= 0 || $0.columns <= 0 }.count
        if empty > 0 { throw stack.refusal(AssemblyMessage(.missingGeometry, "\(empty)", "matrix")) }
    }

    static func chooseFrameOfReference(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let classes = stack.classes(of: stack.slices) {
            $0.header.frameOfReferenceUID == $1.header.frameOfReferenceUID
        }
        if classes.count > 1 {
            stack.note(AssemblyMessage(.severalFramesOfReference, "\(classes.count)"))
            stack.slices = classes[0]
        }
        if stack.slices.first?.header.frameOfReferenceUID == nil {
            let message = AssemblyMessage(.missingFrameOfReference)
            if stack.options.refusesMissingFrameOfReference { throw stack.refusal(message) }
            stack.note(message)
        }
    }

    static func chooseOrientation(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let classes = stack.classes(of: stack.slices) { $0.plane.isParallel(to: $1.plane) }
        guard classes.count > 1 else { return }
        if classes[0].count < stack.options.minimumSlices {
            // Three planes with a few images each: the localizer of an MR study, whatever its ImageType says.
            throw stack.refusal(AssemblyMessage(.onlyLocalizers))
        }
        let stacks = classes.filter { Double($0.count) >= strayShare * Double(classes[0].count) }
        let largeEnough = stacks.filter { $0.count >= stack.options.minimumSlices }
        let chosen = largeEnough.max { abs($0[0].plane.normal.z) < abs($1[0].plane.normal.z) } ?? classes[0]
        noteDropped(stack.slices.count - stacks.map(\.count).reduce(0, +), in: &stack)
        if stacks.count > 1 { stack.note(AssemblyMessage(.severalOrientations, "\(stacks.count)")) }
        stack.slices = chosen
    }

    static func requireOneMatrix(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        sort(&stack)
        let classes = stack.classes(of: stack.slices) { $0.hasSameMatrix(as: $1) }
        guard classes.count > 1 else { return }
        let strays = classes.dropFirst().flatMap { $0 }
        guard Double(strays.count) < strayShare * Double(classes[0].count),
            strays.allSatisfy({ stray in classes[0].contains { $0.isAtPosition(of: stray) } })
        else {
            throw stack.refusal(AssemblyMessage(.mixedMatrix, classes[0][0].matrix, classes[1][0].matrix))
        }
        noteDropped(strays.count, in: &stack)
        stack.slices = classes[0]
        sort(&stack)
    }

    /// Sorts along the normal of the first slice's plane, which all others share now.
    private static func sort(_ stack: inout CandidateStack) {
        guard let first = stack.slices.first?.plane else { return }
        let normal = first.normal
        for index in stack.slices.indices {
            let offset = stack.slices[index].plane.position - PointMM(x: 0, y: 0, z: 0)
            stack.slices[index].distanceMM = offset.dot(normal)
        }
        stack.slices.sort {
            ($0.distanceMM, $0.header.instanceNumber ?? .max) < ($1.distanceMM, $1.header.instanceNumber ?? .max)
        }
    }

    static func requireCoverage(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let options = stack.options
        let extent = (stack.slices.last?.distanceMM ?? 0) - (stack.slices.first?.distanceMM ?? 0)
        guard stack.slices.count >= max(2, options.minimumSlices), extent >= options.minimumExtentMM else {
            throw stack.refusal(
                AssemblyMessage(
                    .tooFewSlices, "\(stack.slices.count)", decimal(extent, places: 1),
                    "\(options.minimumSlices)", decimal(options.minimumExtentMM, places: 1)))
        }
    }
}

extension CandidateStack.Slice {
    /// Positions nearer than this are the same.
    static let positionToleranceMM = 1e-3

    func isAtPosition(of other: CandidateStack.Slice) -> Bool {
        abs(distanceMM - other.distanceMM) <= Self.positionToleranceMM
    }

    fileprivate func hasSameMatrix(as other: CandidateStack.Slice) -> Bool {
        header.rows == other.header.rows && header.columns == other.header.columns
            && plane.hasEqualSpacing(to: other.plane)
    }

    fileprivate var matrix: String {
        "\(header.columns) x \(header.rows) of "
            + "\(decimal(plane.spacingI, places: 4)) x \(decimal(plane.spacingJ, places: 4)) mm"
    }
}
