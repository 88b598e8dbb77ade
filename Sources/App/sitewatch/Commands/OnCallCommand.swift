import ArgumentParser
import Facility
import Notices
import SiteConfig

/// Says who is on call. A question to the files: it has an answer while the daemon is down, so it is no part of
/// `shift`, the book that the daemon keeps of shifts that were.
struct OnCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oncall",
        abstract: "Who is on call, since when and until when, and why; no daemon needed.",
        discussion: "Exits with 2 if nobody is on call in a roster that was asked for.")

    @Argument(help: ArgumentHelp("Only these rosters. Default: all.", valueName: "roster"))
    var names: [String] = []

    @Option(help: ArgumentHelp("At this time instead of now.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("Every stretch of so many days from then on.", valueName: "count"))
    var days: Int?

    @OptionGroup var format: FormatOptions
    @OptionGroup var site: SiteOptions

    func validate() throws {
        try ArgumentCheck.time(at, option: "--at")
        guard (1...366).contains(days ?? 1) else {
            throw ValidationError("--days takes a number from 1 to 366.")
        }
    }

    func run() async throws {
        try await Session.run(site.language) { session in
            let configuration = try session.configuration(site)
            let rosters = try chosen(from: configuration.rosters)
            let zone = configuration.site.zone
            let now = session.terminal.now()
            let instant =
                try at.map { try TimeArgument.instant($0, option: "--at", now: now, zone: zone) } ?? now
            let lines = rosters.flatMap { stretches(of: $0, at: instant) }
            if format.json {
                try session.show(json: OnCallDocument(lines, at: instant, site: configuration.site))
            } else {
                show(lines, DutyText(session: session, site: configuration.site), session)
            }
            for unknown in unknownYears(of: rosters, from: instant) { session.complain(unknown) }
            if lines.contains(where: { $0.duty.people.isEmpty }) { throw Ending.findings }
        }
    }

    private func chosen(from rosters: [Roster]) throws -> [Roster] {
        guard !rosters.isEmpty else { throw CommandFailure(Message("cli.oncall.none")) }
        for name in names where !rosters.contains(where: { $0.id == name }) {
            throw CommandFailure(NearestName.unknown("cli.oncall.unknown", name, among: rosters.map(\.id)))
        }
        return rosters.filter { names.isEmpty || names.contains($0.id) }
    }

    private func stretches(of roster: Roster, at instant: Int64) -> [DutyLine] {
        let first = roster.stretch(at: instant)
        guard let days else { return [DutyLine(roster, first.duty, from: first.from, until: first.until)] }
        let all = roster.timeline(instant..<(instant + Int64(days) * 86_400_000))
        return all.enumerated().map { index, stretch in
            // The first began before the days that were asked for, the last ends after them.
            let isLast = index == all.count - 1
            return DutyLine(
                roster, stretch.duty, from: index == 0 ? first.from : stretch.from,
                until: isLast ? roster.stretch(at: stretch.from).until : stretch.until)
        }
    }

    /// The years among those asked about whose holidays a roster's calendar does not know: there every week is taken
    /// for an ordinary one.
    private func unknownYears(of rosters: [Roster], from instant: Int64) -> [Message] {
        var unknown: Set<[String]> = []
        for roster in rosters {
            let first = roster.zone.date(at: instant).components.year
            let last = roster.zone.date(at: instant + Int64(days ?? 1) * 86_400_000).components.year
            for calendar in roster.layers.compactMap(\.days.calendar) {
                for year in Set([first, last]) where !calendar.years.contains(year) {
                    unknown.insert([calendar.id, String(year)])
                }
            }
        }
        return unknown.sorted { $0.lexicographicallyPrecedes($1) }.map {
            Message("cli.oncall.year-unknown", ["calendar": .text($0[0]), "year": .text($0[1])])
        }
    }

    private func show(_ lines: [DutyLine], _ words: DutyText, _ session: Session) {
        var table = Table([
            session.column("roster"), session.column("people"), session.column("since"),
            session.column("until"), session.column("why"),
        ])
        for line in lines {
            table.add([
                .init(line.roster.label[session.language], code: line.roster.id),
                words.names(line.duty.people), session.time(line.since), session.time(line.until),
                .init(session.text(words.why(line.duty, in: line.roster))),
            ])
        }
        session.show(table, format)
    }
}

/// A stretch of duty in one roster.
struct DutyLine {
    let roster: Roster
    let duty: Roster.Duty
    let since: String
    let until: String

    init(_ roster: Roster, _ duty: Roster.Duty, from: Int64, until: Int64) {
        self.roster = roster
        self.duty = duty
        since = roster.zone.iso(from)
        self.until = roster.zone.iso(until)
    }
}

/// What `oncall --json` writes.
struct OnCallDocument: Encodable {
    struct Entry: Encodable {
        let roster: String
        let label: Bilingual
        let since: String
        let until: String
        let duty: DutyDocument
    }

    let version = 1
    let time: String
    let stretches: [Entry]

    init(_ lines: [DutyLine], at instant: Int64, site: Site) {
        time = site.zone.iso(instant)
        stretches = lines.map { line in
            Entry(
                roster: line.roster.id, label: line.roster.label, since: line.since, until: line.until,
                duty: DutyDocument(line.duty))
        }
    }
}
