import DICOMCore
import DICOMFile

/// Structured reports (PS3.3 §A.35).
extension ObjectChecklist {
    static func report(_ dataSet: DataSet) -> [String] {
        var violations = missing(attributes, in: dataSet)
        if dataSet.string(.verificationFlag) != "UNVERIFIED" { violations.append("nobody has verified the report") }
        if dataSet.string(.preliminaryFlag) != "PRELIMINARY" { violations.append("the report is not preliminary") }
        if dataSet.items(.contentTemplateSequence).first?.string(.templateIdentifier) != "1500" {
            violations.append("the root is not TID 1500")
        }
        let evidence = instances(dataSet.items(.currentRequestedProcedureEvidenceSequence))
        let referenced = references(in: dataSet)
        if !referenced.isSubset(of: evidence) {
            violations.append("a referenced instance is missing from the evidence")
        }
        return violations + outcome(dataSet) + groups(dataSet)
    }

    private static let attributes: [(Tag, String)] = [
        (.valueType, "ValueType"), (.conceptNameCodeSequence, "ConceptNameCodeSequence"),
        (.completionFlag, "CompletionFlag"), (.contentSequence, "ContentSequence"),
        (.currentRequestedProcedureEvidenceSequence, "CurrentRequestedProcedureEvidenceSequence"),
    ]

    private static func instances(_ studies: [DataSet]) -> Set<String?> {
        Set(
            studies.flatMap { $0.items(.referencedSeriesSequence) }.flatMap { $0.items(.referencedSOPSequence) }
                .map { $0.string(.referencedSOPInstanceUID) })
    }

    private static func references(in item: DataSet) -> Set<String?> {
        let own = item.string(.valueType) == "IMAGE" ? item.items(.referencedSOPSequence) : []
        return item.items(.contentSequence).reduce(Set(own.map { $0.string(.referencedSOPInstanceUID) })) {
            $0.union(references(in: $1))
        }
    }

    /// The outcome is coded, whatever it is: an empty report is no answer.
    private static func outcome(_ dataSet: DataSet) -> [String] {
        let evaluations = children(of: dataSet, named: .qualitativeEvaluations).first
        let isCoded = evaluations.map { !children(of: $0, named: .processingSummary).isEmpty } ?? false
        return isCoded ? [] : ["the outcome is not coded"]
    }

    /// Viewers fail on groups without a tracking UID and merge groups with the same one.
    private static func groups(_ dataSet: DataSet) -> [String] {
        let groups = children(of: dataSet, named: .imagingMeasurements)
            .flatMap { children(of: $0, named: .measurementGroup) }
        let uids = groups.map { children(of: $0, named: .trackingUniqueIdentifier).first?.string(.uid) }
        if uids.contains(nil) { return ["a measurement group has no tracking UID"] }
        return Set(uids).count == uids.count ? [] : ["two measurement groups have the same tracking UID"]
    }

    private static func children(of item: DataSet, named name: CodedEntry) -> [DataSet] {
        item.items(.contentSequence).filter {
            let concept = $0.items(.conceptNameCodeSequence).first
            return concept?.string(.codeValue) == name.value && concept?.string(.codingSchemeDesignator) == name.scheme
        }
    }
}
