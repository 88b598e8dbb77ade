import Alarms
import Facility
import Notices
import SiteConfig

/// A rehearsal as text: what would happen as a table, then the words of each kind of message, once per language.
struct RehearsalText {
    let session: Session
    let rehearsed: RehearsedAlarm

    private var site: Site { rehearsed.configuration.site }

    func write() {
        let occurrence = rehearsed.occurrence
        session.say(
            session.text(
                Message(
                    "simulate.head",
                    [
                        "rule": .text(occurrence.key.rule.name), "asset": .text(occurrence.key.asset.name),
                        "priority": .message(Message("priority.\(occurrence.priority.name)")),
                        "time": .text(site.zone.readable(occurrence.raisedWallMilliseconds)),
                    ])))
        guard rehearsed.configuration.routes.contains(where: { $0.id == rehearsed.route }) else {
            return session.say(
                session.text(Message("cli.simulate.no-route", ["route": .text(rehearsed.route)])))
        }
        session.say(
            session.text(
                Message("simulate.route-\(rehearsed.choice.rawValue)", ["route": .text(rehearsed.route)])))
        session.say(session.text("simulate.assumption"))
        session.say("")
        let entries = rehearsed.rehearsal.entries
        guard !entries.isEmpty else { return session.say(session.text("simulate.nobody")) }
        session.show(table(entries))
        session.say("")
        let detours = rehearsed.detours
        session.say(
            detours.map { detour in
                session.text(
                    Message(
                        "simulate.fallback",
                        [
                            "channel": .text(detour.channel.name), "fallback": .text(detour.fallback.name),
                            "span": .text(TimeText.span(detour.milliseconds)),
                        ]))
            })
        if !detours.isEmpty { session.say("") }
        session.say(session.text("simulate.words"))
        var seen: Set<[String]> = []
        for entry in entries {
            // Repetitions differ in how long nobody has acknowledged, and in nothing else.
            guard let notice = entry.notice,
                seen.insert([notice.kind.rawValue, notice.language.rawValue]).inserted
            else { continue }
            session.say("")
            session.say("\(site.zone.readable(entry.wallMilliseconds))  \(SafeText.plain(notice.title))")
            session.say(notice.body.split(separator: "\n").map { "    " + SafeText.plain(String($0)) })
        }
    }

    private func table(_ entries: [NoticeRehearsal.Entry]) -> Table {
        let words = DutyText(session: session, site: site)
        var table = Table([
            session.column("when"), session.column("after"), session.column("wave"), session.column("who"),
            session.column("channel"), session.column("how"), session.column("why"),
        ])
        for entry in entries {
            let after = entry.wallMilliseconds - rehearsed.occurrence.raisedWallMilliseconds
            table.add([
                session.time(site.zone.iso(entry.wallMilliseconds)), session.span(after),
                .init(session.text(wave(entry.wave))),
                .init(entry.recipient.map(words.name) ?? "-", code: entry.recipient?.name ?? ""),
                .init(entry.channel.name), .init(session.text(outcome(entry)), tone(entry)),
                .init(entry.addressee.map { session.text(reason($0.reason, words)) } ?? ""),
            ])
        }
        return table
    }

    private func wave(_ wave: NoticeRehearsal.Wave) -> Message {
        switch wave {
        case .step(let number): Message("simulate.wave.step", ["number": .text(String(number))])
        case .again(let number): Message("simulate.wave.again", ["number": .text(String(number))])
        case .morning: Message("simulate.wave.morning")
        }
    }

    private func tone(_ entry: NoticeRehearsal.Entry) -> Table.Tone {
        entry.notice != nil ? .good : .doubtful
    }

    private func outcome(_ entry: NoticeRehearsal.Entry) -> Message {
        switch entry.addressee?.outcome {
        case .told, nil:
            let kind: Message.Argument = .message(
                Message("simulate.kind.\(entry.notice?.kind.rawValue ?? Notice.Kind.raise.rawValue)"))
            return Message("simulate.outcome.told", ["kind": kind])
        case .held(let until, let ofPerson):
            return Message(
                ofPerson ? "simulate.outcome.held-person" : "simulate.outcome.held-route",
                ["time": .text(site.zone.readable(until))])
        case .unwanted:
            return Message(
                "simulate.outcome.unwanted",
                ["priority": .text(rehearsed.occurrence.priority.name.uppercased())])
        case .otherChannel: return Message("simulate.outcome.other-channel")
        }
    }

