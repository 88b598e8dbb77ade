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
                return try action.told(
                    document, asJSON: person.json, Self.told(document.alarm, action.person))
            }
        }
    }

    /// What the person is told: the one who was first stays the one who acknowledged.
    private static func told(_ alarm: AlarmEntry, _ person: String) -> Message {
        let number = Message.Argument.text(String(alarm.id))
        if let first = alarm.acknowledged, first.person != person {
            return Message(
                "cli.alarm.acknowledged-before",
                [
                    "alarm": number, "person": .text(first.person),
                    "time": .text(TimeText.readable(first.time)), "text": .bilingual(alarm.text),
                ])
        }
        return Message(
            "cli.alarm.acknowledged",
            ["alarm": number, "person": .text(person), "text": .bilingual(alarm.text)])
    }
}
