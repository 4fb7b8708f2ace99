internal import Foundation
internal import Imaging

/// Which finding touches which lesion, in voxels.
struct LesionMatching {
    private let findings: [Finding]
    /// By lesion, from 1 on; 0 is no lesion.
    private var lesionSizes: [Int]
    /// By lesion and by label of the finding.
    private var overlaps: [[UInt16: Int]]
    private var touchesIgnored: Set<UInt16> = []

    /// - Parameters:
    ///   - lesions: each voxel's lesion, 0 outside.
    ///   - isIgnored: each voxel's.
    init(_ segmentation: Segmentation, lesions: [Int32], isIgnored: [Bool]) {
        findings = segmentation.findings
        let count = Int(lesions.max() ?? 0) + 1
        lesionSizes = Array(repeating: 0, count: count)
        overlaps = Array(repeating: [:], count: count)
        for (voxel, label) in segmentation.labelMap.labels.enumerated() {
            let lesion = Int(lesions[voxel])
            if lesion > 0 { lesionSizes[lesion] += 1 }
            guard label > 0 else { continue }
            if isIgnored[voxel] { touchesIgnored.insert(label) }
            if lesion > 0 { overlaps[lesion][label, default: 0] += 1 }
        }
    }

    func scores(voxelML: Double) -> [LesionScore] {
        zip(lesionSizes, overlaps).dropFirst().map { size, overlap in
            let touching = findings.filter { overlap[$0.label] != nil }
            let dices = touching.map { 2 * Double(overlap[$0.label] ?? 0) / Double(size + $0.voxelCount) }
            return LesionScore(
                diameterMM: cbrt(6 * Double(size) * voxelML * 1000 / .pi), score: touching.map(\.score).max(),
                dice: dices.max())
        }
    }

    var falsePositives: [Double] {
        let touching = overlaps.reduce(into: touchesIgnored) { $0.formUnion($1.keys) }
        return findings.filter { !touching.contains($0.label) }.map(\.score)
    }
}
