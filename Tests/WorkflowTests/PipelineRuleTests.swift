import Models
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

    @Test("a job that was moved forward has the tighter budget, if there is one") func budgets() {
        let both = Self.rule { ($0.priority, $0.budgetSeconds, $0.statBudgetSeconds) = (5, 20, 8) }
        #expect(both.effort(jobPriority: 5).budgetSeconds == 20)
        #expect(both.effort(jobPriority: 0).budgetSeconds == 20)
        #expect(both.effort(jobPriority: 6).budgetSeconds == 8)
        #expect(Self.rule { $0.budgetSeconds = 20 }.effort(jobPriority: 1).budgetSeconds == 20)
        #expect(Self.rule { $0.statBudgetSeconds = 8 }.effort(jobPriority: 0) == Effort())
    }
}
