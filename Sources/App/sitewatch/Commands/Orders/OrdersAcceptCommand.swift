import ArgumentParser
import Facility
import WebAPI

/// Take orders.
struct OrdersAcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Take orders.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("accept") { Message("cli.order.accepted", $0) }
    }
}
