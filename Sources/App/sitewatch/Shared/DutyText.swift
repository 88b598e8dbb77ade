import Facility
import Notices
import SiteConfig

/// Why somebody is on duty, in words.
struct DutyText {
    let session: Session
    let site: Site

    /// What people call somebody.
    func name(_ person: PersonID) -> String {
        site.person(person)?.label[session.language] ?? person.name
    }

    /// Several people in one cell.
    func names(_ people: [PersonID]) -> Table.Cell {
        guard !people.isEmpty else { return .init(session.text("cli.oncall.nobody"), .bad, code: "") }
        return .init(
            people.map(name).joined(separator: ", "), code: people.map(\.name).joined(separator: ","))
    }

    /// The layer or override, and the swaps.
    func why(_ duty: Roster.Duty, in roster: Roster) -> Message {
        let swaps = duty.swaps.map { swap in
            session.text(
                Message(
                    "duty.swap",
                    ["person": .text(name(swap.substitute)), "absent": .text(name(swap.absent))]))
        }
        return Message(
            "duty.joined",
            ["text": .text(([session.text(source(duty, in: roster))] + swaps).joined(separator: "; "))])
    }

    private func source(_ duty: Roster.Duty, in roster: Roster) -> Message {
        switch duty.source {
        case .nobody: Message("duty.nobody")
        case .override: Message("duty.override")
        case .layer(let index):
            roster.layers[index].label.map { Message("duty.layer-named", ["name": .bilingual($0)]) }
                ?? Message("duty.layer", ["number": .text(String(index + 1))])
        }
    }
}

/// Why somebody is on duty, for programs.
struct DutyDocument: Encodable {
    struct Swap: Encodable {
        let person: String
        let absent: String
    }

    let people: [String]
    /// `layer`, `override` or `nobody`.
    let source: String
    /// The layer or override, from 1.
    let number: Int?
    let swaps: [Swap]

    init(_ duty: Roster.Duty) {
        people = duty.people.map(\.name)
        swaps = duty.swaps.map { Swap(person: $0.substitute.name, absent: $0.absent.name) }
        switch duty.source {
        case .nobody: (source, number) = ("nobody", nil)
        case .layer(let index): (source, number) = ("layer", index + 1)
        case .override(let index): (source, number) = ("override", index + 1)
        }
    }
}

extension Session {
    /// The configuration of a site, which has to be free of errors.
    func configuration(_ options: SiteOptions) throws -> Configuration {
        guard let found = try loader(options).load().configuration else {
            throw CommandFailure(
                Message(
                    "cli.rules.no-configuration",
                    ["folder": .text(options.config), "options": .text(options.suffix)]), Ending.findings)
        }
        return found
    }
}
