import ArgumentParser
import Facility
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
            throw ValidationError("--expected-version goes with one order.")
        }
    }

    /// Moves the orders on, one after the other.
    func carryOut(
        _ step: String, _ done: ([String: Message.Argument]) -> Message
    ) async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            try await action.each(orders, name: \.self) { order in
                let document = try await action.client.post(
                    OrderDocument.self, ["orders", order, step],
                    action.request(expectedVersion: expectedVersion))
                return try action.told(
                    document, asJSON: person.json,
                    done([
                        "order": .text(order), "person": .text(action.person),
                        "text": .bilingual(document.order.title),
                    ]))
            }
        }
    }
}
