import ArgumentParser
import Facility
import Maintenance
import SiteConfig

/// Writes what is to come as a calendar feed.
struct PlansIcalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ical",
        abstract: "Write the next \(PlanFeed.days) days as an iCalendar feed; no daemon needed.",
        discussion: "The running daemon serves the same, with what was done, at /api/v1/plans.ics.")

    @Option(help: "Only of this plan.")
    var plan: String?

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: ArgumentHelp("The day to look from instead of today: 2026-01-01.", valueName: "day"))
    var from: String?

    @OptionGroup var site: SiteOptions

    func validate() throws {
        try PlanArguments.day(from, option: "--from")
    }

    func run() async throws {
        try await Session.run(site.language) { session in
            let planned = try PlannedSite(site, session, today: from)
            let dates = try planned.dates(
                until: planned.today.advanced(days: PlanFeed.days), plan: plan, asset: asset)
            let feed = PlanFeed(
                site: planned.configuration.site, book: planned.configuration.plans,
                catalog: session.catalog, language: session.language)
            session.terminal.out(
                feed.text(dates, stampWallMilliseconds: session.terminal.now()))
        }
    }
}
