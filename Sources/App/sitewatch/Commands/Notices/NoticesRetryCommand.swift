import ArgumentParser
import Facility
import WebAPI

/// Tries messages again that were given up.
struct NoticesRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try messages again that were given up.")

    @Argument(help: "The messages, as 'notices queue' names them.")
    var notices: [String] = []

    @Flag(help: "All that were given up.")
    var dead = false

    @Option(help: "With --dead: only those of this channel.")
    var channel: String?

    @OptionGroup var person: PersonOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard notices.isEmpty == dead else { throw Usage.error(Message("cli.usage.messages-or-dead")) }
        guard channel == nil || dead else { throw Usage.error(Message("cli.usage.channel-of-dead")) }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person, connection, session)
            let document = try await action.client.post(
                RetryDocument.self, ["notices", "retry"],
                RetryRequest(
                    person: action.person, notices: dead ? nil : notices, dead: dead ? true : nil,
                    channel: channel))
            session.say(
                try action.told(
                    document, asJSON: person.json,
                    Message("cli.notices.retried", ["count": .text(String(document.retried.count))])))
            guard !person.json else { return }
            session.say(refusals(document.refused, session))
        }
    }

    /// Each that was named by itself; of all that were given up, how many for which reason.
    private func refusals(_ refused: [RefusedRetry], _ session: Session) -> [String] {
        guard dead else {
            return refused.map { entry in
                session.text(
                    Message(
                        "cli.notices.not-retried",
                        ["notice": .text(SafeText.plain(entry.id)), "reason": .text(entry.reason)]))
            }
        }
        let reasons = Dictionary(grouping: refused, by: \.reason).sorted { $0.key < $1.key }
        return reasons.map { reason, entries in
            session.text(
                Message(
                    "cli.notices.not-retried-many",
                    ["count": .text(String(entries.count)), "reason": .text(reason)]))
        }
    }
}
