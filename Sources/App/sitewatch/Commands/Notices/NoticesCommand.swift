import ArgumentParser

/// What concerns messages to people.
struct NoticesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices",
        abstract: "The messages to people: what waits, what became of each, and tests.",
        subcommands: [
            NoticesQueueCommand.self,
            NoticesTrailCommand.self,
            NoticesRetryCommand.self,
            NoticesTestCommand.self,
        ], defaultSubcommand: NoticesQueueCommand.self, aliases: ["notice"])
}
