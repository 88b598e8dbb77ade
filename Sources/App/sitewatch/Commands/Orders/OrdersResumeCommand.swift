import ArgumentParser
import Facility
import WebAPI

/// Go on with orders that wait.
struct OrdersResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with orders that wait.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("resume") { Message("cli.order.resumed", $0) }
    }
}
