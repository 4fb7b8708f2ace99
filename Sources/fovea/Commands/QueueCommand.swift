import ArgumentParser

struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Look at the jobs, and mend them.",
        discussion: "Works on the node's database, also while the node is down.",
        subcommands: [
            QueueListCommand.self, QueueShowCommand.self, QueueRetryCommand.self, QueueCancelCommand.self,
            QueuePrioritizeCommand.self, QueuePauseCommand.self, QueueResumeCommand.self,
        ])
}
