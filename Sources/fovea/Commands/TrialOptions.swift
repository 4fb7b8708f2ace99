import ArgumentParser
import Foundation
import Models

/// How a method is run on a bare array, for `model bench` and `model run`.
struct TrialOptions: ParsableArguments {
    @Option(help: "Threads; 0: one per core.")
    var threads = 0

    @Option(help: "The engine: avx512, avx2, baseline or openblas; default: $FOVEA_ISA, else the fastest here.")
    var isa: String?

    @Option(
        help: "AutoPath's blocks: full, policy, first:N, last:N, random:N (N dropped), or a list of 1 and 0.",
        transform: { text in
            guard let path = PathStrategy(text) else {
                throw ValidationError("\"\(text)\" is no path: full, policy, first:2, last:2, random:2, or 1,1,0,1")
            }
            return path
        })
    var path: PathStrategy?

    func validate() throws {
        guard threads >= 0 else { throw ValidationError("--threads must not be negative") }
    }

    var threadCount: Int { threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads }

    var settings: MethodTrial.Settings {
        var settings = MethodTrial.Settings()
        settings.threads = threadCount
        settings.engine = isa
        settings.path = path
        return settings
    }
}
