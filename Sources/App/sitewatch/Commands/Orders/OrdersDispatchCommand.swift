import ArgumentParser
import Facility
import WebAPI

/// Give orders to somebody.
struct OrdersDispatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatch",
        abstract: "Give orders to a person or a firm.",
        discussion:
            "Where somebody has the order already, or does not know what it asks for, --note says why.")

    @Option(help: "The person or the firm.")
    var to: String

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("dispatch", { $0.to = to }) { Message("cli.order.dispatched", $0) }
    }
}
