import Alarms
import ArgumentParser
import Engine
import Facility
import Notices
import SiteConfig
import WebAPI

/// Plays the past to the rules: what they would have done.
struct RulesBacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "What the rules would have done with the samples of the past; no daemon needed.",
        discussion: """
            The engine of the daemon on the samples' own time. Nobody acknowledges anything unless --attended is \
            given. Exits with 2 if an alarm would have been raised.
            """)

    @Argument(help: ArgumentHelp("Only these rules. Default: all.", valueName: "rule"))
    var names: [String] = []

    @Option(
        name: .customLong("rules"),
        help: ArgumentHelp(
            "The rules of this file or folder instead of the site's; may be repeated.", valueName: "file"))
    var files: [String] = []

    @Flag(help: "Write every entry of the journal, as it would have been.")
    var events = false

    @Flag(help: "Propose delays and dead-bands that end the chattering.")
    var suggest = false

    @Option(help: ArgumentHelp("With --suggest: keep what lasts at least so long.", valueName: "span"))
    var keep = "1m"

    @Flag(help: "Write JSON: stable, versioned; with --events a line for each entry.")
    var json = false

    @OptionGroup var options: BacktestOptions

    func validate() throws {
        guard !(suggest && (events || json)) else {
            throw ValidationError("--suggest writes rules; leave --events and --json away.")
        }
    }

    func run() async throws {
        try await Session.run(options.site.language) { session in
            let run = try await BacktestRun(options, session)
            let rules = try run.rules(of: files, only: names)
            let zone = run.configuration.site.zone
            if suggest {
                let span = try TimeArgument.span(keep, option: "--keep")
                return try await SuggestionText(run: run, keeping: span, session: session).write(rules)
            }
            if events {
                let table = BacktestTables(session, zone)
                var hasHeading = true
                _ = try await run.play(rules) { journal in
                    if json {
                        for event in journal {
                            try? session.show(
                                jsonLine: BacktestEvent(event, zone, note: table.note(of: event)))
                        }
                    } else if !journal.isEmpty {
                        session.show(table.events(journal), hasHeading: hasHeading)
                        hasHeading = false
                    }
                }
                return
            }
            let report = try await run.play(rules)
            if json {
                try session.show(json: BacktestDocument(report, zone))
            } else {
                BacktestTables(session, zone).write(report)
            }
            if !report.activations.isEmpty { throw Ending.findings }
        }
    }
}

/// One entry of a journal that would have been, as JSON.
struct BacktestEvent: Encodable {
    let time: String
    let rule: String
    let asset: String
    let kind: AlarmEvent.Kind
    let state: AlarmState
    let occurrence: Int64?
    let person: String?
    let note: String?

    init(_ event: AlarmEvent, _ zone: SiteZone, note: String?) {
        time = zone.iso(event.wallMilliseconds, milliseconds: true)
        rule = event.key.rule.name
        asset = event.key.asset.name
        kind = event.kind
        state = event.state
        occurrence = event.occurrence?.number
        person = event.person
        self.note = note
    }
}

/// The tables of a backtest.
struct BacktestTables {
    private let session: Session
    private let zone: SiteZone

    init(_ session: Session, _ zone: SiteZone) {
        self.session = session
        self.zone = zone
    }

    func write(_ report: BacktestReport) {
        session.show(rules(report))
        session.say("")
        let messages = report.messages.sorted { $0.key.name < $1.key.name }
            .map { "\($0.key.name) \($0.value)" }.joined(separator: ", ")
        session.say(
            session.text(
                Message(
                    "cli.backtest.span",
                    [
                        "from": .text(readable(report.fromWallMilliseconds)),
                        "to": .text(readable(report.toWallMilliseconds)),
                        "samples": .text(String(report.samples)),
                    ])))
        session.say(
            session.text(
                Message(
                    "cli.backtest.rate",
                    [
                        "average": .text(hundredths(report.averageInTenMinutes)),
                        "most": .text(String(report.mostInTenMinutes)),
                        "flood": .text(hundredths(report.floodShare * 100)),
                    ])))
        session.say(
            session.text(
                Message("cli.backtest.messages", ["messages": .text(messages.isEmpty ? "-" : messages)])))
    }

