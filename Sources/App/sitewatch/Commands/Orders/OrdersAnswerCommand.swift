import ArgumentParser
import Facility
import WebAPI

/// Answer lines of a checklist.
struct OrdersAnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "Answer lines of an order's checklist.",
        discussion: "Answers are written gap=0.5, lock=good, oil=\"full\"; good and bad answer a check.")

    @Argument(help: "The number of the order.")
    var order: String

    @Argument(help: "Answers: ITEM=VALUE.")
    var answers: [String]

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        for answer in answers where !answer.contains("=") || answer.hasPrefix("=") {
            throw Usage.error(Message("cli.usage.no-answer", ["text": .text(answer)]))
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            var request = action.orderRequest()
            request.answers = answers.map(Self.answer)
            let document = try await action.client.post(
                OrderDocument.self, ["orders", order, "answer"], request)
            let told = try action.told(
                document, asJSON: person.json,
                Message(
                    "cli.order.answered",
                    ["order": .text(order), "count": .text(String(answers.count))]))
            session.say(told + (person.json ? "" : OrderWorkText.shortfall(document.work, session)))
        }
    }

    /// What is written decides the form: the words for a check, a number, or text.
    private static func answer(_ text: String) -> OrderRequest.Answer {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let item = String(parts[0])
        let value = String(parts[1])
        switch value {
        case "good": return .init(item: item, check: true)
        case "bad": return .init(item: item, check: false)
        default:
            if let number = Double(value) { return .init(item: item, number: number) }
            return .init(item: item, text: value)
        }
    }
}
