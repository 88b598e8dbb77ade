import ArgumentParser

/// What concerns messages to people.
struct NoticesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices",
        abstract: "The messages to people: what waits, what became of each, who would hear what, and tests.",
        subcommands: [
            NoticesQueueCommand.self,
            NoticesTrailCommand.self,
            NoticesRetryCommand.self,
            NoticesTestCommand.self,
            NoticesSimulateCommand.self,
        ], defaultSubcommand: NoticesQueueCommand.self, aliases: ["notice"])
}
