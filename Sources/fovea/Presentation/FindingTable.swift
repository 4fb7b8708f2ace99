import Workflow

/// Findings for people.
struct FindingTable {
    let text: String

    init(_ findings: [FindingSummary]) {
        var table = TextTable(
            ("SEGMENT", .right), ("LABEL", .left), ("VOLUME mL", .right), ("LONG AXIS mm", .right), ("MEAN", .right),
            ("UNIT", .left), ("SCORE", .right), ("CENTROID mm (LPS)", .left))
        for finding in findings {
            table.add(
                "\(finding.segment)", finding.label, Texts.decimal(finding.volumeML, 3),
                Texts.decimal(finding.longAxisMM, 1),
                Texts.decimal(finding.meanIntensity, 0), finding.unit, Texts.decimal(finding.score, 3),
                finding.centroidMM.map { Texts.decimal($0, 1) }.joined(separator: " "))
        }
        text = table.text
    }
}
