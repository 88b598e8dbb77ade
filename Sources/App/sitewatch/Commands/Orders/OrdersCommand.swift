import ArgumentParser

/// What concerns work orders.
struct OrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "The work to be done, and who does it.",
        subcommands: [
            OrdersListCommand.self,
            OrdersShowCommand.self,
            OrdersBoardCommand.self,
            OrdersReportCommand.self,
            OrdersTriageCommand.self,
            OrdersDispatchCommand.self,
            OrdersAcceptCommand.self,
            OrdersRejectCommand.self,
            OrdersStartCommand.self,
            OrdersHoldCommand.self,
            OrdersResumeCommand.self,
            OrdersAnswerCommand.self,
            OrdersDoneCommand.self,
            OrdersVerifyCommand.self,
            OrdersCancelCommand.self,
            OrdersReopenCommand.self,
        ], defaultSubcommand: OrdersListCommand.self, aliases: ["order"])
}
