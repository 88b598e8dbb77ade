internal import Facility
internal import Rules

/// One rule as its file describes it, with the places of what it refers to.
struct RuleEntry: Sendable {
    let definition: RuleDefinition
    let idPosition: SourcePosition
    let profile: Located<String>?
    let asset: Located<String>?
    let route: Located<String>?

    static let form = Form<RuleEntry>.section(RuleShape.self) { section in
        let id = section(\.id)
        let match = section(\.match)
        let bindings = section(\.bindings) ?? []
        let when = section(\.when)
        let clearWhen = section(\.clearWhen)
        let activeIf = section(\.activeIf)
        let delay = section(\.delay) ?? RuleDelayShape.Delay(raise: 0, clear: 0)
        let onUnknown = section(\.onUnknown) ?? .hold
        let priority = section(\.priority)
        let latch = section(\.latch) ?? false
        let ack = section(\.ack) ?? .auto
        let text = section(\.text)
        let guidance = section(\.guidance)
        let order = section(\.workOrder)
        let route = section(\.route)
        if let priority, priority <= .p2, !section.has(\.guidance) {
            section.report(\.priority, Message("config.guidance-missing", ["priority": .text(priority.name)]))
        }
        guard let id, let match, let when, let priority, let text else { return nil }
        return RuleEntry(
            definition: RuleDefinition(
                id: RuleID(id.value), position: section.position, match: match.match,
                bindings: bindings.map { .init(name: $0.name, expression: $0.value) }, when: when,
                clearWhen: clearWhen, activeIf: activeIf, raiseDelayMilliseconds: delay.raise,
                clearDelayMilliseconds: delay.clear, onUnknown: onUnknown, priority: priority,
                isLatching: latch,
                acknowledging: .init(isRequiredAfterReturn: ack == .required), text: text,
                guidance: guidance, order: order, route: route?.value),
            idPosition: id.position, profile: match.profile, asset: match.asset, route: route)
    }
}

/// One file of `rules/`.
struct RulesShape: Shape {
    static let title = "rules"
    let rules = Key("rules", Form.list(of: RuleEntry.form))
}

struct RuleShape: Shape {
    static let title = "rule"
    let id = Key("id", Form<String>.name(.dotted).located, required: true)
    let match = Key("match", RuleMatchShape.form, required: true)
    let bindings = Key("let", Form.table(.identifier, of: Expressions.form))
    let when = Key("when", Expressions.form, required: true)
    let clearWhen = Key("clear_when", Expressions.form)
    let activeIf = Key("active_if", Expressions.form)
    let delay = Key("delay", RuleDelayShape.form)
    let onUnknown = Key("on_unknown", UnknownPolicies.form)
    let priority = Key(
        "priority", Form<Priority>.choice("priority", Priority.allCases.map { ($0.name, $0) }), required: true
    )
    let latch = Key("latch", Form<Bool>.truth)
    let ack = Key("ack", RuleAckShape.form)
    let text = Key("text", BilingualShape.sentence, required: true)
    let guidance = Key("guidance", GuidanceShape.form)
    let workOrder = Key("work_order", RuleOrderShape.form)
    let route = Key("route", Form<String>.name(.word).located)
}

/// Expressions of the rule language; their meaning is checked elsewhere.
private enum Expressions {
    static let form = Form<String>.text(maximum: 2000).located.map { text in
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

struct RuleDelayShape: Shape {
    struct Delay: Sendable {
        let raise: Int64
        let clear: Int64
    }

    static let title = "rule-delay"
    static let example = "{raise: 10s, clear: 10s}"
    static let form = Form<Delay>.section(Self.self) {
        Delay(raise: $0(\.raise) ?? 0, clear: $0(\.clear) ?? 0)
    }
    private static let span = Form<Int64>.duration(0...7 * 86_400_000)

    let raise = Key("raise", span)
    let clear = Key("clear", span)
}

struct RuleAckShape: Shape {
    /// Whether a cleared alarm still asks for an acknowledgement.
    enum AfterReturn: String, CaseIterable, Sendable {
        case auto
        case required
    }

    static let title = "rule-ack"
    static let example = "{rtn: required}"
    static let form = Form<AfterReturn>.section(Self.self) { $0(\.rtn) ?? .auto }

    let rtn = Key("rtn", Form<AfterReturn>.choice("ack"))
}

struct RuleOrderShape: Shape {
    static let title = "rule-order"
    static let form = Form<RuleDefinition.Order>.section(Self.self) {
        RuleDefinition.Order(title: $0(\.label), group: $0(\.group))
    }

    let label = Key("title", BilingualShape.label)
    let group = Key("group", Form<String>.name(.dotted))
}

struct GuidanceShape: Shape {
    static let title = "guidance"
    static let form = Form<Guidance>.section(Self.self) { section in
        let cause = section(\.cause)
        let consequence = section(\.consequence)
        let action = section(\.action)
        let respondWithin = section(\.respondWithin)
        guard let cause, let consequence, let action else { return nil }
        return Guidance(
            cause: cause, consequence: consequence, action: action, respondWithinMilliseconds: respondWithin)
    }

    let cause = Key("cause", BilingualShape.sentence, required: true)
    let consequence = Key("consequence", BilingualShape.sentence, required: true)
    let action = Key("action", BilingualShape.sentence, required: true)
    let respondWithin = Key("respond_within", Form<Int64>.duration(1000...90 * 86_400_000))
}

/// What happens while a condition is unknown: `hold`, `raise`, `suppress`, `clear(after: 10m)`.
private enum UnknownPolicies {
    static let form = Form<UnknownPolicy>.notation(
        pattern: "^(hold|raise|suppress|clear\\(after: *[0-9]+(ms|s|m|h|d)\\))$",
        expected: Message("config.form.on-unknown")
    ) { text in
        switch text {
        case "hold": return .success(.hold)
        case "raise": return .success(.raise)
        case "suppress": return .success(.suppress)
        default:
            let open = "clear(after:"
            guard text.hasPrefix(open), text.hasSuffix(")") else { return nil }
            let span = text.dropFirst(open.count).dropLast().drop { $0 == " " }
            guard let milliseconds = Span.milliseconds(String(span)), milliseconds > 0 else { return nil }
            return .success(.clear(afterMilliseconds: milliseconds))
        }
    }
}
