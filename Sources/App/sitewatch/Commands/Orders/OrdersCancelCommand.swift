import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Give orders up.
struct OrdersCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Give orders up; --note says why in words.",
        discussion: """
            What is a false alarm, or will not be fixed, opens no order again for a while. While an urgent alarm \
            holds its order can only be given up as a false alarm.
            """)

    static let reasons = ListedWords(option: "--reason", known: CancelReason.allCases.map(\.rawValue))

    @Option(help: "Why: \(OrdersCancelCommand.reasons.list).")
    var reason = CancelReason.operator.rawValue

    @OptionGroup var orders: OrderOptions

    func validate() throws {
        _ = try Self.reasons.one(reason)
    }

    func run() async throws {
        try await orders.carryOut("cancel", { $0.reason = reason }) { Message("cli.order.cancelled", $0) }
    }
}
