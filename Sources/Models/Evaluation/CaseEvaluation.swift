internal import Foundation
internal import Geometry
public import Imaging

/// How a segmentation compares with the truth of one case.
///
/// The truth's label 65535 marks voxels that count neither way, such as a lesion that nobody is sure of.
public struct CaseEvaluation: Sendable, Hashable, Codable {
    /// Of all found voxels with all true ones; 1 where both are empty.
    public let dice: Double
    public let truthML: Double
    public let foundML: Double
    /// nil where one of both is empty.
    public let surface: SurfaceDistance?
    /// In the order of the truth's labels; empty for a model whose result is one region.
    public let lesions: [LesionScore]
    /// The scores of the findings that touch neither a lesion nor ignored voxels.
    public let falsePositives: [Double]

    public static let ignored: UInt16 = .max

    /// - Parameters:
    ///   - truth: on the grid of the segmentation. Where it has one value, each of its 26-connected components is a
    ///     lesion; where it has several, each value is.
    ///   - hasInstances: whether the model's findings are single lesions (`output.instances` of the manifest).
    public init(_ segmentation: Segmentation, truth: LabelMap, hasInstances: Bool) {
        precondition(segmentation.labelMap.size == truth.size, "the truth is on another grid")
        let spacing = truth.geometry.spacing
        let isIgnored = truth.labels.map { $0 == Self.ignored }
        let found = zip(segmentation.labelMap.labels, isIgnored).map { $1 ? UInt16(0) : $0 }
        let masks = (
            found: Mask(size: truth.size, elements: found.map { $0 == 0 ? 0 : 1 }),
            truth: Mask(size: truth.size, elements: truth.labels.map { $0 == 0 || $0 == Self.ignored ? 0 : 1 })
        )
        let counts = (found: masks.found.voxelCount, truth: masks.truth.voxelCount)
        let common = zip(masks.found.elements, masks.truth.elements).reduce(0) { $0 + Int($1.0 & $1.1) }
        let sum = counts.found + counts.truth
        dice = sum == 0 ? 1 : 2 * Double(common) / Double(sum)
        truthML = Double(counts.truth) * spacing.voxelVolumeML
        foundML = Double(counts.found) * spacing.voxelVolumeML
        surface = SurfaceDistance(masks.found, masks.truth, spacing: spacing)
        guard hasInstances else {
            (lesions, falsePositives) = ([], [])
            return
        }
        let matching = LesionMatching(segmentation, lesions: Self.lesions(of: truth), isIgnored: isIgnored)
        lesions = matching.scores(voxelML: spacing.voxelVolumeML)
        falsePositives = matching.falsePositives
    }

    /// Each voxel's lesion, from 1 on; 0 outside.
    private static func lesions(of truth: LabelMap) -> [Int32] {
        let values = Set(truth.labels).subtracting([0, ignored]).sorted()
        guard values.count > 1 else {
            let components = ConnectedComponents(of: truth.mask(of: values.first ?? 1), connectivity: .twentySix)
            return components.labelGrid().elements
        }
        let numbers = Dictionary(uniqueKeysWithValues: zip(values, Int32(1)...))
        return truth.labels.map { numbers[$0] ?? 0 }
    }
}
