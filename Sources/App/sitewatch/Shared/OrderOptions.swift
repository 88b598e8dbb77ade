import ArgumentParser
import Facility
import Maintenance
import WebAPI

/// Which orders are moved on, by whom.
struct OrderOptions: ParsableArguments {
    @Argument(help: "The numbers of the orders: WO-20260306-0001.")
    var orders: [String]

    @Option(help: "Only if the order is still at this version.")
    var expectedVersion: Int?

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard expectedVersion == nil || orders.count == 1 else {
            throw Usage.error(Message("cli.usage.version-of-one"))
        }
    }

    /// Moves the orders on, one after the other.
    ///
    /// - Parameters:
    ///   - fill: puts into the request what the step needs.
    ///   - judgesAnswers: whether what the checklist found wrong is said as well.
    func carryOut(
        _ step: String, judgesAnswers: Bool = false,
        _ fill: (inout OrderRequest) -> Void = { _ in },
        _ done: ([String: Message.Argument]) -> Message
    ) async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            try await action.each(orders, name: \.self) { order in
                var request = action.orderRequest(expectedVersion: expectedVersion)
                fill(&request)
                let document = try await action.client.post(
                    OrderDocument.self, ["orders", order, step], request)
                let told = try action.told(
                    document, asJSON: person.json,
                    done([
                        "order": .text(order), "person": .text(action.person),
                        "text": .bilingual(document.order.title),
                        "assignee": .text(document.order.assignee ?? "-"),
                        "state": .message(Message("order.state.\(document.order.state.rawValue)")),
                    ]))
                guard judgesAnswers, !person.json else { return told }
                return told + OrderWorkText.shortfall(document.work, session)
            }
        }
    }
}

extension PersonAction {
    /// The request about an order, with an id of its own so that sending it twice does nothing twice.
    func orderRequest(expectedVersion: Int? = nil) -> OrderRequest {
        let request = request(expectedVersion: expectedVersion)
        return OrderRequest(
            person: request.person, note: request.note, requestId: request.requestId,
            expectedVersion: request.expectedVersion)
    }
}

/// Words of a closed list as an option takes one of them.
extension ListedWords {
    /// Exactly one of the words.
    func one(_ text: String?) throws -> String? {
        guard let text, !text.contains(",") else {
            guard text == nil else {
                throw Usage.error(Message("cli.usage.one-word", ["option": .text(option)]))
            }
            return nil
        }
        return try understood(text)
    }

    /// The words, for a help text.
    var list: String { known.joined(separator: ", ") }
}