    private func rules(_ report: BacktestReport) -> Table {
        var table = Table([
            session.column("rule"), session.column("activations", isNumeric: true),
            session.column("active", isNumeric: true), session.column("chatter", isNumeric: true),
            session.column("fleeting", isNumeric: true), session.column("most_in_ten", isNumeric: true),
            session.column("messages", isNumeric: true), session.column("orders", isNumeric: true),
            session.column("first_time"), session.column("last"),
        ])
        for line in report.lines {
            let messages = line.messages.values.reduce(0, +)
            table.add([
                .init(line.rule.name), .init(String(line.activations)),
                session.span(line.activeMilliseconds),
                .init(String(line.chatterEpisodes), line.chatterEpisodes > 0 ? .bad : .plain),
                .init(String(line.fleeting), line.fleeting > 0 ? .doubtful : .plain),
                .init(String(line.mostInTenMinutes), line.mostInTenMinutes > 10 ? .bad : .plain),
                .init(String(messages)), .init(String(line.orders)),
                session.time(line.firstWallMilliseconds.map { zone.iso($0) }),
                session.time(line.lastWallMilliseconds.map { zone.iso($0) }),
            ])
        }
        return table
    }

    /// What a person wrote as it is, why the engine did something in words.
    func note(of event: AlarmEvent) -> String? {
        event.note.map { session.text(AlarmNote.message($0)) }
    }

    /// The entries of a journal.
    func events(_ journal: [AlarmEvent]) -> Table {
        var table = Table([
            session.column("time"), session.column("rule"), session.column("asset"), session.column("event"),
            session.column("state"), session.column("person"), session.column("note"),
        ])
        for event in journal {
            let iso = zone.iso(event.wallMilliseconds, milliseconds: true)
            table.add([
                .init(TimeText.readable(iso) + iso.dropFirst(19).prefix(4), code: iso),
                .init(event.key.rule.name), .init(event.key.asset.name),
                session.word("cli.alarm-event", event.kind.rawValue),
                session.word("alarm.state", event.state.rawValue), session.optional(event.person),
                .init(note(of: event) ?? ""),
            ])
        }
        return table
    }

    /// Activations that only one of two versions has, or both at other times.
    func differences(_ difference: BacktestDifference) -> Table {
        var table = Table([
            session.column("change"), session.column("rule"), session.column("asset"),
            session.column("raised"), session.column("cleared"), session.column("before"),
        ])
        func add(
            _ change: String, _ tone: Table.Tone, _ activation: BacktestReport.Activation,
            _ old: BacktestReport.Activation? = nil
        ) {
            table.add([
                session.word("cli.backtest-change", change, tone), .init(activation.key.rule.name),
                .init(activation.key.asset.name), time(activation.raisedWallMilliseconds),
                time(activation.clearedWallMilliseconds),
                .init(
                    old.map {
                        "\(readable($0.raisedWallMilliseconds)) – \(readable($0.clearedWallMilliseconds))"
                    } ?? ""),
            ])
        }
        for line in difference.lines {
            for activation in line.added { add("added", .bad, activation) }
            for activation in line.removed { add("removed", .good, activation) }
            for move in line.moved { add("moved", .doubtful, move.new, move.old) }
        }
        return table
    }

    private func time(_ wall: Int64?) -> Table.Cell {
        session.time(wall.map { zone.iso($0) })
    }

    private func readable(_ wall: Int64?) -> String {
        TimeText.readable(wall.map { zone.iso($0) })
    }

    private func hundredths(_ number: Double) -> String {
        ValueText.number(number, resolution: 0.01)
    }
}
