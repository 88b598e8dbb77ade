import ArgumentParser
import Facility
import Maintenance
import SiteConfig
import WebAPI

/// Writes what is to come as a calendar feed.
struct PlansIcalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ical",
        abstract: "Write the next \(PlanFeed.days) days as an iCalendar feed; no daemon needed.",
        discussion: """
            The running daemon serves the same, with what was done, at /api/v1/plans.ics. --address prints the address \
            that a calendar subscribes to; whoever has it can read the feed, and nothing else.
            """)

    @Flag(help: "Print the address of the running daemon's feed instead.")
    var address = false

    @Option(help: "Only of this plan.")
    var plan: String?

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: ArgumentHelp("The day to look from instead of today: 2026-01-01.", valueName: "day"))
    var from: String?

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        try PlanArguments.day(from, option: "--from")
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            if address {
                let client = DaemonClient(connection, session)
                let feed = try await client.get(PlanFeedDocument.self, ["plans", "feed"])
                return session.say(feed.url ?? feed.path)
            }
            let planned = try PlannedSite(connection.site, session, today: from)
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
