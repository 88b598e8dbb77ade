import ArgumentParser
import Facility
import WebAPI

/// Brings alarms back from the shelf.
struct AlarmsUnshelveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unshelve", abstract: "Bring alarms back from the shelf before their time.")

    @Argument(help: ScopeHelp.text)
    var alarms: [String]

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            try await action.each(alarms, name: \.self) { alarm in
                let document = try await action.client.post(
                    QuietAlarmsDocument.self, ["alarms", alarm, "unshelve"], action.request())
                return try action.told(
                    document, asJSON: person.json,
                    Message(
                        "cli.alarm.unshelved", ["alarm": .text(alarm), "person": .text(action.person)]))
            }
        }
    }
}
