import ArgumentParser

/// What concerns rules.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "The rules, and the stories that test them.",
        subcommands: [
            RulesListCommand.self,
            RulesTestCommand.self,
            RulesBacktestCommand.self,
            RulesDiffCommand.self,
            RulesExplainCommand.self,
        ], defaultSubcommand: RulesListCommand.self, aliases: ["rule"])
}
