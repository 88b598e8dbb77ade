import ArgumentParser
import Facility
import Maintenance
import SiteConfig

/// Lists the plans of the site's files.
struct PlansListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the plans, what they ask for and where; no daemon needed.")

    @Flag(help: "Those without any asset on this site too.")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let planned = try PlannedSite(site, session)
            let entries = planned.configuration.plans.entries.filter { all || !$0.assets.isEmpty }
            if format.json { return try session.show(json: PlansDocument(entries)) }
            var table = Table([
                session.column("plan"), session.column("mode"), session.column("rule"),
                session.column("assets", isNumeric: true), session.column("items", isNumeric: true),
                session.column("verified"), session.column("place"), session.column("text"),
            ])
            for entry in entries {
                let plan = entry.plan
                table.add([
                    .init(plan.id.name), .init(plan.mode.rawValue), .init(PlansDocument.rule(plan)),
                    .init(String(entry.assets.count), entry.assets.isEmpty ? .doubtful : .plain),
                    .init(String(plan.items(ofLevel: plan.levels.count - 1).count)),
                    .init(
                        session.text(plan.isVerified ? "value.yes" : "value.no"),
                        plan.isVerified ? .good : .doubtful, code: String(plan.isVerified)),
                    .init("\(entry.position.file):\(entry.position.line)"),
                    .init(plan.label[session.language]),
                ])
            }
            session.show(table, format)
        }
    }
}

/// What `plans list --json` writes.
struct PlansDocument: Encodable {
    struct Entry: Encodable {
        let id: String
        let zh: String
        let en: String
        let mode: String
        let rule: String
        let assets: [String]
        let levels: [String]
        let source: String?
        let verified: Bool
        let shipped: Bool
        let file: String
        let line: Int
    }

    let version = 1
    let plans: [Entry]

    init(_ entries: [PlanBook.Entry]) {
        plans = entries.map { entry in
            Entry(
                id: entry.plan.id.name, zh: entry.plan.label.zh, en: entry.plan.label.en,
                mode: entry.plan.mode.rawValue, rule: Self.rule(entry.plan),
                assets: entry.assets.map(\.name), levels: entry.plan.levels.map(\.id),
                source: entry.plan.source, verified: entry.plan.isVerified, shipped: entry.isShipped,
                file: entry.position.file, line: entry.position.line)
        }
    }

    /// When the plan falls due, in one line.
    static func rule(_ plan: Plan) -> String {
        var parts: [String] = []
        switch plan.grid {
        case .rule(_, let rule, _, _): parts.append(rule.description)
        case .ages(let years, let then):
            parts.append(years.map(String.init).joined(separator: ",") + "y, +\(then)y")
        case nil: break
        }
        if let interval = plan.interval { parts.append("every \(interval)") }
        if let gap = plan.maximumGapDays { parts.append("max_gap \(gap)d") }
        if let meter = plan.meter { parts.append("\(meter.point) \(meter.step)") }
        if let condition = plan.condition { parts.append(condition.rule.name) }
        return parts.joined(separator: ", ")
    }
}
