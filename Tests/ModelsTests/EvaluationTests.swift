import Foundation
import Geometry
import Imaging
import Models
import Testing

@Suite struct EvaluationTests {
    private static let geometry = GridGeometry(
        size: GridSize(width: 20, height: 10, depth: 6), spacing: SpacingMM(i: 1, j: 1, k: 2),
        origin: PointMM(x: 0, y: 0, z: 0))

    /// Labels in runs along i at the start of a row: (label, first voxel, count, row).
    private static func map(_ runs: [(label: UInt16, first: Int, count: Int, row: Int)]) -> LabelMap {
        var map = LabelMap(geometry: geometry)
        for run in runs {
            for i in run.first..<run.first + run.count { map.labels[run.row * 20 + i] = run.label }
        }
        return map
    }

    private static func segmentation(_ map: LabelMap, scores: [Double]) throws -> Segmentation {
        let code = #"{"code": "1", "scheme": "99TEST", "meaning": "Test"}"#
        let json = #"{"value": 1, "label": "Thing", "category": \#(code), "type": \#(code), "region": null, "color": [1, 2, 3]}"#
        let definition = try JSONDecoder().decode(ManifestLabel.self, from: Data(json.utf8))
        let findings = scores.enumerated().map { index, score in
            Finding(
                label: UInt16(index + 1), definition: definition, score: score,
                voxelCount: map.labels.count { $0 == index + 1 })
        }
        return Segmentation(outcome: .findings, labelMap: map, findings: findings, executedPath: "test")
    }

    /// Lesions of 8, 4 and 2 voxels; of the first 6 are found with 2 too many, the second is missed, the third is
    /// found exactly; one finding is elsewhere, one where nobody is sure.
    private static func example() throws -> CaseEvaluation {
        let truth = map([(1, 0, 8, 0), (2, 0, 4, 3), (3, 0, 2, 6), (CaseEvaluation.ignored, 10, 3, 8)])
        let found = map([(1, 2, 8, 0), (2, 0, 2, 6), (3, 15, 2, 3), (4, 11, 3, 8)])
        return CaseEvaluation(
            try segmentation(found, scores: [0.9, 0.6, 0.7, 0.95]), truth: truth, hasInstances: true)
    }

    @Test("lesions: the best overlap, the best score, and what was missed") func lesions() throws {
        let lesions = try Self.example().lesions
        #expect(lesions.map(\.dice) == [0.75, nil, 1])
        #expect(lesions.map(\.score) == [0.9, nil, 0.6])
        let diameter = cbrt(6 * 8 * 2 / Double.pi)  // 8 voxels of 2 mm³
        #expect(abs(lesions[0].diameterMM - diameter) < 1e-12)
    }

    @Test("a finding elsewhere is a false positive, one that touches ignored voxels is none") func falsePositives()
        throws
    {
        #expect(try Self.example().falsePositives == [0.7])
    }

    @Test("the regions as a whole: Dice and volumes without the ignored voxels") func regions() throws {
        let figures = try Self.example()
        // 14 true, 13 found outside of the ignored voxels (one of the last finding's three lies beside them), 8 common.
        #expect(figures.dice == 16.0 / 27)
        #expect(abs(figures.truthML - 14 * 0.002) < 1e-12)
        #expect(abs(figures.foundML - 13 * 0.002) < 1e-12)
        #expect(figures.surface != nil)
    }

    @Test("one value: every component is a lesion") func components() throws {
        let truth = Self.map([(5, 0, 3, 0), (5, 10, 3, 0), (5, 0, 3, 4)])
        let found = Self.map([(1, 0, 3, 0)])
        let figures = CaseEvaluation(try Self.segmentation(found, scores: [0.8]), truth: truth, hasInstances: true)
        #expect(figures.lesions.map(\.dice) == [1, nil, nil])
    }

    @Test("nothing true and nothing found agree") func nothing() throws {
        let empty = LabelMap(geometry: Self.geometry)
        let figures = CaseEvaluation(try Self.segmentation(empty, scores: []), truth: empty, hasInstances: true)
        #expect(figures.dice == 1 && figures.surface == nil && figures.lesions.isEmpty)
        #expect(EvaluationSummary([figures]).detection == nil)
    }

    @Test("average recall: the area under the step curve up to 5 false positives per scan") func averageRecall() throws
    {
        // Scores 0.9 before, 0.6 after the one false positive of 0.7: recall 1/3 below 1 per scan, 2/3 from 1 on.
        let curve = FreeResponseCurve([try Self.example()])
        let recalls: [Double] = [1.0 / 3, 2.0 / 3]
        #expect(curve.points.map(\.recall) == recalls)
        #expect(curve.points.map(\.falsePositivesPerScan) == [0, 1])
        let expected = (100.0 / 3 + 401 * 2.0 / 3) / 501
        #expect(abs(curve.averageRecall - expected) < 1e-12)
    }

    @Test("a summary over two cases") func summary() throws {
        let summary = EvaluationSummary([try Self.example(), try Self.example()])
        let detection = try #require(summary.detection)
        #expect(summary.cases == 2 && detection.lesions == 6)
        #expect(abs(detection.recall - 2.0 / 3) < 1e-12)
        #expect(detection.falsePositivesPerScan == 1)
        #expect(abs((detection.objectDice ?? 0) - 0.875) < 1e-12)
        #expect(detection.bySize.map(\.lesions) == [6, 0, 0] && detection.bySize.map(\.found) == [4, 0, 0])
    }
}
