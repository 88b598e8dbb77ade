import ArgumentParser
import Facility
import Maintenance
import SiteConfig

/// Looks ahead, as if everything were done on its day.
struct PlansPreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "What the plans will ask for, with the reason of every date; no daemon needed.")

    @Option(help: "How many months to look ahead, 1 to 120.")
    var months = 12

    @Option(help: "Only of this plan.")
    var plan: String?

    @Option(help: "Only of this asset.")
    var asset: String?

    @Option(help: ArgumentHelp("The day to look from instead of today: 2026-01-01.", valueName: "day"))
    var from: String?

    @Flag(help: "Dates too on which no work is due, with the reason.")
    var skipped = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var site: SiteOptions

    func validate() throws {
        guard (1...120).contains(months) else { throw Usage.outside("--months", 1...120) }
        try PlanArguments.day(from, option: "--from")
    }

    func run() async throws {
        try await Session.run(site.language) { session in
            let planned = try PlannedSite(site, session, today: from)
            let end = CivilSpan(months, .months).after(planned.today)
            let dates = try planned.dates(until: end, plan: plan, asset: asset)
            try PlanDatesDocument(dates.filter { skipped || $0.skip == nil }, planned, session)
                .show(format, session)
        }
    }
}

/// Checks of what the commands of plans are told.
enum PlanArguments {
    /// Refuses what is no day.
    static func day(_ text: String?, option: String) throws {
        guard let text, CivilDate(text) == nil else { return }
        throw Usage.unclear(option, text, "2026-01-31")
    }
}
