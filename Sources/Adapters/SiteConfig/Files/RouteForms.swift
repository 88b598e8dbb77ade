internal import Facility
internal import Notices

/// A route as `notify.yaml` describes it.
struct RouteEntry: Sendable {
    let match: RouteMatchShape.Entry?
    let steps: [StepEntry]
    let repetition: Route.Repetition?
    let quiet: QuietShape.Entry?
}

/// One wave of a route as `notify.yaml` describes it.
struct StepEntry: Sendable {
    let afterMilliseconds: Int64
    let isSkippedWhenAcknowledged: Bool
    let parties: [Located<PartyEntry>]
    let channels: [Located<String>]
    let position: SourcePosition
}

/// Whom a step tells, by name.
enum PartyEntry: Sendable {
    case person(String)
    case everybody
    case roster(String)
    case contractor(String?)

    /// The words that stand for something else than a person of that name.
    static let words = ["all", "contractor"]
}

struct RouteShape: Shape {
    static let title = "route"
    static let form = Form<RouteEntry>.section(Self.self) { section in
        let match = section(\.match)
        let steps = section(\.steps)
        let repetition = section(\.repetition)
        let quiet = section(\.quiet)
        guard let steps else { return nil }
        return RouteEntry(match: match, steps: steps, repetition: repetition, quiet: quiet)
    }

    let match = Key("match", RouteMatchShape.form)
    let steps = Key("steps", Form.list(of: StepShape.form, count: 1...20), required: true)
    let repetition = Key("repeat", RepetitionShape.form)
    let quiet = Key("quiet", QuietShape.form)
}

/// What a route is for.
struct RouteMatchShape: Shape {
    struct Entry: Sendable {
        let classes: [AssetClass]
        let locations: [Located<String>]
        let priorities: [Priority]
        let labels: [Named<String>]
        let rules: [Located<String>]
        let schedule: Located<String>?
        let position: SourcePosition
    }

    static let title = "route-match"
    static let example = "{priority: [p1], class: [lift]}"
    static let form = Form<Entry>.section(Self.self) { section in
        let classes = section(\.classes) ?? []
        let locations = section(\.locations) ?? []
        let priorities = section(\.priorities) ?? []
        let labels = section(\.labels) ?? []
        let rules = section(\.rules) ?? []
        let schedule = section(\.schedule)
        guard section.isSound else { return nil }
        return Entry(
            classes: classes, locations: locations, priorities: priorities, labels: labels, rules: rules,
            schedule: schedule, position: section.position)
    }

    private static let rule = Form<String>.text(
        pattern: "^[a-z][a-z0-9_.-]{0,127}\\*?$", expected: Message("config.form.rule-pattern")
    ) { text in
        let name = text.hasSuffix("*") ? String(text.dropLast()) : text
        return NameStyle.dotted.accepts(name)
    }

    let classes = Key(
        "class", Form<[AssetClass]>.list(of: Form<AssetClass>.choice("class"), count: 1...50))
    let locations = Key(
        "location",
        Form<[Located<String>]>.list(of: Form<String>.text(maximum: 128).located, count: 1...200))
    let priorities = Key("priority", Form<[Priority]>.list(of: PeopleForms.priority, count: 1...4))
    let labels = Key("labels", Form.table(.word, of: Form<String>.text(maximum: 128)))
    let rules = Key("rule", Form<[Located<String>]>.list(of: rule.located, count: 1...200))
    let schedule = Key("schedule", Form<String>.name(.word).located)
}

/// Telling people again.
struct RepetitionShape: Shape {
    static let title = "repeat"
    static let form = Form<Route.Repetition>.section(Self.self) { section in
        let every = section(\.every)
        let most = section(\.most)
        guard let every, let most else { return nil }
        return Route.Repetition(everyMilliseconds: every, most: most)
    }

    let every = Key("every", Form<Int64>.duration(60_000...86_400_000), required: true)
    let most = Key("at_most", Form<Int>.integer(1...100), required: true)
}

struct StepShape: Shape {
    /// What makes a step needless.
    enum Unless: String, CaseIterable, Sendable { case acked }

    static let title = "step"
    static let form = Form<StepEntry>.section(Self.self) { section in
        let after = section(\.after)
        let unless = section(\.unless)
        let parties = section(\.parties) ?? []
        let channels = section(\.channels)
        guard let after, let channels else { return nil }
        return StepEntry(
            afterMilliseconds: after, isSkippedWhenAcknowledged: unless == .acked, parties: parties,
            channels: channels, position: section.position)
    }

    let after = Key("after", Form<Int64>.duration(0...7 * 86_400_000), required: true)
    let unless = Key("unless", Form<Unless>.choice("unless"))
    let parties = Key(
        "to", Form<[Located<PartyEntry>]>.list(of: PartyShape.entry.located, count: 0...200))
    let channels = Key(
        "via", Form<[Located<String>]>.list(of: Form<String>.name(.word).located, count: 1...50),
        required: true)
}

/// Somebody who is not named as a person: whoever is on duty, whoever is told for a firm.
struct PartyShape: Shape {
    static let title = "party"
    static let example = "{roster: duty}"

    /// A person's name, `all`, `contractor`, or a section that names a roster or a firm.
    static let entry = Form<PartyEntry>(schema: .either([name.schema, section.schema])) { node, problems in
        guard node.entries != nil else {
            return name.read(node, problems).map { name in
                switch name {
                case "all": .everybody
                case "contractor": .contractor(nil)
                default: .person(name)
                }
            }
        }
        return section.read(node, problems)
    }

    private static let name = Form<String>.name(.word)
    private static let section = Form<PartyEntry>.section(Self.self) { section in
        let roster = section(\.roster)
        let contractor = section(\.contractor)
        guard section.keys.count == 1 else {
            section.problems.add(at: section.position, Message("config.party"))
            return nil
        }
        return roster.map(PartyEntry.roster) ?? contractor.map(PartyEntry.contractor)
    }

    let roster = Key("roster", Form<String>.name(.word))
    let contractor = Key("contractor", Form<String>.name(.word))
}
