public import Archive
public import Models

/// What is done with which series: a model, the series it is for, and where its results go.
public struct PipelineRule: Sendable, Hashable {
    public var name: String
    /// The name of the model package.
    public var model: String
    /// Modalities (0008,0060) that match; empty matches every one.
    public var modalities: [String] = []
    /// BodyPartExamined (0018,0015) that match, compared without case; empty matches every one, since it is often
    /// wrong.
    public var bodyParts: [String] = []
    /// A regular expression that must be found in SeriesDescription (0008,103E), without regard to case.
    public var seriesDescription: String?
    /// A regular expression that must be found in StudyDescription (0008,1030), without regard to case.
    public var studyDescription: String?
    /// AE titles of senders; empty matches every one.
    public var callingAETitles: [String] = []
    /// Jobs of a higher priority run first.
    public var priority = 0
    /// From the beginning of a run until its network is done, for models that can do with less; nil: no limit.
    public var budgetSeconds: Double?
    /// Instead of `budgetSeconds` for jobs whose priority was raised above the pipeline's; nil: the same.
    public var statBudgetSeconds: Double?
    /// Regular expressions for ConvolutionKernel (0018,1210), the most preferred first; used to choose between series.
    public var preferredKernels: [String] = []
    /// The names of the destinations.
    public var destinations: [String] = []
    /// The outcomes that send an answer to the destinations.
    public var answers = JobOutcome.answeredByDefault

    public init(name: String, model: String) {
        self.name = name
        self.model = model
    }

    /// How much computing a job of this pipeline is worth.
    public func effort(jobPriority: Int) -> Effort {
        Effort(budgetSeconds: jobPriority > priority ? statBudgetSeconds ?? budgetSeconds : budgetSeconds)
    }

    /// What a rule looks at.
    public struct Subject: Sendable, Hashable {
        public var modality: String
        public var bodyPart: String
        public var seriesDescription: String
        public var studyDescription: String
        public var callingAETitle: String

        public init(
            modality: String, bodyPart: String = "", seriesDescription: String = "", studyDescription: String = "",
            callingAETitle: String = ""
        ) {
            self.modality = modality
            self.bodyPart = bodyPart
            self.seriesDescription = seriesDescription
            self.studyDescription = studyDescription
            self.callingAETitle = callingAETitle
        }
    }

    public func matches(_ subject: Subject) -> Bool {
        Self.isListed(subject.modality, in: modalities) && Self.isListed(subject.bodyPart, in: bodyParts)
            && Self.isFound(seriesDescription, in: subject.seriesDescription)
            && Self.isFound(studyDescription, in: subject.studyDescription)
            && Self.isListed(subject.callingAETitle, in: callingAETitles)
    }

    private static func isListed(_ value: String, in list: [String]) -> Bool {
        list.isEmpty || list.contains { $0.uppercased() == value.uppercased() }
    }

    private static func isFound(_ pattern: String?, in text: String) -> Bool {
        guard let pattern else { return true }
        return TextPattern(pattern)?.isFound(in: text) ?? false
    }
}
