import ArgumentParser

/// What concerns alarms.
struct AlarmsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms", abstract: "What is wrong, and who knows of it.",
        subcommands: [
            AlarmsListCommand.self,
            AlarmsShowCommand.self,
            AlarmsAckCommand.self,
            AlarmsResetCommand.self,
            AlarmsCommentCommand.self,
            AlarmsShelveCommand.self,
            AlarmsUnshelveCommand.self,
            AlarmsOutOfServiceCommand.self,
            AlarmsReturnCommand.self,
            AlarmsQuietCommand.self,
            AlarmsJournalCommand.self,
            AlarmsStatsCommand.self,
        ], defaultSubcommand: AlarmsListCommand.self, aliases: ["alarm"])
}
