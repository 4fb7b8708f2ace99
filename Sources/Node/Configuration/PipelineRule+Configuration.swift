import Archive
import Workflow

extension PipelineRule {
    /// One `[[pipelines]]` table.
    init(_ table: ConfigurationTable) {
        self.init(
            name: table.requiredString("name", check: Configuration.emptyProblem),
            model: table.requiredString("model", check: Configuration.emptyProblem))
        modalities = table.strings("modality", modalities)
        bodyParts = table.strings("body_part", bodyParts)
        seriesDescription = table.optionalString("series_description", check: Self.patternProblem)
        studyDescription = table.optionalString("study_description", check: Self.patternProblem)
        callingAETitles = table.strings("calling_ae_title", callingAETitles, check: Configuration.aeTitleProblem)
        priority = table.integer("priority", priority, in: -1000...1000)
        budgetSeconds = table.optionalNumber("budget_seconds", in: Self.budgets)
        statBudgetSeconds = table.optionalNumber("stat_budget_seconds", in: Self.budgets)
        preferredKernels = table.strings("preferred_kernels", preferredKernels, check: Self.patternProblem)
        destinations = table.strings("send_to", destinations)
        let answerNames = Self.sortedNames(answers)
        answers = Set(
            table.strings("answers", answerNames, check: ConfigurationTable.isOne(of: JobOutcome.self)).compactMap(
                JobOutcome.init))
        table.refuseUnknownKeys()
        if let stat = statBudgetSeconds, stat > budgetSeconds ?? .infinity {
            table.warn("stat_budget_seconds", "urgent jobs get more time than others: it is above budget_seconds")
        }
        if destinations.isEmpty { table.warn("send_to", "results of this pipeline stay here: it names no destination") }
    }

    private static let budgets = 0.1...86_400.0

    private static func patternProblem(_ text: String) -> String? {
        TextPattern(text) == nil
            ? "\"\(text)\" is not a regular expression; use '...' quotes if it holds a backslash" : nil
    }

    private static func sortedNames(_ answers: Set<JobOutcome>) -> [String] { answers.map(\.rawValue).sorted() }
}
