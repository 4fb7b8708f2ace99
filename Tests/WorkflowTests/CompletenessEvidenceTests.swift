import Testing
import Workflow

@Suite struct CompletenessEvidenceTests {
    static func isComplete(_ count: Int, of expected: Int?, gapless: Bool, released: Bool, wholeSeries: Bool) -> Bool {
        let evidence = CompletenessEvidence(
            imageCount: count, expectedCount: expected, isGapless: gapless, wasReleased: released,
            senderDeliversSeriesInOneAssociation: wholeSeries)
        if case .complete = evidence.verdict { return true }
        return false
    }

    @Test("every combination", arguments: [true, false], [true, false]) func table(gapless: Bool, released: Bool) {
        for wholeSeries in [true, false] {
            for (count, expected) in [(10, nil), (10, 10), (5, 10), (11, 10)] as [(Int, Int?)] {
                let supported = expected.map { $0 == count } ?? wholeSeries
                let complete = Self.isComplete(
                    count, of: expected, gapless: gapless, released: released, wholeSeries: wholeSeries)
                #expect(complete == (gapless && released && supported))
            }
        }
    }

    @Test("half a stack on a released association is not complete") func half() {
        #expect(!Self.isComplete(50, of: nil, gapless: true, released: true, wholeSeries: false))
    }
}
