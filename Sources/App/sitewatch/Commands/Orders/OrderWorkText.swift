import Facility
import Maintenance
import WebAPI

/// How the work on an order went, in the words of people.
enum OrderWorkText {
    /// What is known of the work, by the name of its column; nil where there is nothing to say.
    static func facts(_ work: OrderWorkEntry, _ session: Session) -> [(String, String?)] {
        func word(_ area: String, _ code: String?) -> String? {
            code.map { session.text("order.\(area).\($0)") }
        }
        func some(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: ", ") }
        let hold = word("hold", work.hold?.rawValue)
        let until = work.resumeBy.map(TimeText.readable)
        return [
            ("recurrence_of", work.recurrenceOf), ("found_by", work.foundBy), ("group", work.group),
            ("reported", work.report.map { reported($0) }), ("contractor", work.contractor),
            ("hold", hold.map { [$0, until ?? ""].joined(separator: "  ") }),
            ("cancelled", word("cancel", work.cancelled?.rawValue)),
            ("performed", work.performed.map { performed($0, work, session) }),
            ("override", work.overrideReason), ("counts_as", credited(work)), ("workers", some(work.workers)),
            ("verifier", work.verifier),
            (
                "failure",
                some(
                    [
                        word("mode", work.mode?.rawValue), word("cause", work.cause?.rawValue),
                        word("remedy", work.remedy?.rawValue),
                    ].compactMap(\.self))
            ),
            ("labour", some(work.labour.map { "\($0.person) \($0.minutes) min" })),
            ("parts", some(work.parts)), ("cost", work.cost == 0 ? nil : TwoDigits.text(work.cost)),
        ]
    }

    /// Facts one under the other.
    static func table(_ facts: [(String, String?)], _ session: Session) -> Table {
        var table = Table([Table.Column("", name: "name"), Table.Column("", name: "value")])
        for (name, value) in facts {
            guard let value else { continue }
            table.add([.init(session.text("cli.column.\(name)"), .faint), .init(value)])
        }
        return table
    }

    /// The lines of the checklist with their answers; nil without one.
    static func checklist(_ work: OrderWorkEntry, _ session: Session) -> Table? {
        guard !work.checklist.isEmpty else { return nil }
        var table = Table([
            session.column("item"), session.column("text"), session.column("answer"), session.column("note"),
        ])
        for line in work.checklist {
            table.add([
                .init(line.id), .init(line.text[session.language]), answer(line, session),
                line.answer == nil ? .init(line.form[session.language], .faint) : .init(line.note ?? ""),
            ])
        }
        return table
    }

    /// What of the checklist is not as it should be, behind what is said of a step; nothing where all of it is.
    static func shortfall(_ work: OrderWorkEntry, _ session: Session) -> String {
        let answered = work.checklist.filter { $0.answer != nil }
        let bad = answered.filter { $0.isGood == false }
        guard !bad.isEmpty else { return "" }
        return "\n"
            + session.text(
                Message(
                    "cli.order.shortfall",
                    [
                        "bad": .text(String(bad.count)), "answered": .text(String(answered.count)),
                        "items": .text(bad.map(\.id).joined(separator: ", ")),
                    ]))
    }

    /// What is promised, and how it stands; nil where nothing is.
    static func promises(_ work: OrderWorkEntry, _ session: Session) -> Table? {
        guard !work.promises.isEmpty else { return nil }
        var table = Table([session.column("kind"), session.column("due"), session.column("state")])
        for promise in work.promises {
            let state = promise.isBreached ? "broken" : promise.stopped == nil ? "waiting" : "kept"
            table.add([
                session.word("order.promise", promise.promise.rawValue),
                session.time(promise.stopped ?? promise.deadline),
                session.word("cli.promise", state, promise.isBreached ? .bad : .plain),
            ])
        }
        return table
    }

    private static func answer(_ line: ChecklistEntry, _ session: Session) -> Table.Cell {
        guard let answer = line.answer else {
            return session.word("cli.answer", line.isMandatory ? "missing" : "none", .faint)
        }
        let tone: Table.Tone = line.isGood == false ? .bad : .plain
        guard ["good", "bad"].contains(answer) else {
            let mark = line.isGood == false ? "  \(session.text("cli.answer.bad"))" : ""
            return .init(answer + mark, tone)
        }
        return session.word("cli.answer", answer, tone)
    }

    private static func performed(_ time: String, _ work: OrderWorkEntry, _ session: Session) -> String {
        let mark = work.isBackdated ? "  \(session.text("cli.order.backdated"))" : ""
        return TimeText.readable(time) + mark
    }

    private static func credited(_ work: OrderWorkEntry) -> String? {
        work.countsAs.map { [$0, work.countsAsOccurrence].compactMap(\.self).joined(separator: "  ") }
    }

    private static func reported(_ report: OrderReport) -> String {
        [report.reporter, report.category, report.place, report.photo].compactMap(\.self)
            .joined(separator: "  ")
    }
}