    private func reason(_ reason: Addressee.Reason, _ words: DutyText) -> Message {
        switch reason {
        case .channel: Message("simulate.reason.channel")
        case .named: Message("simulate.reason.named")
        case .everybody: Message("simulate.reason.everybody")
        case .contractor(let firm): Message("simulate.reason.contractor", ["contractor": .text(firm)])
        case .gap(let roster): Message("simulate.reason.gap", ["roster": .bilingual(roster.label)])
        case .onDuty(let roster, let duty):
            Message(
                "simulate.reason.duty",
                ["roster": .bilingual(roster.label), "why": .message(words.why(duty, in: roster))])
        }
    }
}

/// What `notices simulate --json` writes.
struct RehearsalDocument: Encodable {
    struct Entry: Encodable {
        let time: String
        let afterMs: Int64
        /// `step`, `again` or `morning`.
        let wave: String
        let number: Int?
        let person: String?
        let channel: String
        /// `told`, `held`, `unwanted` or `other_channel`.
        let outcome: String
        let heldUntil: String?
        /// `channel`, `named`, `everybody`, `duty`, `gap` or `contractor`; absent at the end of quiet hours.
        let reason: String?
        let roster: String?
        let duty: DutyDocument?
        let kind: String?
        let language: String?
        let title: String?
        let body: String?
    }

    /// A way that messages would take if a channel did not take them.
    struct Fallback: Encodable {
        let channel: String
        let fallback: String
        let afterMs: Int64
    }

    let version = 1
    let rule: String
    let asset: String
    let priority: String
    let raised: String
    let route: String
    /// `named` by the rule, `matched` as the first that suits, or `default`.
    let choice: String
    let entries: [Entry]
    let fallbacks: [Fallback]

    init(_ rehearsed: RehearsedAlarm) {
        let occurrence = rehearsed.occurrence
        let zone = rehearsed.configuration.site.zone
        rule = occurrence.key.rule.name
        asset = occurrence.key.asset.name
        priority = occurrence.priority.name
        raised = zone.iso(occurrence.raisedWallMilliseconds)
        route = rehearsed.route
        choice = rehearsed.choice.rawValue
        fallbacks = rehearsed.detours.map {
            Fallback(channel: $0.channel.name, fallback: $0.fallback.name, afterMs: $0.milliseconds)
        }
        entries = rehearsed.rehearsal.entries.map { entry in
            let (wave, number) = Self.words(entry.wave)
            let (outcome, until) = Self.words(entry.addressee?.outcome)
            let (reason, roster, duty) = Self.words(entry.addressee?.reason)
            return Entry(
                time: zone.iso(entry.wallMilliseconds),
                afterMs: entry.wallMilliseconds - occurrence.raisedWallMilliseconds, wave: wave,
                number: number, person: entry.recipient?.name, channel: entry.channel.name, outcome: outcome,
                heldUntil: until.map { zone.iso($0) }, reason: reason, roster: roster, duty: duty,
                kind: entry.notice?.kind.rawValue, language: entry.notice?.language.rawValue,
                title: entry.notice?.title, body: entry.notice?.body)
        }
    }

    private static func words(_ wave: NoticeRehearsal.Wave) -> (String, Int?) {
        switch wave {
        case .step(let number): ("step", number)
        case .again(let number): ("again", number)
        case .morning: ("morning", nil)
        }
    }

    private static func words(_ outcome: Addressee.Outcome?) -> (String, Int64?) {
        switch outcome {
        case .told, nil: ("told", nil)
        case .held(let until, _): ("held", until)
        case .unwanted: ("unwanted", nil)
        case .otherChannel: ("other_channel", nil)
        }
    }

    private static func words(_ reason: Addressee.Reason?) -> (String?, String?, DutyDocument?) {
        switch reason {
        case nil: (nil, nil, nil)
        case .channel: ("channel", nil, nil)
        case .named: ("named", nil, nil)
        case .everybody: ("everybody", nil, nil)
        case .contractor: ("contractor", nil, nil)
        case .gap(let roster): ("gap", roster.id, nil)
        case .onDuty(let roster, let duty): ("duty", roster.id, DutyDocument(duty))
        }
    }
}
