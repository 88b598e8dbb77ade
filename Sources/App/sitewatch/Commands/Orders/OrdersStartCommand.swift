import ArgumentParser
import Facility
import WebAPI

/// Begin the work on orders.
struct OrdersStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Begin the work on orders.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("start") { Message("cli.order.started", $0) }
    }
}
