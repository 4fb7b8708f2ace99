import ArgumentParser
import Models
import Workflow

/// What a trial is made with: a package, or a published network with weights that are the same everywhere.
struct TrialSubject: ParsableArguments {
    @OptionGroup var models: ModelOptions

    @Argument(help: "The name of a package, or the path of one.")
    var model: String?

    @Option(
        help: ArgumentHelp(
            "A published network with deterministic weights instead: "
                + PublishedMethod.names.joined(separator: ", ") + "."))
    var architecture: String?

    func validate() throws {
        guard (model == nil) != (architecture == nil) else {
            throw ValidationError("name either a package or an --architecture")
        }
        guard architecture.map(PublishedMethod.names.contains) ?? true else {
            throw ValidationError("unknown architecture; known: \(PublishedMethod.names.joined(separator: ", "))")
        }
    }

    /// For the report.
    var title: String { model ?? architecture ?? "" }

    func trial(_ settings: MethodTrial.Settings) throws -> MethodTrial {
        if let architecture { return try MethodTrial(published: architecture, settings) }
        return try MethodTrial(try models.library.package(model ?? ""), settings)
    }
}
