import ArgumentParser
import Facility
import Maintenance

/// Writes the days of a rule.
struct PlansExpandCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expand", abstract: "Write the days on which a rule falls; no daemon, no site needed.")

    @Option(help: ArgumentHelp("The day the rule counts from: 2026-01-31.", valueName: "day"))
    var start: String

    @Option(help: ArgumentHelp("The rule: FREQ=MONTHLY;BYDAY=1MO.", valueName: "rule"))
    var rrule: String?

    @Option(help: ArgumentHelp("An interval instead: 15d, 2w, 3M, 1y.", valueName: "span"))
    var every: String?

    @Option(help: "At most so many days, up to 10000.")
    var count = 10

    @Option(help: "A day the month lacks: skip, clamp to its last, or forward to the next month.")
    var monthEnd = "skip"

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var language: LanguageOptions

    func validate() throws {
        guard (rrule == nil) != (every == nil) else {
            throw Usage.either("--rrule", "--every")
        }
        guard (1...10_000).contains(count) else { throw Usage.outside("--count", 1...10_000) }
        guard MonthEnd(rawValue: monthEnd) != nil else {
            throw Usage.unknown("--month-end", monthEnd, among: ["skip", "clamp", "forward"])
        }
        if let every, CivilSpan(every) == nil {
            throw Usage.unclear("--every", every, "15d, 2w, 3M, 1y")
        }
        try PlanArguments.day(start, option: "--start")
    }

    func run() async throws {
        try await Session.run(language) { session in
            guard let first = CivilDate(start) else { return }
            let recurrence = Recurrence(
                start: first, rule: try rule(), monthEnd: MonthEnd(rawValue: monthEnd) ?? .skip)
            let dates = recurrence.dates().prefix(count).map(\.description)
            if dates.isEmpty {
                let problem = RecurrenceProblem("RRULE", .never, rrule ?? "")
                throw CommandFailure(problem.message, Ending.findings)
            }
            if json {
                try session.show(json: Expansion(start: start, rule: "\(try rule())", dates: dates))
            } else {
                session.say(dates)
            }
        }
    }

    private struct Expansion: Encodable {
        var version = 1
        let start: String
        let rule: String
        let dates: [String]
    }

    private func rule() throws -> RecurrenceRule {
        if let span = every.flatMap({ CivilSpan($0) }) { return RecurrenceRule(every: span) }
        do throws(RecurrenceProblem) {
            return try RecurrenceRule(parsing: rrule ?? "")
        } catch {
            throw CommandFailure(error.message, Ending.findings)
        }
    }
}
