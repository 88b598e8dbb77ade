import ArgumentParser

/// What concerns messages to people.
struct NoticesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices", abstract: "Messages to people: who would hear what.",
        subcommands: [
            NoticesSimulateCommand.self
        ], aliases: ["notice"])
}
