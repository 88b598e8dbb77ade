import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Let orders wait.
struct OrdersHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Let orders wait, for a reason and until a time.",
        discussion: """
            Waiting for a part, for access or for a power window stops the clock of the service levels; anything \
            else does not. Urgent orders wait only with the approval of somebody else.
            """)

    static let reasons = ListedWords(option: "--reason", known: HoldReason.allCases.map(\.rawValue))

    @Option(help: "Why: \(OrdersHoldCommand.reasons.list).")
    var reason: String

    @Option(help: "Until when: an instant, or a span such as +2h.")
    var until: String

    @Option(help: "Who allowed it.")
    var approvedBy: String?

    @OptionGroup var orders: OrderOptions

    func validate() throws {
        _ = try Self.reasons.one(reason)
        if !until.hasPrefix("+") { try ArgumentCheck.time(until, option: "--until") }
    }

    func run() async throws {
        try await orders.carryOut(
            "hold",
            {
                $0.reason = reason
                $0.resumeBy = until
                $0.approvedBy = approvedBy
            }
        ) { Message("cli.order.held", $0) }
    }
}
