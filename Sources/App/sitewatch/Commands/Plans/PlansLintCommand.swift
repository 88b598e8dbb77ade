import ArgumentParser
import Facility
import Maintenance
import SiteConfig

/// Tells what of the plans nobody has compared with its source, and what cannot be planned.
struct PlansLintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "List plans and items without a source or not verified, and assets that cannot be planned.",
        discussion: "Exit code 2 if there is anything. No daemon needed.")

    @Flag(help: "Plans too that no asset of this site has.")
    var all = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let planned = try PlannedSite(site, session)
            let entries = planned.configuration.plans.entries.filter { all || !$0.assets.isEmpty }
            let findings = entries.flatMap { look(at: $0, planned) }
            if format.json {
                try session.show(json: Report(findings: findings))
            } else {
                var table = Table([
                    session.column("plan"), session.column("item"), session.column("finding"),
                    session.column("source"), session.column("place"),
                ])
                for finding in findings {
                    table.add([
                        .init(finding.plan), session.optional(finding.item),
                        session.word("plan.finding", finding.finding, .doubtful),
                        session.optional(finding.source), .init(finding.place),
                    ])
                }
                session.show(table, format)
            }
            if !findings.isEmpty { throw Ending.findings }
        }
    }

    private struct Report: Encodable {
        var version = 1
        let findings: [Finding]
    }

    private struct Finding: Encodable {
        let plan: String
        let item: String?
        let finding: String
        let source: String?
        let place: String
    }

    private func look(at entry: PlanBook.Entry, _ planned: PlannedSite) -> [Finding] {
        let plan = entry.plan
        let place = "\(entry.position.file):\(entry.position.line)"
        func made(_ item: String?, _ finding: String, _ source: String?) -> Finding {
            Finding(plan: plan.id.name, item: item, finding: finding, source: source, place: place)
        }
        var found: [Finding] = []
        if plan.source == nil { found.append(made(nil, "no-source", nil)) }
        if !plan.isVerified { found.append(made(nil, "unverified", plan.source)) }
        for level in plan.levels {
            for item in level.job.items where !item.isVerified || item.source == nil {
                let name = "\(level.job.id)/\(item.id)"
                found.append(made(name, item.source == nil ? "no-source" : "unverified", item.source))
            }
        }
        guard plan.grid != nil else { return found }
        for id in entry.assets {
            guard let asset = planned.configuration.site.asset(id),
                plan.recurrence(commissioned: asset.commissioned) == nil
            else { continue }
            found.append(made(id.name, "no-commissioned", nil))
        }
        return found
    }
}
