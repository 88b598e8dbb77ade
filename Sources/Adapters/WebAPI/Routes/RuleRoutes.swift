import Alarms
import Engine
public import Facility
import Hummingbird
import Rules

/// The rules of the running configuration.
struct RuleRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/rules") { request, context in
            let query = Query(request, context)
            let open = Dictionary(grouping: try await desk.ports.openOccurrences()) { $0.key.rule }
            let (page, next) = Page.cut(
                await desk.ports.rules(), from: try query.cursor(), limit: try query.limit())
            return try JSON.response(
                RulesDocument(
                    rules: page.map { Self.entry($0, open: open[$0.definition.id]?.count ?? 0) },
                    nextCursor: next))
        }
        router.get("api/v1/rules/{rule}/assets/{asset}") { request, context in
            try JSON.response(try await explain(Query(request, context), in: context.language))
        }
    }

    /// Why an alarm stands where it stands, whether it is raised or not.
    private func explain(_ query: Query, in language: Language) async throws -> RuleExplanationDocument {
        let rule = RuleID(try query.place("rule"))
        let asset = AssetID(try query.place("asset"))
        let presenter = await desk.presenter(language)
        guard let explanation = await desk.ports.explain(AlarmKey(rule: rule, asset: asset)) else {
            throw APIError.notFound
        }
        return RuleExplanationDocument(
            time: presenter.time(presenter.now), rule: rule.name, asset: asset.name,
            file: explanation.position?.file, line: explanation.position?.line,
            explanation: presenter.explanation(explanation))
    }

    private static func entry(_ status: RuleStatus, open: Int) -> RuleEntry {
        let rule = status.definition
        return RuleEntry(
            id: rule.id.name, file: rule.position.file, line: rule.position.line,
            priority: rule.priority.name, text: rule.text, when: rule.when.text,
            clearWhen: rule.clearWhen?.text, activeIf: rule.activeIf?.text,
            raiseDelayMs: rule.raiseDelayMilliseconds, clearDelayMs: rule.clearDelayMilliseconds,
            latching: rule.isLatching, opensOrder: rule.order != nil, route: rule.route,
            assets: status.assets.map(\.name), open: open, mode: rule.mode.rawValue,
            levels: rule.levels.map {
                RuleLevelEntry(
                    priority: $0.priority.name, when: $0.when.text, clearWhen: $0.clearWhen?.text,
                    deadband: $0.deadband?.text, raiseDelayMs: $0.raiseDelayMilliseconds,
                    clearDelayMs: $0.clearDelayMilliseconds)
            }, causes: rule.causes.map(\.name))
    }
}

/// The rules of the running configuration.
public struct RulesDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The rules, in the order of the files.
    public let rules: [RuleEntry]
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?

    /// Describes a page, or all pages put together.
    public init(rules: [RuleEntry], nextCursor: String? = nil) {
        self.rules = rules
        self.nextCursor = nextCursor
    }
}

/// Why the alarm of a rule at an asset stands where it stands.
public struct RuleExplanationDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// Now, as the site's clock shows it.
    public let time: String
    /// The rule.
    public let rule: String
    /// The asset.
    public let asset: String
    /// The rule's file; absent for the alarms sitewatch raises about itself.
    public let file: String?
    /// The line of it, from 1.
    public let line: Int?
    /// Why.
    public let explanation: ExplanationEntry
}

/// A rule in a document.
public struct RuleEntry: Codable, Hashable, Sendable {
    /// The name in files.
    public let id: String
    /// The file, relative to the configuration folder.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// How urgent its alarms are: `p1` to `p4`.
    public let priority: String
    /// What people read, places not filled.
    public let text: Bilingual
    /// What raises the alarm.
    public let when: String
    /// What clears it; absent if that is the opposite of `when`.
    public let clearWhen: String?
    /// The condition without which the alarm is suppressed.
    public let activeIf: String?
    /// How long `when` must hold, milliseconds.
    public let raiseDelayMs: Int64
    /// How long the clear condition must hold, milliseconds.
    public let clearDelayMs: Int64
    /// Whether the alarm stays until somebody resets it.
    public let latching: Bool
    /// Whether the alarm opens an order.
    public let opensOrder: Bool
    /// The route its notices take; absent for the default.
    public let route: String?
    /// The assets it watches.
    public let assets: [String]
    /// How many of its alarms are open.
    public let open: Int
    /// `live`, or `shadow`: decided and written down, but nobody is told.
    public let mode: String
    /// The rungs of a ladder, the least urgent first; empty for a rule with one priority.
    public let levels: [RuleLevelEntry]
    /// The rules whose alarms explain its own.
    public let causes: [String]
}

/// A rung of a rule's ladder in a document.
public struct RuleLevelEntry: Codable, Hashable, Sendable {
    /// How urgent the alarm is on it: `p1` to `p4`.
    public let priority: String
    /// What puts the alarm on it.
    public let when: String
    /// What takes it off; absent if that is the opposite of `when`.
    public let clearWhen: String?
    /// How far the comparisons of `when` must be passed back.
    public let deadband: String?
    /// How long `when` must hold, milliseconds.
    public let raiseDelayMs: Int64
    /// How long the clear condition must hold, milliseconds.
    public let clearDelayMs: Int64
}
