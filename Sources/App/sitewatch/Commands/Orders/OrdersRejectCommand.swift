import ArgumentParser
import Facility
import WebAPI

/// Say no to an order you were given, or to finished work; --note says why.
struct OrdersRejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Say no to an order you were given, or to finished work; --note says why.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("reject") { Message("cli.order.rejected", $0) }
    }
}
