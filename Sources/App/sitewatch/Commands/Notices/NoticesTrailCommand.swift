import ArgumentParser
import Facility
import WebAPI

/// Shows what became of every message about an alarm.
struct NoticesTrailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trail",
        abstract: "Show every message about an alarm, with every attempt at it and what the other side said.")

    @Argument(help: "The number of the alarm.")
    var alarm: Int64

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(TrailDocument.self, ["alarms", String(alarm), "trail"])
            guard !format.json else { return try session.show(json: document) }
            session.show(NoticeTables.trail(document, session), format)
            if document.notices.isEmpty { session.complain(Message("cli.notices.nobody-told")) }
        }
    }
}
