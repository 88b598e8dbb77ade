import ArgumentParser
import Facility
import WebAPI

/// Tries whether somebody is reached.
struct NoticesTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send somebody a test message at once, and show what each channel answered.",
        discussion: "Exit code 2 if a channel did not take it.")

    @Argument(help: "The person, as people.yaml names them.")
    var recipient: String

    @Option(help: "Only by this channel. Default: every channel that addresses people.")
    var channel: String?

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            let document = try await action.client.post(
                TestNoticeDocument.self, ["notices", "test"],
                TestNoticeRequest(person: recipient, channel: channel, by: action.person))
            if person.json {
                try session.show(json: document)
            } else {
                var table = Table([
                    session.column("channel"), session.column("state"), session.column("reason"),
                ])
                for result in document.results {
                    table.add([
                        .init(result.channel),
                        session.word(
                            "cli.notices.test", result.taken ? "taken" : "failed", result.taken ? .good : .bad
                        ),
                        .init(result.answer),
                    ])
                }
                session.show(table)
                if let first = document.untested.first {
                    session.complain(
                        Message(
                            "cli.notices.untested",
                            [
                                "channels": .text(document.untested.joined(separator: ", ")),
                                "person": .text(document.person), "channel": .text(first),
                            ]))
                }
            }
            if document.results.contains(where: { !$0.taken }) { throw Ending.findings }
        }
    }
}
