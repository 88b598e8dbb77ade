import ArgumentParser
import Facility
import WebAPI

/// Open verified orders again; --note says why.
struct OrdersReopenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen", abstract: "Open verified orders again; --note says why.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("reopen") { Message("cli.order.reopened", $0) }
    }
}
