internal import Facility

/// One person as `people.yaml` describes them.
struct PersonEntry: Sendable {
    let label: Bilingual
    let language: Language?
    let phone: String?
    let mail: String?
    let wishes: WishesEntry
    let skills: [String]

    static let form = Form<PersonEntry>.section(PersonShape.self) { section in
        let label = section(\.label)
        let language = section(\.language)
        let phone = section(\.phone)
        let mail = section(\.mail)
        let wishes = WishesEntry(
            priorities: section(\.priorities).map(Set.init), channels: section(\.channels),
            quiet: section(\.quiet))
        if wishes.priorities?.contains(.p1) == false {
            section.report(\.priorities, Message("config.wish-without-p1"))
        }
        let skills = section(\.skills) ?? []
        guard let label else { return nil }
        return PersonEntry(
            label: label, language: language, phone: phone, mail: mail, wishes: wishes, skills: skills)
    }
}

/// All of `people.yaml`.
struct PeopleShape: Shape {
    static let title = "people"
    let people = Key("people", Form.table(.word, of: PersonEntry.form))
    let contractors = Key("contractors", Form.table(.word, of: ContractorShape.form))
    let rosters = Key("rosters", Form.table(.word, of: RosterShape.form))
}

struct PersonShape: Shape {
    static let title = "person"
    let label = Key("name", BilingualShape.label, required: true)
    let language = Key("language", Form<Language>.choice("language"))
    let phone = Key("phone", ContactForms.phone)
    let mail = Key("mail", ContactForms.mail)
    let priorities = Key(
        "priorities", Form<[Priority]>.list(of: PeopleForms.priority, count: 1...4))
    let channels = Key("channels", Form<[Located<String>]>.list(of: PeopleForms.name, count: 1...50))
    let quiet = Key("quiet", QuietShape.form)
    let skills = Key("skills", Form<[String]>.list(of: Form<String>.name(.word), count: 0...50))
}

struct ContractorShape: Shape {
    struct Entry: Sendable {
        let label: Bilingual
        let phone: String?
        let contacts: [Located<String>]
    }

    static let title = "contractor"
    static let form = Form<Entry>.section(Self.self) { section in
        let label = section(\.label)
        let phone = section(\.phone)
        let contacts = section(\.contacts) ?? []
        return label.map { Entry(label: $0, phone: phone, contacts: contacts) }
    }

    let label = Key("name", BilingualShape.label, required: true)
    let phone = Key("phone", ContactForms.phone)
    let contacts = Key("contacts", Form<[Located<String>]>.list(of: PeopleForms.name, count: 1...50))
}

/// Ways to reach somebody, as files write them.
enum ContactForms {
    static let phone = Form<String>.text(
        pattern: "^\\+?[0-9][0-9 -]{2,30}$", expected: Message("config.form.phone")
    ) { text in
        let rest = text.hasPrefix("+") ? text.dropFirst() : text[...]
        return (3...31).contains(rest.utf8.count) && rest.first?.isNumber == true
            && rest.utf8.allSatisfy { (48...57).contains($0) || $0 == 0x20 || $0 == 0x2D }
    }

    static let mail = Form<String>.text(
        pattern: "^[^@\\s]+@[^@\\s]+$", expected: Message("config.form.mail")
    ) { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && !text.contains(where: \.isWhitespace)
    }
}
