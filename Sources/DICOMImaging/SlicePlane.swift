package import Geometry

/// An image plane in patient space (PS3.3 §C.7.6.2), parsed from its decimal strings.
package struct SlicePlane: Sendable, Hashable {
    /// The centre of the first pixel.
    package var position: PointMM
    /// Unit vectors along increasing column and row index.
    package var iDirection: VectorMM
    package var jDirection: VectorMM
    /// Distances between pixel centres along a row (i) and along a column (j).
    package var spacingI: Double
    package var spacingJ: Double
    /// The largest deviation of the directions from orthonormal, before they were made so.
    package var skew: Double

    package var normal: VectorMM { iDirection.cross(jDirection) }

    /// - Returns: nil where ImagePositionPatient, ImageOrientationPatient or PixelSpacing is absent or not numbers.
    package init?(_ header: SliceHeader) {
        guard let position = Self.numbers(header.imagePositionPatient, count: 3),
            let cosines = Self.numbers(header.imageOrientationPatient, count: 6),
            let spacing = Self.numbers(header.pixelSpacing, count: 2), spacing.allSatisfy({ $0 > 0 })
        else { return nil }
        let row = VectorMM(x: cosines[0], y: cosines[1], z: cosines[2])
        let column = VectorMM(x: cosines[3], y: cosines[4], z: cosines[5])
        guard row.length > 0, column.length > 0 else { return nil }
        self.position = PointMM(x: position[0], y: position[1], z: position[2])
        skew = max(abs(row.length - 1), abs(column.length - 1), abs(row.dot(column)))
        iDirection = row.normalized
        jDirection = (column - iDirection * column.dot(iDirection)).normalized
        // PixelSpacing gives the distance between rows first (PS3.3 §10.7.1.3).
        spacingI = spacing[1]
        spacingJ = spacing[0]
    }

    private static func numbers(_ strings: [String], count: Int) -> [Double]? {
        let values = strings.compactMap { Double($0) }
        guard strings.count == count, values.count == count, values.allSatisfy(\.isFinite) else { return nil }
        return values
    }

    /// Whether two planes have the same axes, to about 0.06° (one direction cosine of 1e-3).
    package func isParallel(to other: SlicePlane) -> Bool {
        let tolerance = 1e-3
        return (iDirection - other.iDirection).length < tolerance && (jDirection - other.jDirection).length < tolerance
    }

    package func hasEqualSpacing(to other: SlicePlane) -> Bool {
        abs(spacingI / other.spacingI - 1) < 1e-3 && abs(spacingJ / other.spacingJ - 1) < 1e-3
    }
}
