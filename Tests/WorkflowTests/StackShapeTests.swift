import Geometry
import Testing
import Workflow

@Suite struct StackShapeTests {
    static func planes(_ positions: [Double], orientation: [Double] = [1, 0, 0, 0, 1, 0]) -> [StackShape.Plane] {
        positions.compactMap { StackShape.Plane(position: [0, 0, $0], orientation: orientation) }
    }

    @Test("a regular stack") func regular() throws {
        let shape = try #require(StackShape(Self.planes([5, 2.5, 0, 7.5])))
        #expect(shape.positionCount == 4)
        #expect(shape.spacingMM == 2.5)
        #expect(shape.coverageMM == 7.5)
        #expect(shape.isGapless)
        #expect(shape.axialDeviationDegrees == 0)
    }

    @Test("a missing image is a gap, a doubled one is not") func gaps() {
        #expect(StackShape(Self.planes([0, 1, 3, 4]))?.isGapless == false)
        #expect(StackShape(Self.planes([0, 1, 1, 2]))?.isGapless == true)
    }

    @Test("two images are not a stack") func two() {
        #expect(StackShape(Self.planes([0, 1]))?.isGapless == false)
    }

    @Test("a localizer among axial images is left out") func localizer() throws {
        let coronal = Self.planes([0], orientation: [1, 0, 0, 0, 0, -1])
        let shape = try #require(StackShape(coronal + Self.planes([0, 1, 2, 3])))
        #expect(shape.positionCount == 4)
        #expect(shape.axialDeviationDegrees == 0)
    }

    @Test("a coronal stack deviates by a right angle") func coronal() throws {
        let shape = try #require(StackShape(Self.planes([0], orientation: [1, 0, 0, 0, 0, -1])))
        #expect(abs(shape.axialDeviationDegrees - 90) < 1e-9)
    }

    @Test("absurd values give no plane") func absurd() {
        #expect(StackShape.Plane(position: [0, 0], orientation: [1, 0, 0, 0, 1, 0]) == nil)
        #expect(StackShape.Plane(position: [0, 0, .nan], orientation: [1, 0, 0, 0, 1, 0]) == nil)
        #expect(StackShape(Self.planes([0, 1], orientation: [0, 0, 0, 0, 0, 0])) == nil)
        #expect(StackShape([]) == nil)
    }
}
