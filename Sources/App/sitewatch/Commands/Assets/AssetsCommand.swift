import ArgumentParser

/// What concerns the equipment.
struct AssetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assets", abstract: "The equipment: what stands where, and the life of each piece.",
        subcommands: [
            AssetsListCommand.self,
            AssetsDossierCommand.self,
            AssetsStateCommand.self,
            AssetsMeterCommand.self,
            AssetsExportCommand.self,
            AssetsImportCommand.self,
        ], defaultSubcommand: AssetsListCommand.self, aliases: ["asset"])
}
