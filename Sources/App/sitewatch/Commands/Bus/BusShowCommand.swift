import ArgumentParser
import Facility
import WebAPI

/// Shows all there is to know about one bus.
struct BusShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what happened on a bus: each unit's answers, failures and times, and the last frames."
    )

    @Argument(help: "The bus.")
    var bus: String

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let document = try await client.get(BusDocument.self, ["buses", bus])
            guard !json else { return try session.show(json: document) }
            let format = try FormatOptions.parse([])
            session.show(BusTables.buses([document.bus], session), format)
            if let trouble = document.bus.trouble {
                session.say("")
                session.say(
                    session.text(
                        Message(
                            "cli.bus.trouble",
                            [
                                "reason": .text(SafeText.plain(trouble)),
                                "time": .text(TimeText.readable(document.bus.troubleTime)),
                            ])))
            }
            session.say("")
            session.show(BusTables.diagnostics(document.bus, session), format)
            guard !document.frames.isEmpty else { return }
            session.say("")
            session.say(document.frames.map { FrameText.line($0, session) })
        }
    }
}
