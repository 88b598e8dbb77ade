import ArgumentParser
import Facility
import WebAPI

/// Say that finished work is good; not by whoever did it.
struct OrdersVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say that finished work is good; not by whoever did it.")

    @OptionGroup var orders: OrderOptions

    func run() async throws {
        try await orders.carryOut("verify", judgesAnswers: true) { Message("cli.order.verified", $0) }
    }
}
