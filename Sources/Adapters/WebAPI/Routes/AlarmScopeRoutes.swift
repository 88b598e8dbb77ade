public import Alarms
public import Engine
public import Facility
import Hummingbird
import Maintenance

/// What a person can do about an alarm whether or not it is active, and about all alarms of an asset: putting it
/// aside for a time, and taking it out of service under an order.
struct AlarmScopeRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/alarms/quiet") { _, context in
            try JSON.response(await desk.quietDocument(in: context.language))
        }
        router.post("api/v1/alarms/{id}/shelve") { request, context in
            let body = try await JSON.body(ShelveRequest.self, of: request, context: context)
            let presenter = await desk.presenter()
            let shelf = try body.shelf(now: presenter.now, zone: presenter.site.zone)
            return try await carryOut(request, context, body.command, needsNote: true) {
                .shelve($0, shelf)
            }
        }
        router.post("api/v1/alarms/{id}/unshelve") { request, context in
            let body = try await JSON.body(CommandRequest.self, of: request, context: context)
            return try await carryOut(request, context, body) { .unshelve($0) }
        }
        router.post("api/v1/alarms/{id}/out-of-service") { request, context in
            let body = try await JSON.body(RemovalRequest.self, of: request, context: context)
            return try await carryOut(request, context, body.command) {
                .takeOutOfService($0, order: OrderNumber(body.order))
            }
        }
        router.post("api/v1/alarms/{id}/return") { request, context in
            let body = try await JSON.body(CommandRequest.self, of: request, context: context)
            return try await carryOut(request, context, body) { .return($0) }
        }
    }

    private func carryOut(
        _ request: Request, _ context: APIContext, _ body: CommandRequest, needsNote: Bool = false,
        _ kind: (AlarmScope) -> Command.Kind
    ) async throws -> Response {
        let name = try Query(request, context).place("id")
        guard let scope = AlarmScope(name: name) else { throw APIError.unknownOccurrence(name) }
        let command = try body.command(kind(scope), needsNote: needsNote)
        try await desk.admit(body)
        if let refusal = try await desk.ports.submit(command).refusal {
            throw refusal == .unknown ? .unknownOccurrence(name) : APIError.refused(refusal)
        }
        return try JSON.response(try await desk.quietDocument(of: scope, in: context.language))
    }
}

extension AlarmScope {
    /// The alarms that a path or a command line names: `17` an occurrence, `pump.low@P2` one alarm, `@P2` or `P2`
    /// all of an asset; nil for what cannot be any of them.
    public init?(name: String) {
        let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.count, Int64(name)) {
        case (_, .some(let number)):
            guard number > 0 else { return nil }
            self = .occurrence(OccurrenceID(number))
        case (1, nil):
            guard !name.isEmpty else { return nil }
            self = .asset(AssetID(name))
        default:
            guard let asset = parts.last, !asset.isEmpty else { return nil }
            self =
                parts[0].isEmpty
                ? .asset(AssetID(String(asset)))
                : .alarm(AlarmKey(rule: RuleID(String(parts[0])), asset: AssetID(String(asset))))
        }
    }
}

extension Desk {
    /// The alarms that are kept quiet: all of them, or those that somebody meant.
    fileprivate func quietDocument(of scope: AlarmScope? = nil, in language: Language) async throws
        -> QuietAlarmsDocument
    {
        var key: AlarmKey?
        if case .occurrence(let id)? = scope { key = try await ports.occurrence(id)?.key }
        let presenter = await presenter(language)
        let found = await ports.quietAlarms().filter { memory in
            switch scope {
            case nil: true
            case .occurrence: memory.key == key
            case .alarm(let key): memory.key == key
            case .asset(let asset): memory.key.asset == asset
            }
        }
        var alarms: [QuietAlarmEntry] = []
        for memory in found {
            alarms.append(presenter.quiet(memory, because: try await lastWord(on: memory)))
        }
        return QuietAlarmsDocument(time: presenter.time(presenter.now), alarms: alarms)
    }

    /// What the journal says of who made an alarm quiet last; nil where nobody did.
    private func lastWord(on memory: AlarmMemory) async throws -> AlarmEvent? {
        guard memory.shelf != nil || memory.outOfService != nil else { return nil }
        var filter = JournalFilter()
        filter.asset = memory.key.asset
        filter.rule = memory.key.rule
        filter.kinds = memory.outOfService != nil ? [.removed] : [.shelved]
        filter.limit = 1
        return try await ports.journalEntries(filter).first?.event
    }
}

