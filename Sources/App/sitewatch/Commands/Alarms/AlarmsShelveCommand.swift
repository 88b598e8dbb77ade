import ArgumentParser
import Facility
import WebAPI

/// Puts alarms aside for a limited time.
struct AlarmsShelveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shelve", abstract: "Put alarms aside for a limited time; a reason is needed.",
        discussion: """
            A shelved alarm is watched and written down, but nobody is told of it. It comes back by itself, also \
            over a restart. Shelving says that you know of it; it resets no latch.
            """)

    @Argument(help: ScopeHelp.text)
    var alarms: [String]

    @Option(name: .customLong("for"), help: ArgumentHelp("For how long: 30m, 2h.", valueName: "time"))
    var span: String?

    @Flag(help: "Until the condition ends.")
    var once = false

    @Option(help: "Why.")
    var reason: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who does it. Default: your login name.", valueName: "person"))
    var person: String?

    @Flag(help: "Write what became of it as JSON, a line each.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        try ArgumentCheck.person(person)
        guard (span != nil) != once else { throw Usage.either("--for", "--once") }
        if let span, (TimeExpression.span(span) ?? 0) < 1000 {
            throw Usage.unclear("--for", span, "30m, 2h, 1h30m")
        }
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw Usage.error(Message("cli.usage.why", ["option": "--reason"]))
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let action = PersonAction(person: person, note: reason, connection, session)
            // An instant, so that the same request sent twice asks for the same.
            let until = span.flatMap(TimeExpression.span).map { session.terminal.now() + $0 }
                .map { SiteZone.fixed("UTC", hours: 0).iso($0, milliseconds: true) }
            try await action.each(alarms, name: \.self) { alarm in
                let command = action.request()
                let document = try await action.client.post(
                    QuietAlarmsDocument.self, ["alarms", alarm, "shelve"],
                    ShelveRequest(
                        person: command.person, isLogin: command.isLogin, note: command.note,
                        requestId: command.requestId, until: until, once: once ? true : nil))
                return try action.told(document, asJSON: json, told(document, alarm, action.person))
            }
        }
    }

    private func told(_ document: QuietAlarmsDocument, _ alarm: String, _ person: String) -> Message {
        let arguments: [String: Message.Argument] = [
            "alarm": .text(alarm), "person": .text(person), "count": .text(String(document.alarms.count)),
            "time": .text(TimeText.readable(document.alarms.compactMap(\.shelvedUntil).max())),
        ]
        return Message(once ? "cli.alarm.shelved-once" : "cli.alarm.shelved", arguments)
    }
}

/// What the commands about alarms and whole assets say about their arguments.
enum ScopeHelp {
    static let text = ArgumentHelp(
        "What is meant: the number of an alarm, RULE@ASSET, or an asset for all its alarms.")
}
