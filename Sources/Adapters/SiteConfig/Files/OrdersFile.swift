internal import Engine
internal import Facility
internal import Maintenance

/// All of `orders.yaml`: what is promised about work orders, and who is sent where.
struct OrdersShape: Shape {
    static let title = "orders"
    static let form = Form<OrdersFile>.section(Self.self) { section in
        OrdersFile(
            hours: section(\.hours) ?? [], hoursNames: hoursNames(section), levels: section(\.levels) ?? [],
            escalation: section(\.escalation), dispatch: section(\.dispatch) ?? [],
            dispatchers: section(\.dispatchers) ?? [], storm: section(\.storm), accept: section(\.accept),
            archive: section(\.archive),
            reopen: section(\.reopen), observe: section(\.observe))
    }

    private static func hoursNames(_ section: Section<Self>) -> Set<String>? {
        guard let node = section.node["hours"] else { return [] }
        return node.entries.map { Set($0.map(\.key)) }
    }

    let hours = Key("hours", Form.table(.word, of: ServiceHoursShape.form))
    let levels = Key(
        "service_levels",
        Form.table(
            .choice("priority", Priority.allCases.map { ($0.name, $0.name) }), pattern: "^p[1-4]$",
            of: ServiceLevelShape.form))
    let escalation = Key("escalation", ServiceEscalationShape.form)
    let dispatch = Key("dispatch", Form.list(of: DispatchShape.form, count: 0...1000))
    let dispatchers = Key(
        "dispatchers", Form<[Located<String>]>.list(of: Form<String>.name(.word).located, count: 1...100))
    let storm = Key("storm", OrderStormShape.form)
    let accept = Key("accept_within", Form<Int64>.duration(60_000...30 * 86_400_000))
    let archive = Key("archive_after", Form<Int64>.duration(3_600_000...400 * 86_400_000))
    let reopen = Key("reopen_window", Form<Int64>.duration(0...400 * 86_400_000))
    let observe = Key("observe", Form<Int64>.duration(0...30 * 86_400_000))
}

/// What `orders.yaml` says, its references not yet looked up.
struct OrdersFile: Sendable {
    let hours: [Named<ServiceHoursShape.Entry>]
    /// Every name of hours that stands in the file, those with problems too; nil if they cannot be told.
    let hoursNames: Set<String>?
    let levels: [Named<[ServicePromise: Located<ServiceTime>]>]
    let escalation: ServiceEscalationShape.Entry?
    let dispatch: [DispatchShape.Entry]
    let dispatchers: [Located<String>]
    let storm: OrderStormShape.Entry?
    let accept: Int64?
    let archive: Int64?
    let reopen: Int64?
    let observe: Int64?
}

/// When the clock of a promise runs.
struct ServiceHoursShape: Shape {
    struct Entry: Sendable {
        let calendar: Located<String>?
        let spans: [Range<Int>]
    }

    static let title = "service-hours"
    static let example = "{calendar: cn, spans: [\"08:30-12:00\", \"13:00-17:30\"]}"
    static let form = Form<Entry>.section(Self.self) { section in
        let calendar = section(\.calendar)
        guard let spans = section(\.spans) else { return nil }
        for (span, next) in zip(spans, spans.dropFirst()) where next.value.lowerBound < span.value.upperBound
        {
            section.problems.add(at: next.position, Message("config.service-spans"))
            return nil
        }
        return Entry(calendar: calendar, spans: spans.map(\.value))
    }

    let calendar = Key("calendar", Form<String>.name(.word).located)
    let spans = Key(
        "spans", Form<[Located<Range<Int>>]>.list(of: span.located, count: 1...12), required: true)

    /// `08:30-17:30`: from one time of the day to a later one.
    private static let span = Form<Range<Int>>.notation(
        pattern: "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$", expected: Message("config.form.span")
    ) { text in
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { minutes(String($0)) }
        guard ends.count == 2, let from = ends[0], let to = ends[1], from < to else { return nil }
        return .success(from..<to)
    }

    private static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int(parts[0]),
            let minutes = Int(parts[1]), (0...24).contains(hours), (0...59).contains(minutes),
            hours * 60 + minutes <= 1440
        else { return nil }
        return hours * 60 + minutes
    }
}