extension Presenter {
    fileprivate func quiet(_ memory: AlarmMemory, because last: AlarmEvent?) -> QuietAlarmEntry {
        var until: Int64?
        if case .until(let wall)? = memory.shelf { until = wall }
        return QuietAlarmEntry(
            rule: memory.key.rule.name, asset: memory.key.asset.name,
            assetLabel: site.asset(memory.key.asset)?.label, alarm: memory.occurrence?.number,
            state: AlarmLifecycle(policy: AlarmPolicy(), memory: memory).state,
            active: memory.isConditionTrue, shelvedUntil: time(until), shelvedOnce: memory.shelf == .once,
            order: memory.outOfService, person: last?.person, note: note(last?.note),
            reasons: memory.suppressedBy.sorted().compactMap { note($0) })
    }
}

/// What a person puts aside, for how long and why.
public struct ShelveRequest: Codable, Hashable, Sendable {
    /// Who asks.
    public let person: String
    /// Whether that is the name of a login rather than one that somebody gave.
    public let isLogin: Bool?
    /// Why.
    public let note: String?
    /// Chosen by the caller; the same request sent twice is one request.
    public let requestId: String?
    /// Until when.
    public let until: String?
    /// For how long from now: `2h`.
    public let span: String?
    /// Until the condition ends.
    public let once: Bool?

    /// Describes a request.
    public init(
        person: String, isLogin: Bool? = nil, note: String?, requestId: String? = nil, until: String? = nil,
        span: String? = nil, once: Bool? = nil
    ) {
        self.person = person
        self.isLogin = isLogin
        self.note = note
        self.requestId = requestId
        self.until = until
        self.span = span
        self.once = once
    }

    fileprivate var command: CommandRequest {
        CommandRequest(person: person, isLogin: isLogin, note: note, requestId: requestId)
    }

    /// For how long; exactly one way of saying it is understood.
    fileprivate func shelf(now: Int64, zone: SiteZone) throws -> AlarmMemory.Shelf {
        switch (until, span, once ?? false) {
        case (nil, nil, true): return .once
        case (.some(let text), nil, false):
            guard let wall = TimeExpression.instant(text, now: now, zone: zone) else {
                throw APIError.invalid(parameter: "until", expected: Message("api.expected-time"))
            }
            return .until(wall)
        case (nil, .some(let text), false):
            guard let length = TimeExpression.span(text), length >= 1000 else {
                throw APIError.invalid(parameter: "span", expected: Message("api.expected-span"))
            }
            return .until(now + length)
        default:
            throw APIError.invalid(parameter: "until", expected: Message("api.expected-shelf"))
        }
    }
}

/// What a person takes out of service.
public struct RemovalRequest: Codable, Hashable, Sendable {
    /// Who asks.
    public let person: String
    /// Whether that is the name of a login rather than one that somebody gave.
    public let isLogin: Bool?
    /// What they write.
    public let note: String?
    /// Chosen by the caller; the same request sent twice is one request.
    public let requestId: String?
    /// The open order it is done under.
    public let order: String

    /// Describes a request.
    public init(
        person: String, isLogin: Bool? = nil, note: String?, requestId: String? = nil, order: String
    ) {
        self.person = person
        self.isLogin = isLogin
        self.note = note
        self.requestId = requestId
        self.order = order
    }

    fileprivate var command: CommandRequest {
        CommandRequest(person: person, isLogin: isLogin, note: note, requestId: requestId)
    }
}

/// The alarms that are kept quiet.
public struct QuietAlarmsDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The alarms, by asset and rule.
    public let alarms: [QuietAlarmEntry]
}

/// An alarm that is kept quiet, in a document.
public struct QuietAlarmEntry: Codable, Hashable, Sendable {
    /// The rule.
    public let rule: String
    /// The asset.
    public let asset: String
    /// What people call the asset; absent if the site has it no more.
    public let assetLabel: Bilingual?
    /// The number of the occurrence; absent while nothing is wrong.
    public let alarm: Int64?
    /// Where it stands, the strongest way of being quiet.
    public let state: AlarmState
    /// Whether its condition holds.
    public let active: Bool
    /// Until when it is put aside.
    public let shelvedUntil: String?
    /// Whether it is put aside until its condition ends.
    public let shelvedOnce: Bool
    /// The order under which it is out of service.
    public let order: String?
    /// Who put it aside or took it out of service.
    public let person: String?
    /// What they wrote.
    public let note: String?
    /// What else keeps it quiet.
    public let reasons: [String]
}
