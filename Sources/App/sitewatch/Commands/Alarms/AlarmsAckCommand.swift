import ArgumentParser
import Facility
import WebAPI

/// Say that you know of alarms.
struct AlarmsAckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Say that you know of alarms.")

    @Argument(help: "The numbers of the alarms.")
    var alarms: [Int64]

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            try await action.each(alarms, name: String.init) { alarm in
                let document = try await action.client.post(
                    AlarmDocument.self, ["alarms", String(alarm), "acknowledge"], action.request())
                return session.text(
                    Message(
                        "cli.alarm.acknowledged",
                        [
                            "alarm": .text(String(alarm)), "person": .text(action.person),
                            "text": .bilingual(document.alarm.text),
                        ]))
            }
        }
    }
}
