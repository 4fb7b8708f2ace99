import Testing
import Workflow

@Suite struct PipelineRuleTests {
    static let subject = PipelineRule.Subject(
        modality: "CT", bodyPart: "CHEST", seriesDescription: "Thorax 1.0 B60f", studyDescription: "CT Thorax nativ",
        callingAETitle: "CT1")

    static func rule(_ change: (inout PipelineRule) -> Void) -> PipelineRule {
        var rule = PipelineRule(name: "lungs", model: "lung-nodules")
        change(&rule)
        return rule
    }

    @Test("a rule without conditions matches everything") func empty() {
        #expect(Self.rule { _ in }.matches(Self.subject))
    }

    @Test(
        "conditions that hold",
        arguments: [
            rule { $0.modalities = ["MR", "CT"] }, rule { $0.bodyParts = ["chest"] },
            rule { $0.seriesDescription = "^thorax" },
            rule { $0.studyDescription = "nativ$" }, rule { $0.callingAETitles = ["CT1"] },
        ])
    func holding(rule: PipelineRule) {
        #expect(rule.matches(Self.subject))
    }

    @Test(
        "conditions that do not hold",
        arguments: [
            rule { $0.modalities = ["MR"] }, rule { $0.bodyParts = ["HEAD"] },
            rule { $0.seriesDescription = "abdomen" }, rule { $0.studyDescription = "(" },
            rule { $0.callingAETitles = ["CT2"] },
        ])
    func failing(rule: PipelineRule) {
        #expect(!rule.matches(Self.subject))
    }
}
