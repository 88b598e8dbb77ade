internal import Facility
internal import Rules

/// One rule as its file describes it, with the places of what it refers to.
struct RuleEntry: Sendable {
    let definition: RuleDefinition
    let idPosition: SourcePosition
    let profile: Located<String>?
    let asset: Located<String>?
    let route: Located<String>?
    let causes: [Located<String>]

    static let form = Form<RuleEntry>.section(RuleShape.self) { section in
        let id = section(\.id)
        let match = section(\.match)
        let ladder = RuleLadder(section)
        let text = section(\.text)
        let order = section(\.workOrder)
        let route = section(\.route)
        let causes = section(\.causedBy) ?? []
        let urgency = ladder.flatMap { $0.levels.map(\.priority).min() ?? $0.priority }
        if let urgency, urgency <= .p2, !section.has(\.guidance) {
            let message = Message("config.guidance-missing", ["priority": .text(urgency.name)])
            section.has(\.levels) ? section.report(\.levels, message) : section.report(\.priority, message)
        }
        let latching = RuleLatching(section)
        let unknown = RuleUnknown(section, ladder?.delay ?? RuleDelayShape.Delay())
        let rest = (
            bindings: section(\.bindings) ?? [], activeIf: section(\.activeIf), ack: section(\.ack),
            realarm: section(\.realarm), chatter: section(\.chatter), coverage: section(\.minCoverage),
            mode: section(\.mode), guidance: section(\.guidance)
        )
        guard let id, let match, let ladder, let text else { return nil }
        let definition = RuleDefinition(
            id: RuleID(id.value), position: section.position, match: match.match,
            bindings: rest.bindings.map { .init(name: $0.name, expression: $0.value) }, when: ladder.when,
            clearWhen: ladder.clearWhen, activeIf: rest.activeIf,
            raiseDelayMilliseconds: ladder.levels.isEmpty ? ladder.delay.raise : 0,
            clearDelayMilliseconds: ladder.levels.isEmpty ? ladder.delay.clear : 0,
            onUnknown: unknown.policy, priority: ladder.priority, isLatching: latching.isLatching,
            acknowledging: rest.ack ?? .init(), text: text, guidance: rest.guidance, order: order,
            route: route?.value, levels: ladder.levels,
            unknownDelayMilliseconds: unknown.delayMilliseconds, holdMilliseconds: unknown.holdMilliseconds,
            coverage: rest.coverage ?? 0.8, returnsSilently: latching.returnsSilently,
            reminding: rest.realarm, causes: causes.map { RuleID($0.value) },
            chatter: rest.chatter ?? .init(), mode: rest.mode ?? .live, places: places(section, causes))
        return RuleEntry(
            definition: definition, idPosition: id.position, profile: match.profile, asset: match.asset,
            route: route, causes: causes)
    }

    private static func places(
        _ section: Section<RuleShape>, _ causes: [Located<String>]
    ) -> [RuleDefinition.Part: SourcePosition] {
        var places: [RuleDefinition.Part: SourcePosition] = [
            .priority: section.has(\.levels)
                ? section.position(of: \.levels) : section.position(of: \.priority),
            .unknown: section.position(of: \.onUnknown), .order: section.position(of: \.workOrder),
        ]
        for (index, cause) in causes.enumerated() { places[.cause(index)] = cause.position }
        let text = section.node["text"]
        for language in Language.allCases { places[.text(language)] = text?[language.rawValue]?.position }
        return places
    }
}

/// One file of `rules/`.
struct RulesShape: Shape {
    static let title = "rules"
    let schedules = Key("schedules", Form.table(.identifier, of: ScheduleShape.form))
    let rules = Key("rules", Form.list(of: RuleEntry.form))
}

struct RuleShape: Shape {
    static let title = "rule"
    static let example = "{id: …, match: …, when: …, priority: …, text: …}"
    let id = Key("id", Form<String>.name(.dotted).located, required: true)
    let match = Key("match", RuleMatchShape.form, required: true)
    let bindings = Key("let", Form.table(.identifier, of: Expressions.form))
    let when = Key("when", Expressions.form)
    let clearWhen = Key("clear_when", Expressions.form)
    let levels = Key("levels", Form.list(of: RuleLevelShape.form, count: 2...Priority.allCases.count))
    let activeIf = Key("active_if", Expressions.form)
    let delay = Key("delay", RuleDelayShape.form)
    let onUnknown = Key("on_unknown", UnknownPolicies.form)
    let maxHold = Key("max_hold", Form<Int64>.duration(1000...7 * 86_400_000))
    let minCoverage = Key("min_coverage", Form<Double>.number(0...1))
    let priority = Key("priority", RuleLevelShape.priority)
    let latch = Key("latch", Form<Bool>.truth)
    let relatch = Key("relatch", Form<RuleLatching.Return>.choice("relatch"))
    let ack = Key("ack", RuleAckShape.form)
    let realarm = Key("realarm", RuleRemindShape.form)
    let causedBy = Key(
        "caused_by", Form<[Located<String>]>.list(of: Form<String>.name(.dotted).located, count: 1...50))
    let chatter = Key("chatter", RuleChatterShape.form)
    let mode = Key("mode", Form<RuleDefinition.Mode>.choice("rule-mode"))
    let text = Key("text", BilingualShape.sentence, required: true)
    let guidance = Key("guidance", GuidanceShape.form)
    let workOrder = Key("work_order", RuleOrderShape.form)
    let route = Key("route", Form<String>.name(.word).located)
}

/// Expressions of the rule language; their meaning is checked elsewhere.
enum Expressions {
    static let form = Form<String>.text(maximum: 2000).located.map { text in
        .success(ExpressionText(text.value, at: text.textPosition))
    }

    /// A quantity: `3 °C`, or a bare number.
    static let quantity = Form<String>.notation(
        pattern: "^[0-9]+([.][0-9]+)? *([^ 0-9][^ ]*)?$", expected: Message("config.form.quantity")
    ) { text in
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard Double(digits) != nil, digits.first != ".", digits.last != ".", !unit.contains(" "),
            unit.first.map({ $0.isASCII && $0.isNumber }) != true
        else { return nil }
        return .success(text)
    }.located.map { text in
        .success(ExpressionText(text.value, at: text.textPosition))
    }
}

struct RuleMatchShape: Shape {
    struct Match: Sendable {
        let match: RuleMatch
        let profile: Located<String>?
        let asset: Located<String>?
    }

    static let title = "rule-match"
    static let form = Form<Match>.section(Self.self) { section in
        if section.node.entries?.isEmpty == true {
            section.problems.add(at: section.position, Message("config.match-empty"))
        }
        let profile = section(\.profile)
        let asset = section(\.asset)
        let labels = section(\.labels) ?? []
        let match = RuleMatch(
            assetClass: section(\.assetClass), profile: profile?.value,
            asset: asset.map { AssetID($0.value) },
            location: section(\.location),
            labels: Dictionary(labels.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
        // Half of a match would match too much.
        guard section.isSound else { return nil }
        return Match(match: match, profile: profile, asset: asset)
    }

    let assetClass = Key("class", Form<AssetClass>.choice("class"))
    let profile = Key("profile", Form<String>.name(.file).located)
    let asset = Key("asset", Form<String>.name(.word).located)
    let location = Key("location", Form<String>.text(maximum: 128))
    let labels = Key("labels", Form.table(.word, of: Form<String>.text(maximum: 128)))
}
