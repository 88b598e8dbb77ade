import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Accept reports as work.
struct OrdersTriageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage", abstract: "Accept reports as work: what they are about, and how urgent.")

    static let types = ListedWords(option: "--type", known: OrderType.allCases.map(\.rawValue))

    @Option(help: "The asset it is about.")
    var asset: String

    @Option(help: "What kind of trouble it is; the reporter's word by default.")
    var category: String?

    @Option(help: "How urgent it is: p1, p2, p3, p4.")
    var priority: String?

    @Option(help: "What kind of work it is: \(OrdersTriageCommand.types.list).")
    var type: String?

    @OptionGroup var orders: OrderOptions

    func validate() throws {
        _ = try ListedWords.priorities.one(priority)
        _ = try Self.types.one(type)
    }

    func run() async throws {
        try await orders.carryOut(
            "triage",
            {
                $0.asset = asset
                $0.category = category
                $0.priority = priority
                $0.type = type
            }
        ) { Message("cli.order.triaged", $0) }
    }
}
