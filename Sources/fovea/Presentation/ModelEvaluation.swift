import Imaging
import Models

/// What `fovea evaluate` measured.
struct ModelEvaluation: Encodable {
    struct Case: Encodable {
        let image: String
        let outcome: String
        let reason: String?
        let executedPath: String
        let figures: CaseEvaluation

        init(image: String, _ segmentation: Segmentation, _ figures: CaseEvaluation) {
            self.image = image
            self.figures = figures
            executedPath = segmentation.executedPath
            switch segmentation.outcome {
            case .findings: (outcome, reason) = ("findings", nil)
            case .nothingFound: (outcome, reason) = ("nothing_found", nil)
            case .notApplicable(let why): (outcome, reason) = ("not_applicable", why)
            }
        }
    }

    let model: String
    let version: String
    let digest: String
    let cases: [Case]
    let summary: EvaluationSummary
    let curve: FreeResponseCurve

    init(_ segmenter: any Segmenter, _ cases: [Case]) {
        model = segmenter.manifest.name
        version = segmenter.manifest.version
        digest = segmenter.digest
        self.cases = cases
        summary = EvaluationSummary(cases.map(\.figures))
        curve = FreeResponseCurve(cases.map(\.figures))
    }

    /// For people.
    var text: String {
        var table = TextTable(
            ("IMAGE", .left), ("OUTCOME", .left), ("DICE", .right), ("TRUE mL", .right), ("FOUND mL", .right),
            ("SURFACE mm", .right), ("95 % mm", .right), ("LESIONS", .right), ("HIT", .right), ("FALSE", .right))
        for item in cases {
            let figures = item.figures
            table.add(
                item.image, item.outcome, Texts.decimal(figures.dice, 3), Texts.decimal(figures.truthML, 2),
                Texts.decimal(figures.foundML, 2), Texts.decimal(figures.surface?.meanMM, 2),
                Texts.decimal(figures.surface?.percentile95MM, 2), "\(figures.lesions.count)",
                "\(figures.lesions.count { $0.dice != nil })", "\(figures.falsePositives.count)")
        }
        return ([table.text, ""] + summaryLines).joined(separator: "\n")
    }

    private var summaryLines: [String] {
        var lines = [
            "\(model) \(version), \(summary.cases) cases",
            "Dice \(Texts.decimal(summary.meanDice, 3)), volume error "
                + "\(Texts.decimal(summary.meanVolumeErrorML, 2)) mL, surface distance "
                + "\(summary.meanSurfaceDistanceMM.map { Texts.decimal($0, 2) + " mm" } ?? "-") (means)",
        ]
        guard let detection = summary.detection else { return lines }
        lines.append(
            "\(detection.lesions) lesions: recall \(Texts.decimal(detection.recall, 3)), average recall "
                + "\(Texts.decimal(detection.averageRecall, 3)), "
                + "\(Texts.decimal(detection.falsePositivesPerScan, 2)) false positives per scan, object Dice "
                + (detection.objectDice.map { Texts.decimal($0, 3) } ?? "-"))
        lines += detection.bySize.map { size in
            let range = size.toMM.map { "\(Texts.decimal(size.fromMM, 0)) to \(Texts.decimal($0, 0))" }
            return "  \(range ?? "from \(Texts.decimal(size.fromMM, 0))") mm: \(size.found) of \(size.lesions)"
        }
        return lines
    }
}
