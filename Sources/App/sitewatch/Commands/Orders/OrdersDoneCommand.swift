import ArgumentParser
import Facility
import WebAPI

/// End the work on orders.
struct OrdersDoneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "End the work on orders.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("done") { Message("cli.order.done", $0) }
    }
}
