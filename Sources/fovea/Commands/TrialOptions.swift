import ArgumentParser
import Foundation
import Models

/// How a method is run on a bare array, for `model bench` and `model run`.
struct TrialOptions: ParsableArguments {
    @Option(help: "Threads; 0: one per core.")
    var threads = 0

    @Option(help: "The engine: avx512, avx2, baseline or openblas; default: $FOVEA_ISA, else the fastest here.")
    var isa: String?

    @Option(help: "AutoPath: the blocks that are computed; first:2 drops the first two, 1,1,0,1 the third.")
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
