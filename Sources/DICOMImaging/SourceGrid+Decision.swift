import DICOMCore
import Geometry
import Imaging

extension SourceGrid {
    /// The grid of the slices that assembly has chosen; nil if there are none.
    init?(_ decision: CandidateStack) {
        guard let first = decision.slices.first, decision.slices.count > 1 else { return nil }
        let plane = first.plane
        let gaps = decision.gapsMM
        let median = gaps.sorted()[gaps.count / 2]
        geometry = GridGeometry(
            size: GridSize(width: first.header.columns, height: first.header.rows, depth: decision.slices.count),
            spacing: SpacingMM(i: plane.spacingI, j: plane.spacingJ, k: median),
            origin: plane.position, iDirection: plane.iDirection, jDirection: plane.jDirection,
            kDirection: plane.normal)
        unit = first.header.unit
        imageOrientationPatient = plane.orientationStrings(first.header).joined(separator: "\\")
        pixelSpacing = Self.quoted(first.header.pixelSpacing).joined(separator: "\\")
        slices = decision.slices.compactMap(Slice.init)
        guard slices.count == decision.slices.count else { return nil }
        stack = SliceStack(plane: geometry, origins: decision.slices.map(\.plane.position))
    }

    /// Decimal strings as they are in the file; longer ones than PS3.5 §6.2 allows are rounded to fit.
    static func quoted(_ strings: [String]) -> [String] {
        strings.map { $0.utf8.count <= 16 ? $0 : decimalString(Double($0) ?? 0) }
    }

    /// At most 16 characters, with 12 significant digits or those that fit.
    static func decimalString(_ value: Double) -> String {
        for digits in stride(from: 12, through: 6, by: -1) {
            let text = significant(value, digits: digits)
            if text.utf8.count <= 16 { return text }
        }
        return significant(value, digits: 6)
    }
}

extension SourceGrid.Slice {
    fileprivate init?(_ slice: CandidateStack.Slice) {
        guard let instance = slice.header.instance else { return nil }
        self.instance = instance
        frameNumber = slice.header.isMultiFrame ? slice.header.frameIndex + 1 : nil
        imagePositionPatient = SourceGrid.quoted(slice.header.imagePositionPatient).joined(separator: "\\")
    }
}

extension SlicePlane {
    /// The strings of the file, unless they had to be made orthonormal.
    fileprivate func orientationStrings(_ header: SliceHeader) -> [String] {
        guard skew > 1e-3 else { return SourceGrid.quoted(header.imageOrientationPatient) }
        let cosines = [iDirection.x, iDirection.y, iDirection.z, jDirection.x, jDirection.y, jDirection.z]
        return cosines.map(SourceGrid.decimalString)
    }
}

extension SliceHeader {
    /// What the values mean after rescale.
    var unit: IntensityUnit {
        if isCT { return .hounsfield }
        return units == "BQML" ? .becquerelsPerML : .arbitrary
    }
}
