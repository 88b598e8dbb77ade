import ArgumentParser
import SiteDaemon

/// The one program of the project.
@main
struct SitewatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sitewatch",
        abstract: "Watches the equipment of a building and sees to it that somebody acts.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 something was found, 3 no daemon answers, 64 wrong usage.
            """,
        version: "sitewatch \(Version.current)",
        subcommands: [
            RunCommand.self,
            DemoCommand.self,
            CheckCommand.self,
            SchemaCommand.self,
            InitCommand.self,
            StatusCommand.self,
            PointsCommand.self,
            BusCommand.self,
            PeekCommand.self,
            HistoryCommand.self,
            ExportCommand.self,
            ImportCommand.self,
            VerifyCommand.self,
            SalvageCommand.self,
            BackupCommand.self,
            RestoreCommand.self,
            DecodeCommand.self,
            AlarmsCommand.self,
            ProfilesCommand.self,
            RulesCommand.self,
            OrdersCommand.self,
            NoticesCommand.self,
            OnCallCommand.self,
            PlansCommand.self,
            AssetsCommand.self,
        ])
}
