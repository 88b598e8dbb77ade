import ArgumentParser
import Facility
import WebAPI

/// Reset latched alarms whose condition is gone.
struct AlarmsResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Reset latched alarms whose condition is gone.")

    @Argument(help: "The numbers of the alarms.")
    var alarms: [Int64]

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            try await action.each(alarms, name: String.init) { alarm in
                let document = try await action.client.post(
                    AlarmDocument.self, ["alarms", String(alarm), "reset"], action.request())
                return try action.told(
                    document, asJSON: person.json,
                    Message(
                        "cli.alarm.reset",
                        [
                            "alarm": .text(String(alarm)), "person": .text(action.person),
                            "text": .bilingual(document.alarm.text),
                        ]))
            }
        }
    }
}
