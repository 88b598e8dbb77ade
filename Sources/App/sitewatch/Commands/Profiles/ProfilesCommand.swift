import ArgumentParser

/// What concerns device profiles.
struct ProfilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "The models of devices that can be read, and how.",
        subcommands: [
            ProfilesListCommand.self,
            ProfilesShowCommand.self,
            ProfilesTestCommand.self,
            ProfilesImportCommand.self,
            ProfilesExportCommand.self,
        ], defaultSubcommand: ProfilesListCommand.self, aliases: ["profile"])
}
