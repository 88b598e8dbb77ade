import ArgumentParser
import Facility
import WebAPI

/// Takes alarms out of service under an order.
struct AlarmsOutOfServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "out-of-service",
        abstract: "Take alarms out of service under an open order: by default all of the order's asset.",
        discussion:
            "They stay out, and nobody is told of them, until the order is closed and they are returned.")

    @Argument(help: "The number of the order: WO-20260306-0001.")
    var order: String

    @Argument(help: ScopeHelp.text)
    var alarms: [String] = []

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            var meant = alarms
            if meant.isEmpty {
                let found = try await action.client.get(OrderDocument.self, ["orders", order])
                meant = ["@" + found.order.asset]
            }
            try await action.each(meant, name: \.self) { alarm in
                let command = action.request()
                let document = try await action.client.post(
                    QuietAlarmsDocument.self, ["alarms", alarm, "out-of-service"],
                    RemovalRequest(
                        person: command.person, isLogin: command.isLogin, note: command.note,
                        requestId: command.requestId, order: order))
                return try action.told(
                    document, asJSON: person.json,
                    Message(
                        "cli.alarm.removed",
                        [
                            "alarm": .text(alarm), "person": .text(action.person), "order": .text(order),
                            "count": .text(String(document.alarms.count)),
                        ]))
            }
        }
    }
}
