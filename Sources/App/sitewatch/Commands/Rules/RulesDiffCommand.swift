import Alarms
import ArgumentParser
import Engine
import Facility
import SiteConfig

/// Compares two versions of rules on the samples of the past.
struct RulesDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Which alarms another version of the rules adds, removes and moves; no daemon needed.",
        discussion: """
            OLD and NEW are files or folders of rules. Exits with 2 if the two would not have done the same.
            """)

    @Argument(help: "The rules as they are.")
    var old: String

    @Argument(help: "The rules as they would be.")
    var new: String

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var options: BacktestOptions

    func run() async throws {
        try await Session.run(options.site.language) { session in
            let run = try await BacktestRun(options, session)
            let zone = run.configuration.site.zone
            let before = try await run.play(run.rules(of: [old], only: []))
            let after = try await run.play(run.rules(of: [new], only: []))
            let difference = BacktestDifference(old: before, new: after)
            if json {
                try session.show(json: BacktestDifferenceDocument(difference, run.span, zone))
            } else {
                write(difference, session, zone)
            }
            let isSame = difference.lines.allSatisfy {
                $0.added.isEmpty && $0.removed.isEmpty && $0.moved.isEmpty
            }
            if !isSame { throw Ending.findings }
        }
    }

    private func write(_ difference: BacktestDifference, _ session: Session, _ zone: SiteZone) {
        let table = BacktestTables(session, zone).differences(difference)
        if !table.rows.isEmpty { session.show(table) }
        for line in difference.lines {
            session.say(
                session.text(
                    Message(
                        "cli.backtest.difference",
                        [
                            "rule": .text(line.rule.name), "same": .text(String(line.same)),
                            "added": .text(String(line.added.count)),
                            "removed": .text(String(line.removed.count)),
                            "moved": .text(String(line.moved.count)),
                        ])))
        }
    }
}
