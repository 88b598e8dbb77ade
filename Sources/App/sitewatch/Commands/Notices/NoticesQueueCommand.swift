import ArgumentParser
import Facility
import WebAPI

/// Lists messages.
struct NoticesQueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "List messages that wait or were given up, or with --all those sent too, newest first.")

    @Flag(help: "Sent ones too.")
    var all = false

    @Option(help: "Only these: \(OutboxEntry.State.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?

    @Option(help: "Only of this channel.")
    var channel: String?

    @Option(help: "At most so many, up to 1000.")
    var limit = 100

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    private static let states = ListedWords(
        option: "--state", known: OutboxEntry.State.allCases.map(\.rawValue))

    /// Where a message stands that did not arrive.
    private static let unsent: [OutboxEntry.State] = [.queued, .sending, .failed, .dead]

    func validate() throws {
        guard (1...1000).contains(limit) else { throw Usage.outside("--limit", 1...1000) }
        _ = try Self.states.understood(state)
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let usual = all ? nil : Self.unsent.map(\.rawValue).joined(separator: ",")
            let wishes = [
                ("state", try Self.states.understood(state) ?? usual), ("channel", channel),
                ("limit", String(limit)),
            ]
            let query = wishes.compactMap { name, value in value.map { (name: name, value: $0) } }
            let document = try await client.get(NoticesDocument.self, ["notices"], query)
            guard !format.json else { return try session.show(json: document) }
            session.show(NoticeTables.queue(document.notices, session), format)
            if document.notices.isEmpty { session.complain(Message("cli.notices.none")) }
            if document.nextCursor != nil {
                session.complain(Message("cli.list.more", ["count": .text(String(limit))]))
            }
        }
    }
}

/// Messages as tables.
enum NoticeTables {
    static func queue(_ notices: [QueuedNoticeEntry], _ session: Session) -> Table {
        var table = Table([
            session.column("decided"), session.column("priority"), session.column("state"),
            session.column("channel"), session.column("recipient"),
            session.column("attempts", isNumeric: true), session.column("next_attempt"),
            session.column("title"), session.column("reason"), session.column("notice"),
        ])
        for notice in notices {
            table.add([
                session.time(notice.decided), session.priority(notice.priority),
                session.word("cli.outbox-state", notice.state.rawValue, notice.state.tone),
                .init(notice.channel), session.optional(notice.recipient), .init(String(notice.attempts)),
                session.time(notice.nextAttempt), .init(notice.title),
                // What failed before it went out is over.
                .init(notice.state == .delivered ? "" : notice.failure ?? ""), .init(notice.id),
            ])
        }
        return table
    }

    static func trail(_ document: TrailDocument, _ session: Session) -> Table {
        var table = Table([
            session.column("notice"), session.column("time"), session.column("attempts", isNumeric: true),
            session.column("event"), session.column("reason"),
        ])
        for entry in document.notices {
            let state = session.word("cli.outbox-state", entry.notice.state.rawValue, entry.notice.state.tone)
            table.add([
                .init(entry.notice.id), session.time(entry.notice.decided), .init("0"),
                entry.attempts.isEmpty
                    ? state : .init(session.text("cli.attempt.decided"), code: "decided"),
                .init(entry.notice.title),
            ])
            for attempt in entry.attempts {
                table.add([
                    .init(attempt.notice ?? entry.notice.id), session.time(attempt.time),
                    .init(String(attempt.attempt)),
                    session.word("cli.attempt", attempt.result.rawValue, attempt.result.tone),
                    .init(attempt.reason ?? attempt.answer ?? ""),
                ])
            }
        }
        return table
    }
}

extension OutboxEntry.State {
    /// How the state looks on a terminal.
    var tone: Table.Tone {
        switch self {
        case .delivered, .accepted: .good
        case .queued, .sending: .plain
        case .failed: .doubtful
        case .dead: .bad
        case .merged: .faint
        }
    }
}

extension OutboxAttempt.Result {
    /// How it looks on a terminal.
    var tone: Table.Tone {
        switch self {
        case .delivered, .accepted: .good
        case .retry, .interrupted, .redirected: .doubtful
        case .dead: .bad
        case .merged, .requeued: .faint
        }
    }
}
