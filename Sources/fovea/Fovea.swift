import ArgumentParser
import Workflow

/// `fovea`, the one binary: the daemon, the same way without a network, and the queue.
struct Fovea: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fovea",
        abstract:
            "A DICOM node that segments the CT and MR series it receives and answers with a SEG and a TID 1500 report.",
        discussion: """
            Research use only.

            Exit codes: 0 everything got an answer (also "not applicable" and "refused"), 1 something failed, \
            2 bad usage.
            """,
        version: SoftwareVersion.current,
        subcommands: [
            ServeCommand.self, SegmentCommand.self, QueueCommand.self, StudiesCommand.self, DeliveriesCommand.self,
            SendCommand.self, EchoCommand.self, CheckConfigCommand.self, ModelCommand.self, EvaluateCommand.self,
            PhantomCommand.self,
        ])
}
