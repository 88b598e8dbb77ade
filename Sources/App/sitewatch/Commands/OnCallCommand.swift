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
            let lines = rosters.flatMap { roster in
                stretches(of: roster, at: instant).map { (roster, $0) }
            }
            if format.json {
                try session.show(json: OnCallDocument(lines, at: instant, site: configuration.site))
            } else {
                show(lines, DutyText(session: session, site: configuration.site), session)
            }
            if lines.contains(where: { $0.1.duty.people.isEmpty }) { throw Ending.findings }
        }
    }

    private func chosen(from rosters: [Roster]) throws -> [Roster] {
        guard !rosters.isEmpty else { throw CommandFailure(Message("cli.oncall.none")) }
        for name in names where !rosters.contains(where: { $0.id == name }) {
            throw CommandFailure(NearestName.unknown("cli.oncall.unknown", name, among: rosters.map(\.id)))
        }
        return rosters.filter { names.isEmpty || names.contains($0.id) }
    }

    private func stretches(of roster: Roster, at instant: Int64) -> [Roster.Stretch] {
        guard let days else { return [roster.stretch(at: instant)] }
        let first = roster.stretch(at: instant)
        let all = roster.timeline(instant..<(instant + Int64(days) * 86_400_000))
        return all.enumerated().map { index, stretch in
            Roster.Stretch(
                duty: stretch.duty, from: index == 0 ? first.from : stretch.from,
                until: index == all.count - 1 ? roster.stretch(at: stretch.from).until : stretch.until)
        }
    }

    private func show(
        _ lines: [(Roster, Roster.Stretch)], _ words: DutyText, _ session: Session
    ) {
        var table = Table([
            session.column("roster"), session.column("people"), session.column("since"),
            session.column("until"), session.column("why"),
        ])
        for (roster, stretch) in lines {
            table.add([
                .init(roster.label[session.language], code: roster.id), words.names(stretch.duty.people),
                session.time(roster.zone.iso(stretch.from)), session.time(roster.zone.iso(stretch.until)),
                .init(session.text(words.why(stretch.duty, in: roster))),
            ])
        }
        session.show(table, format)
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

    init(_ lines: [(Roster, Roster.Stretch)], at instant: Int64, site: Site) {
        time = site.zone.iso(instant)
        stretches = lines.map { roster, stretch in
            Entry(
                roster: roster.id, label: roster.label, since: roster.zone.iso(stretch.from),
                until: roster.zone.iso(stretch.until), duty: DutyDocument(stretch.duty))
        }
    }
}
