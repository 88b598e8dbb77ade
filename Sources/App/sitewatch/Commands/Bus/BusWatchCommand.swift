import ArgumentParser
import Facility
import Foundation
import WebAPI

/// Shows the frames of a bus as they go by.
struct BusWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Show every frame of a bus as it goes by, until Ctrl-C.")

    @Argument(help: "The bus.")
    var bus: String

    @Argument(help: "Only this unit.")
    var unit: Int?

    @Option(name: .customLong("for"), help: ArgumentHelp("End after so long: 30s.", valueName: "time"))
    var duration: SpanArgument?

    @Flag(help: "Write JSON, a line for each frame.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if let unit, !(0...255).contains(unit) { throw ValidationError("A unit id is 0 to 255.") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let query = unit.map { [(name: "unit", value: String($0))] } ?? []
            try await client.lines(
                ["buses", bus, "frames"], query, forMilliseconds: duration?.milliseconds
            ) { line in
                if json { return session.say(line) }
                guard let frame = try? JSON.decode(FrameEntry.self, from: Data(line.utf8)) else { return }
                session.say(FrameText.line(frame, session))
            }
        }
    }
}

/// Frames as text.
enum FrameText {
    /// One line: when, which way, which unit, what it says, all its bytes.
    static func line(_ frame: FrameEntry, _ session: Session) -> String {
        let clock = frame.time.split(separator: "T").last.map { String($0.prefix(12)) } ?? ""
        let arrow = frame.direction == .request ? ">" : "<"
        return "\(clock) \(arrow) \(frame.unit)  \(gist(frame, session))  \(frame.hex)"
    }

    /// What a frame says, in a few words.
    static func gist(_ frame: FrameEntry, _ session: Session) -> String {
        guard let function = frame.function else { return session.text("cli.frame.short") }
        var arguments: [String: Message.Argument] = ["function": .text(String(function))]
        var key = "cli.frame.other"
        if let code = frame.exception {
            key = "cli.frame.exception"
            arguments["code"] = .text(String(code))
        } else if let count = frame.count {
            key = frame.direction == .request ? "cli.frame.request" : "cli.frame.reply"
            arguments["count"] = .text(String(count))
            arguments["first"] = .text(String(frame.first ?? 0))
        }
        return session.text(Message(key, arguments))
    }
}
