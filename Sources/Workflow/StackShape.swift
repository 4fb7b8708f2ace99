import Foundation
public import Geometry

/// What the positions of a series' images say about it, without a look at pixels: used to choose between series and to
/// judge completeness. Volume assembly has its own, stricter table.
public struct StackShape: Sendable, Hashable {
    /// Where one image lies: ImagePositionPatient and the normal of ImageOrientationPatient (PS3.3 §C.7.6.2.1.1).
    public struct Plane: Sendable, Hashable {
        public var position: PointMM
        public var normal: VectorMM

        public init(position: PointMM, normal: VectorMM) {
            self.position = position
            self.normal = normal
        }

        /// - Parameters: position: three values; orientation: the six direction cosines. nil if they are not that.
        public init?(position: [Double], orientation: [Double]) {
            guard position.count == 3, orientation.count == 6, (position + orientation).allSatisfy(\.isFinite) else {
                return nil
            }
            let row = VectorMM(x: orientation[0], y: orientation[1], z: orientation[2])
            let column = VectorMM(x: orientation[3], y: orientation[4], z: orientation[5])
            self.position = PointMM(x: position[0], y: position[1], z: position[2])
            normal = row.cross(column).normalized
        }
    }

    /// Different positions along the normal.
    public let positionCount: Int
    /// The median distance between neighbouring images along the normal; nil with one position.
    public let spacingMM: Double?
    /// From the first position to the last.
    public let coverageMM: Double
    /// Whether every distance is within 5 % of the median, and there are at least three positions.
    public let isGapless: Bool
    /// The angle between the normal and the body's long axis: 0 for an axial stack, 90 for coronal and sagittal ones.
    public let axialDeviationDegrees: Double

    /// Two positions closer than this are one.
    private static let samePositionMM = 1e-3
    /// Images whose normals differ by more than this (about 2.5 degrees) are not of one stack.
    private static let sameNormalCosine = 0.999

    /// - Returns: nil without planes. Planes of another orientation than the most frequent one are left out.
    public init?(_ planes: [Plane]) {
        guard let normal = Self.mainNormal(of: planes) else { return nil }
        let stack = planes.filter { abs($0.normal.dot(normal)) > Self.sameNormalCosine }
        let origin = PointMM(x: 0, y: 0, z: 0)
        let distances = Self.distinct(stack.map { ($0.position - origin).dot(normal) }.sorted())
        let steps = zip(distances, distances.dropFirst()).map { $1 - $0 }
        let median = steps.isEmpty ? nil : steps.sorted()[steps.count / 2]
        positionCount = distances.count
        spacingMM = median
        coverageMM = (distances.last ?? 0) - (distances.first ?? 0)
        isGapless = steps.count >= 2 && steps.allSatisfy { abs($0 - (median ?? 0)) <= 0.05 * (median ?? 0) }
        axialDeviationDegrees = acos(min(1, abs(normal.z))) * 180 / .pi
    }

    private static func mainNormal(of planes: [Plane]) -> VectorMM? {
        var clusters: [(normal: VectorMM, count: Int)] = []
        for plane in planes where plane.normal.length > 0.5 {
            if let index = clusters.firstIndex(where: { abs($0.normal.dot(plane.normal)) > sameNormalCosine }) {
                clusters[index].count += 1
            } else {
                clusters.append((plane.normal, 1))
            }
        }
        return clusters.max { $0.count < $1.count }?.normal
    }

    private static func distinct(_ sorted: [Double]) -> [Double] {
        sorted.reduce(into: []) { kept, next in
            if kept.last.map({ next - $0 > samePositionMM }) ?? true { kept.append(next) }
        }
    }
}
