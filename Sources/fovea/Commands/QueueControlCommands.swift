import Archive
import ArgumentParser

struct QueueRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Do jobs again.",
        discussion: "A job that has answered sends its stored results again; one that has not is computed again.")

    @OptionGroup var archive: ArchiveOptions

    @Argument(help: "IDs of jobs.")
    var ids: [Int64]

    func run() throws {
        let archive = try archive.open()
        for id in ids {
            try archive.retry(JobID(rawValue: id))
            print("job \(id) is done again")
        }
    }
}

struct QueueCancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel jobs that are not finished; results not yet sent stay here.")

    @OptionGroup var archive: ArchiveOptions

    @Argument(help: "IDs of jobs.")
    var ids: [Int64]

    func run() throws {
        let archive = try archive.open()
        for id in ids {
            try archive.cancel(JobID(rawValue: id))
            print("job \(id) is cancelled")
        }
    }
}

struct QueuePrioritizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prioritize", abstract: "Set a job's priority: higher runs first.")

    @OptionGroup var archive: ArchiveOptions

    @Argument(help: "The job's ID.")
    var id: Int64

    @Argument(help: "A whole number; jobs have their pipeline's priority, 0 if that names none.")
    var priority: Int

    func run() throws {
        try archive.open().prioritize(JobID(rawValue: id), priority: priority)
        print("job \(id) has priority \(priority)")
    }
}

struct QueuePauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start no further jobs; receiving and delivering go on.")

    @OptionGroup var archive: ArchiveOptions

    @Option(help: "Only of this pipeline.")
    var pipeline: String?

    func run() throws {
        try archive.open().pause(pipeline: pipeline)
        print(pipeline.map { "pipeline \($0) is paused" } ?? "the queue is paused")
    }
}

struct QueueResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Go on after `pause`.")

    @OptionGroup var archive: ArchiveOptions

    @Option(help: "Only this pipeline.")
    var pipeline: String?

    func run() throws {
        try archive.open().resume(pipeline: pipeline)
        print(pipeline.map { "pipeline \($0) goes on" } ?? "the queue goes on")
    }
}
