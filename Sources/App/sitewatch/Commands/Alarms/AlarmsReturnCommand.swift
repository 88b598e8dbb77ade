import ArgumentParser
import Facility
import WebAPI

/// Puts alarms back into service.
struct AlarmsReturnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "return", abstract: "Put alarms back into service once their order is closed.")

    @Argument(help: ScopeHelp.text)
    var alarms: [String]

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            try await action.each(alarms, name: \.self) { alarm in
                let document = try await action.client.post(
                    QuietAlarmsDocument.self, ["alarms", alarm, "return"], action.request())
                return try action.told(
                    document, asJSON: person.json,
                    Message("cli.alarm.returned", ["alarm": .text(alarm), "person": .text(action.person)]))
            }
        }
    }
}
