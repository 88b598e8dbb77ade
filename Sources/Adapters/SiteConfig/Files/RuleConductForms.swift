internal import Facility
internal import Rules

/// Whether an alarm stays until it is reset, and what happens when it comes back before.
struct RuleLatching {
    /// What happens when a latched and acknowledged alarm comes back.
    enum Return: String, CaseIterable, Sendable {
        case reannounce
        case silent
    }

    let isLatching: Bool
    let returnsSilently: Bool

    init(_ section: Section<RuleShape>) {
        isLatching = section(\.latch) ?? false
        returnsSilently = section(\.relatch) == .silent
        if section.has(\.relatch), !isLatching {
            section.report(\.relatch, Message("config.relatch-without-latch"))
        }
    }
}

/// What happens while the condition of a rule is unknown.
struct RuleUnknown {
    let policy: UnknownPolicy
    let delayMilliseconds: Int64
    let holdMilliseconds: Int64?

    init(_ section: Section<RuleShape>, _ delay: RuleDelayShape.Delay) {
        policy = section(\.onUnknown) ?? .hold
        holdMilliseconds = section(\.maxHold)
        delayMilliseconds = delay.unknown ?? delay.raise
        if let place = section.node["delay"]?["unknown"]?.position, policy != .raise {
            section.problems.add(at: place, Message("config.unknown-delay-without-raise"))
        }
        if section.has(\.maxHold), policy != .hold {
            section.report(\.maxHold, Message("config.max-hold-without-hold"))
        }
    }
}

/// What happens while a condition is unknown: `hold`, `raise`, `suppress`, `clear(after: 10m)`.
enum UnknownPolicies {
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
            guard let milliseconds = Span.milliseconds(String(span)) else { return nil }
            guard (1000...7 * 86_400_000).contains(milliseconds) else {
                return .failure(.outside(text, "1s", "7d"))
            }
            return .success(.clear(afterMilliseconds: milliseconds))
        }
    }
}

/// What is asked of people about a raise.
struct RuleAckShape: Shape {
    /// Whether an acknowledgement is asked for.
    enum Need: String, CaseIterable, Sendable {
        case auto
        case required
    }

    static let title = "rule-ack"
    static let example = "{rtn: required}"
    static let form = Form<RuleDefinition.Acknowledging>.section(Self.self) { section in
        let isRequired = section(\.raise) != .auto
        if !isRequired {
            if section.has(\.timeout) { section.report(\.timeout, Message("config.timeout-without-ack")) }
            if section(\.rtn) == .required { section.report(\.rtn, Message("config.return-without-ack")) }
        }
        return RuleDefinition.Acknowledging(
            isRequired: isRequired, isRequiredAfterReturn: section(\.rtn) == .required,
            timeoutMilliseconds: section(\.timeout))
    }

    let raise = Key("raise", Form<Need>.choice("ack"))
    let rtn = Key("rtn", Form<Need>.choice("ack"))
    let timeout = Key("timeout", Form<Int64>.duration(60_000...7 * 86_400_000))
}

/// How people are told again of what lasts.
struct RuleRemindShape: Shape {
    static let title = "rule-realarm"
    static let example = "{after: 4h, max: 3}"
    static let form = Form<RuleDefinition.Reminding>.section(Self.self) { section in
        let most = section(\.most) ?? 3
        return section(\.after).map { RuleDefinition.Reminding(afterMilliseconds: $0, most: most) }
    }

    let after = Key("after", Form<Int64>.duration(60_000...30 * 86_400_000), required: true)
    let most = Key("max", Form<Int>.integer(1...100))
}

/// When an alarm counts as chattering.
struct RuleChatterShape: Shape {
    static let title = "rule-chatter"
    static let example = "{activations: 3, within: 60s, quiet: 10m}"
    static let form = Form<RuleDefinition.Chatter>.section(Self.self) { section in
        let standard = RuleDefinition.Chatter()
        return RuleDefinition.Chatter(
            activations: section(\.activations) ?? standard.activations,
            withinMilliseconds: section(\.within) ?? standard.withinMilliseconds,
            quietMilliseconds: section(\.quiet) ?? standard.quietMilliseconds)
    }
    private static let span = Form<Int64>.duration(1000...86_400_000)

    let activations = Key("activations", Form<Int>.integer(2...100))
    let within = Key("within", span)
    let quiet = Key("quiet", span)
}

/// The work order a rule opens.
struct RuleOrderShape: Shape {
    static let title = "rule-order"
    static let form = Form<RuleDefinition.Order>.section(Self.self) { section in
        var conduct = RuleDefinition.Order.Conduct()
        conduct.recurrence = section(\.recurrence) ?? .reopen
        conduct.reopenMilliseconds = section(\.reopen)
        conduct.selfClearMilliseconds = section(\.selfClear)
        conduct.observeMilliseconds = section(\.observe)
        conduct.verifiesItself = section(\.verifiesItself) ?? false
        conduct.suppressMilliseconds = section(\.suppress)
        conduct.skill = section(\.skill)
        conduct.isLifeSafety = section(\.isLifeSafety) ?? false
        return RuleDefinition.Order(
            title: section(\.label), group: section(\.group), start: section(\.after) ?? .atOnce,
            conduct: conduct)
    }
    private static let span = Form<Int64>.duration(0...400 * 86_400_000)

    let label = Key("title", BilingualShape.label)
    let group = Key("group", Form<String>.name(.dotted))
    let after = Key("after", start)
    let recurrence = Key(
        "on_recur", Form<RuleDefinition.Order.Conduct.Recurrence>.choice("on_recur"))
    let reopen = Key("reopen_window", span)
    let selfClear = Key("self_clear", Form<Int64>.duration(60_000...30 * 86_400_000))
    let observe = Key("observe", span)
    let verifiesItself = Key("auto_verify", Form<Bool>.truth)
    let suppress = Key("suppress_for", span)
    let skill = Key("skill", Form<String>.name(.word))
    let isLifeSafety = Key("life_safety", Form<Bool>.truth)

    /// `acked_or(10m)`: with the acknowledgement, and without one after ten minutes.
    private static let start = Form<RuleDefinition.Order.Start>.notation(
        pattern: "^acked_or\\([0-9]+(ms|s|m|h|d)\\)$", expected: Message("config.form.order-start")
    ) { text in
        let open = "acked_or("
        guard text.hasPrefix(open), text.hasSuffix(")"),
            let milliseconds = Span.milliseconds(String(text.dropFirst(open.count).dropLast()))
        else { return nil }
        guard (1000...7 * 86_400_000).contains(milliseconds) else {
            return .failure(.outside(text, "1s", "7d"))
        }
        return .success(.acknowledged(orAfterMilliseconds: milliseconds))
    }
}

/// What a person needs in order to act.
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
