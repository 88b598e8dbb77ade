import ArgumentParser
import Facility
import WebAPI

/// Writes samples as CSV in exactly the form that `import` takes.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write samples as CSV that gives back every bit when it is imported.",
        discussion: """
            Asks the daemon; with --data, or if no daemon answers, reads the files themselves. Without --from and \
            --to it is everything there is.
            """)

    @Argument(help: ArgumentHelp("Points: P1.discharge_pressure.", valueName: "point"))
    var points: [String] = []

    @Option(help: "All points of this asset.")
    var asset: String?

    @Flag(help: "All points.")
    var all = false

    @Option(parsing: .unconditional, help: "The first instant.")
    var from: String?

    @Option(parsing: .unconditional, help: "The instant after the last one.")
    var to: String?

    @Option(help: ArgumentHelp("The file to write; - for the standard output.", valueName: "file"))
    var toFile = "-"

    @Option(
        help: ArgumentHelp("Read the history in this folder instead of asking the daemon.", valueName: "dir"))
    var data: String?

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        let ways = [!points.isEmpty, asset != nil, all].count { $0 }
        guard ways == 1 else { throw ValidationError("Name points, or --asset, or --all: one of them.") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let source = try await HistorySource.open(data, connection, session)
            let span = try span(source, session)
            let chosen = try await chosen(source)
            let file = try ExportFile(toFile, session.terminal)
            do {
                try await write(chosen, span, source, file, session)
                try file.finish()
            } catch {
                file.discard()
                throw error
            }
        }
    }

    private func span(_ source: HistorySource, _ session: Session) throws -> Range<Int64> {
        let now = session.terminal.now()
        let first = try from.map {
            try TimeArgument.instant($0, option: "--from", now: now, zone: source.zone)
        }
        let last = try to.map { try TimeArgument.instant($0, option: "--to", now: now, zone: source.zone) }
        let span = (first ?? 0, last ?? Self.end)
        guard span.0 < span.1 else {
            throw CommandFailure(Message("cli.history.empty-span"), .validationFailure)
        }
        return span.0..<span.1
    }

    private func chosen(_ source: HistorySource) async throws -> [String] {
        guard points.isEmpty else { return points }
        let known = try await source.points()
        guard let asset else { return known.map(\.path) }
        let found = known.filter { $0.asset == asset }.map(\.path)
        guard !found.isEmpty else {
            let names = Array(Set(known.map { String($0.asset) }))
            throw CommandFailure(NearestName.unknown("cli.unknown-asset", asset, among: names))
        }
        return found
    }

    private func write(
        _ points: [String], _ span: Range<Int64>, _ source: HistorySource, _ file: ExportFile,
        _ session: Session
    ) async throws {
        var text = ExportText(zone: source.zone)
        var bytes = ExportText.heading
        var progress = Progress(session)
        defer { progress.end() }
        var count = 0
        for (index, point) in points.enumerated() {
            let cell = ExportText.cell(point)
            try await source.rows(point, span) { part in
                for sample in part { text.add(sample, point: cell, to: &bytes) }
                count += part.count
                guard bytes.count >= Self.part else { return }
                try file.write(bytes)
                bytes.removeAll(keepingCapacity: true)
                guard !file.isStream else { return }
                progress.show(
                    Message(
                        "exchange.export-progress",
                        [
                            "samples": .text(String(count)), "point": .text(String(index + 1)),
                            "points": .text(String(points.count)),
                        ]))
            }
        }
        try file.write(bytes)
        guard !file.isStream else { return }
        progress.end()
        session.say(
            session.text(
                Message(
                    "exchange.exported",
                    [
                        "samples": .text(String(count)), "points": .text(String(points.count)),
                        "file": .text(toFile),
                    ])))
    }

    private static let part = 1 << 18
    /// The end of the year 9998: what is later no history has.
    private static let end: Int64 = 253_370_764_800_000
}
