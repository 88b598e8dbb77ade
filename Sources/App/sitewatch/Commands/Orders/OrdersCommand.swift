import ArgumentParser

/// What concerns work orders.
struct OrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "The work to be done, and who does it.",
        subcommands: [
            OrdersListCommand.self,
            OrdersShowCommand.self,
            OrdersAcceptCommand.self,
            OrdersStartCommand.self,
            OrdersDoneCommand.self,
        ], defaultSubcommand: OrdersListCommand.self, aliases: ["order"])
}
