import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Report something, or open an order by hand.
struct OrdersReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report something that somebody has to look at, or with --open open an order at once.")

    @Argument(help: "What is wrong, or what has to be done.")
    var title: String

    @Option(help: "The asset; the whole site by default.")
    var asset: String?

    @Option(help: "What kind of trouble it is.")
    var category: String?

    @Option(help: "Where, in your words.")
    var place: String?

    @Option(help: "Where a photo lies.")
    var photo: String?

    @Option(help: "How urgent it is: p1, p2, p3, p4.")
    var priority: String?

    @Option(help: "What kind of work it is: \(OrdersTriageCommand.types.list).")
    var type: String?

    @Option(help: "By when it has to be done: an instant, or a span such as +2d.")
    var due: String?

    @Flag(help: "It is work already: nobody has to look at it first.")
    var open = false

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        _ = try ListedWords.priorities.one(priority)
        _ = try OrdersTriageCommand.types.one(type)
        if let due, !due.hasPrefix("+") { try ArgumentCheck.time(due, option: "--due") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            var request = action.orderRequest()
            request.title = title
            request.asset = asset
            request.category = category
            request.place = place
            request.photo = photo
            request.priority = priority
            request.type = type
            request.due = due
            request.isReport = !open
            let document = try await action.client.post(OrderDocument.self, ["orders"], request)
            session.say(
                try action.told(
                    document, asJSON: person.json,
                    Message(
                        open ? "cli.order.opened" : "cli.order.reported",
                        ["order": .text(document.order.number), "text": .text(title)])))
        }
    }
}
