import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// End the work on orders.
struct OrdersDoneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "End the work on orders.",
        discussion: """
            Corrective work ends with what was wrong, why, and what was done: --mode, --cause and --remedy. While \
            the alarm's condition holds, --override says why it is done all the same.
            """)

    static let modes = ListedWords(option: "--mode", known: FailureMode.allCases.map(\.rawValue))
    static let causes = ListedWords(option: "--cause", known: FailureCause.allCases.map(\.rawValue))
    static let remedies = ListedWords(option: "--remedy", known: FailureRemedy.allCases.map(\.rawValue))

    @Option(help: "How it failed: \(OrdersDoneCommand.modes.list).")
    var mode: String?

    @Option(help: "Why it failed: \(OrdersDoneCommand.causes.list).")
    var cause: String?

    @Option(help: "What was done: \(OrdersDoneCommand.remedies.list).")
    var remedy: String?

    @Option(help: ArgumentHelp("Somebody's time: wang=45; several times.", valueName: "person=minutes"))
    var labour: [String] = []

    @Option(help: ArgumentHelp("A part: \"seal=2@35.50\"; several times.", valueName: "name=count@cost"))
    var part: [String] = []

    @Option(help: "What it cost besides.")
    var cost: Double?

    @Option(help: ArgumentHelp("When the work was really done.", valueName: "time"))
    var performedAt: String?

    @Option(help: ArgumentHelp("Why it is done although the alarm's condition holds.", valueName: "reason"))
    var override: String?

    @OptionGroup var orders: OrderOptions

    func validate() throws {
        _ = try Self.modes.one(mode)
        _ = try Self.causes.one(cause)
        _ = try Self.remedies.one(remedy)
        try ArgumentCheck.time(performedAt, option: "--performed-at")
        for text in labour where Self.labour(text) == nil {
            throw Usage.unclear("--labour", text, "wang=45")
        }
        for text in part where Self.part(text) == nil {
            throw Usage.unclear("--part", text, "seal=2@35.50")
        }
    }

    func run() async throws {
        try await orders.carryOut(
            "done", judgesAnswers: true,
            {
                $0.mode = mode
                $0.cause = cause
                $0.remedy = remedy
                $0.labour = labour.isEmpty ? nil : labour.compactMap(Self.labour)
                $0.parts = part.isEmpty ? nil : part.compactMap(Self.part)
                $0.cost = cost
                $0.performedAt = performedAt
                $0.override = self.override
            }
        ) { Message("cli.order.done", $0) }
    }

    private static func labour(_ text: String) -> OrderRequest.Labour? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let minutes = Int(parts[1]) else { return nil }
        return .init(person: parts[0], minutes: minutes)
    }

    private static func part(_ text: String) -> OrderRequest.Part? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        let amounts = parts[1].split(separator: "@", maxSplits: 1).map(String.init)
        guard let first = amounts.first, let count = Int(first) else { return nil }
        guard amounts.count == 2 else { return .init(name: parts[0], count: count) }
        return Double(amounts[1]).map { .init(name: parts[0], count: count, cost: $0) }
    }
}