/// How long something may take, and by which hours.
struct ServiceTime: Hashable, Sendable {
    let milliseconds: Int64
    let hours: String?
}

/// The promises of one urgency.
struct ServiceLevelShape: Shape {
    static let title = "service-level"
    static let example = "{response: 2h office, arrival: 4h, resolve: 72h, verify: 7d}"
    static let form = Form<[ServicePromise: Located<ServiceTime>]>.section(Self.self) { section in
        var times: [ServicePromise: Located<ServiceTime>] = [:]
        times[.response] = section(\.response)
        times[.arrival] = section(\.arrival)
        times[.restore] = section(\.restore)
        times[.resolve] = section(\.resolve)
        times[.verify] = section(\.verify)
        return times
    }

    let response = Key("response", time)
    let arrival = Key("arrival", time)
    let restore = Key("restore", time)
    let resolve = Key("resolve", time)
    let verify = Key("verify", time)

    /// `30m`, `2h office`: so long, at all times or in the hours of that name.
    private static let time = Form<ServiceTime>.notation(
        pattern: "^[0-9]+(m|h|d)( [A-Za-z0-9_-]+)?$", expected: Message("config.form.service-time")
    ) { text in
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count <= 2, let milliseconds = Span.milliseconds(String(parts[0])),
            parts.count == 1 || !parts[1].isEmpty
        else { return nil }
        guard (60_000...400 * 86_400_000).contains(milliseconds) else {
            return .failure(.outside(text, "1m", "400d"))
        }
        return .success(
            ServiceTime(milliseconds: milliseconds, hours: parts.count == 2 ? String(parts[1]) : nil))
    }.located
}

/// When and how people are told of promises.
struct ServiceEscalationShape: Shape {
    struct Entry: Sendable {
        let steps: [Int]?
        let route: Located<String>?
    }

    static let title = "service-escalation"
    static let form = Form<Entry>.section(Self.self) { section in
        let route = section(\.route)
        let steps = section(\.steps)
        for (step, next) in zip(steps ?? [], (steps ?? []).dropFirst()) where next.value <= step.value {
            section.problems.add(at: next.position, Message("config.escalation-order"))
            return nil
        }
        return Entry(steps: steps?.map(\.value), route: route)
    }

    let steps = Key(
        "at", Form<[Located<Int>]>.list(of: Form<Int>.integer(1...1000).located, count: 1...9))
    let route = Key("route", Form<String>.name(.word).located)
}

/// Who is sent where.
struct DispatchShape: Shape {
    struct Entry: Sendable {
        let classes: [AssetClass]
        let skill: String?
        let priorities: [Priority]
        let candidates: [Located<String>]
    }

    static let title = "dispatch"
    static let example = "{class: [lift], to: [lift-firm]}"
    static let form = Form<Entry>.section(Self.self) { section in
        let classes = section(\.classes) ?? []
        let skill = section(\.skill)
        let priorities = section(\.priorities) ?? []
        guard let candidates = section(\.candidates) else { return nil }
        return Entry(classes: classes, skill: skill, priorities: priorities, candidates: candidates)
    }

    let classes = Key(
        "class", Form<[AssetClass]>.list(of: Form<AssetClass>.choice("class"), count: 1...50))
    let skill = Key("skill", Form<String>.name(.word))
    let priorities = Key(
        "priority",
        Form<[Priority]>.list(
            of: Form<Priority>.choice("priority", Priority.allCases.map { ($0.name, $0) }), count: 1...4))
    let candidates = Key(
        "to", Form<[Located<String>]>.list(of: Form<String>.name(.word).located, count: 1...100),
        required: true)
}

/// From how many on orders are a storm.
struct OrderStormShape: Shape {
    struct Entry: Sendable {
        let site: Int?
        let system: Int?
    }

    static let title = "order-storm"
    static let form = Form<Entry>.section(Self.self) { section in
        Entry(site: section(\.site), system: section(\.system))
    }

    let site = Key("site", Form<Int>.integer(1...10_000))
    let system = Key("system", Form<Int>.integer(1...10_000))
}
