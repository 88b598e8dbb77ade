import ArgumentParser
import Facility
import WebAPI

/// Writes a remark on an alarm.
struct AlarmsCommentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment", abstract: "Write a remark on an alarm.")

    @Argument(help: "The number of the alarm.")
    var alarm: Int64

    @Argument(help: "The remark.")
    var text: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who says it. Default: your login name.", valueName: "person"))
    var person: String?

    @Flag(help: "Write what became of it as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        try ArgumentCheck.person(person)
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person: person, note: text, connection, session)
            let document = try await action.client.post(
                AlarmDocument.self, ["alarms", String(alarm), "comment"], action.request())
            session.say(
                try action.told(
                    document, asJSON: json,
                    Message(
                        "cli.alarm.commented",
                        [
                            "alarm": .text(String(alarm)), "person": .text(action.person),
                            "text": .bilingual(document.alarm.text),
                        ])))
        }
    }
}
