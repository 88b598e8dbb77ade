import ArgumentParser
import Facility
import Maintenance
import SiteConfig

/// What concerns planned work.
struct PlansCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plans", abstract: "Work that comes back: what is due, and why on that day.",
        subcommands: [
            PlansListCommand.self,
            PlansDueCommand.self,
            PlansPreviewCommand.self,
            PlansExpandCommand.self,
            PlansLintCommand.self,
            PlansIcalCommand.self,
        ], defaultSubcommand: PlansListCommand.self, aliases: ["plan"])
}

/// The plans of a site's files, and what is needed to look ahead.
struct PlannedSite {
    let configuration: Configuration
    let today: CivilDate

    /// Reads the files; whatever is wrong with them is for `check` to tell.
    init(_ options: SiteOptions, _ session: Session, today: String? = nil) throws {
        guard let configuration = try session.loader(options).load().configuration else {
            throw CommandFailure(
                Message(
                    "cli.rules.no-configuration",
                    ["folder": .text(options.config), "options": .text(options.suffix)]), Ending.findings)
        }
        self.configuration = configuration
        let wall = session.terminal.now()
        self.today = today.flatMap { CivilDate($0) } ?? configuration.site.zone.date(at: wall)
    }

    /// What is due from today until a day, of one plan and asset where they are named.
    func dates(until end: CivilDate, plan: String? = nil, asset: String? = nil) throws -> [PlannedDate] {
        if let plan, configuration.plans.plan(PlanID(plan)) == nil {
            let known = configuration.plans.entries.map(\.plan.id.name)
            throw CommandFailure(NearestName.unknown("cli.unknown-plan", plan, among: known))
        }
        if let asset, configuration.site.asset(AssetID(asset)) == nil {
            let known = configuration.site.assets.map(\.id.name)
            throw CommandFailure(NearestName.unknown("cli.unknown-asset", asset, among: known))
        }
        return configuration.plans.dates(at: configuration.site, today: today, until: end).filter {
            (plan ?? $0.series.plan.name) == $0.series.plan.name
                && (asset ?? $0.series.asset.name) == $0.series.asset.name
        }
    }
}

/// Dates of plans as tables and documents.
struct PlanDatesDocument: Encodable {
    struct Entry: Encodable {
        let id: String
        let plan: String
        let asset: String
        let nominal: String
        let due: String
        let level: String?
        let items: Int
        let skipped: String?
        let order: String?
        let why: [String]
    }

    let version = 1
    let from: String
    let dates: [Entry]

    init(_ dates: [PlannedDate], _ site: PlannedSite, _ session: Session) {
        from = site.today.description
        self.dates = dates.map { date in
            let plan = site.configuration.plans.plan(date.series.plan)
            return Entry(
                id: date.id.name, plan: date.series.plan.name, asset: date.series.asset.name,
                nominal: date.nominal.description, due: date.due.description,
                level: plan.flatMap {
                    $0.levels.count > 1 && $0.levels.indices.contains(date.level)
                        ? $0.levels[date.level].id : nil
                },
                items: plan?.items(ofLevel: date.level).count ?? 0, skipped: date.skip?.rawValue,
                order: date.order?.name, why: date.reasons.map { session.text($0.message) })
        }
    }

    func show(_ format: FormatOptions, _ session: Session) throws {
        if format.json { return try session.show(json: self) }
        var table = Table([
            session.column("due"), session.column("plan"), session.column("asset"), session.column("level"),
            session.column("items", isNumeric: true), session.column("order"), session.column("why"),
        ])
        for date in dates {
            let skipped = date.skipped.map { [session.text("plan.skip.\($0)")] } ?? []
            table.add([
                .init(date.due, date.skipped == nil ? .plain : .faint), .init(date.plan), .init(date.asset),
                session.optional(date.level), .init(String(date.items)), session.optional(date.order),
                .init((skipped + date.why).joined(separator: "; ")),
            ])
        }
        session.show(table, format)
    }
}
