import ArgumentParser
import Foundation
import Models

struct ModelRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a network on an array, to compare with one's own training.",
        discussion: """
            IN holds a tensor "input" of three axes in the order that the network was trained with (further axes of \
            extent 1 are left out), already preprocessed. OUT gets a tensor "logits" or "probabilities" of that shape.
            """)

    @OptionGroup var subject: TrialSubject

    @Option(help: "A safetensors file with a tensor \"input\".")
    var input: String

    @Option(help: "The safetensors file to write.")
    var output: String

    @OptionGroup var options: TrialOptions

    func run() throws {
        let trial = try subject.trial(options.settings)
        let run = try trial.run(try TrialArray(readingInputOf: URL(filePath: input)))
        let name = run.scoresAreProbabilities ? "probabilities" : "logits"
        try run.scores.write(as: name, to: URL(filePath: output))
        print("\(run.path), \(trial.engineName): \(name) in \(output)")
    }
}
