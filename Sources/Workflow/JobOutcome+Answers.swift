public import Archive

extension JobOutcome {
    /// The outcomes that send an answer unless the pipeline says otherwise: all but not applicable, which only the
    /// queue shows.
    public static let answeredByDefault: Set<JobOutcome> = Set(allCases).subtracting([.notApplicable])
}
