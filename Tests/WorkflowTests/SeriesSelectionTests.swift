import DICOMCore
import Geometry
import Testing
import Workflow

@Suite struct SeriesSelectionTests {
    /// A gapless axial original stack of 100 images, 1 mm apart.
    static func candidate(
        _ number: Int, spacingMM: Double = 1, count: Int = 100, types: Set<String> = ["ORIGINAL", "PRIMARY", "AXIAL"],
        normal: VectorMM = VectorMM(x: 0, y: 0, z: 1), gapAt: Int? = nil
    ) throws -> SeriesCandidate {
        let planes = (0..<count).filter { $0 != gapAt }.map { index in
            StackShape.Plane(position: PointMM(x: 0, y: 0, z: 0) + normal * (Double(index) * spacingMM), normal: normal)
        }
        return SeriesCandidate(
            seriesInstanceUID: try #require(SeriesInstanceUID("1.2.\(number)")),
            frameOfReferenceUID: FrameOfReferenceUID("1.9"),
            seriesNumber: number, imageCount: count, imageTypes: types, shape: StackShape(planes))
    }

    static func chosen(_ candidates: [SeriesCandidate], kernels: [String] = []) -> String? {
        let selection = SeriesSelection(candidates, preferredKernels: kernels)
        let reversed = SeriesSelection(candidates.reversed(), preferredKernels: kernels)
        #expect(selection == reversed, "the order of arrival must not matter")
        return selection.chosen?.rawValue
    }

    @Test("each rule of the table decides when those before it are equal") func rules() throws {
        let plain = try Self.candidate(5)
        let worse: [(SeriesCandidate, String)] = [
            (try Self.candidate(1, types: ["DERIVED", "PRIMARY", "AXIAL"]), "is original"),
            (try Self.candidate(1, normal: VectorMM(x: 0, y: 1, z: 0)), "is closer to axial"),
            (try Self.candidate(1, spacingMM: 0.5, count: 200, gapAt: 7), "is a complete stack"),
            (try Self.candidate(1, spacingMM: 1.5), "is thinner"),
            (try Self.candidate(1, count: 50), "covers more"),
            (try Self.candidate(6), "comes first"),
        ]
        for (candidate, advantage) in worse {
            #expect(Self.chosen([plain, candidate]) == "1.2.5")
            let reason = SeriesSelection([plain, candidate]).reasons[candidate.seriesInstanceUID]
            #expect(reason == "series 1.2.5 was chosen: it \(advantage)")
        }
    }

    @Test("a preferred kernel decides between equal stacks") func kernel() throws {
        var soft = try Self.candidate(1)
        soft.kernel = "B30f"
        var sharp = try Self.candidate(2)
        sharp.kernel = "B70f"
        #expect(Self.chosen([soft, sharp]) == "1.2.1")
        #expect(Self.chosen([soft, sharp], kernels: ["^b[67]0", "b30"]) == "1.2.2")
    }

    @Test("a tilted gantry does not lose against a thick straight stack") func tilt() throws {
        let tilted = try Self.candidate(1, normal: VectorMM(x: 0, y: 0.2588, z: 0.9659))
        #expect(Self.chosen([tilted, try Self.candidate(2, spacingMM: 5)]) == "1.2.1")
    }

    @Test(
        "scouts and reformats are never chosen and name the chosen series",
        arguments: ["LOCALIZER", "MPR", "MIP", "SECONDARY"])
    func unsuitable(type: String) throws {
        let scout = try Self.candidate(1, spacingMM: 0.5, types: ["ORIGINAL", "PRIMARY", type])
        let selection = SeriesSelection([scout, try Self.candidate(2)])
        #expect(selection.chosen?.rawValue == "1.2.2")
        #expect(selection.reasons[scout.seriesInstanceUID]?.hasSuffix("; series 1.2.2 was chosen") == true)
    }

    @Test("where nothing is eligible nothing is chosen") func nothing() throws {
        let scout = try Self.candidate(1, types: ["ORIGINAL", "PRIMARY", "LOCALIZER"])
        let selection = SeriesSelection([scout])
        #expect(selection.chosen == nil)
        #expect(selection.reasons[scout.seriesInstanceUID] == "the series holds localizer images")
        #expect(SeriesSelection([]).chosen == nil)
    }

    @Test("series without positions can be chosen, so that the refusal is told") func noShape() throws {
        var blind = try Self.candidate(1)
        blind.shape = nil
        #expect(Self.chosen([blind]) == "1.2.1")
        #expect(Self.chosen([blind, try Self.candidate(2)]) == "1.2.2")
    }
}
