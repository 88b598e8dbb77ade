import Alarms
import ArgumentParser
import Facility
import Notices
import WebAPI

/// Says why an alarm stands where it stands and what would change that.
struct RulesExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Why an alarm stands where it stands, and what would raise or clear it.",
        discussion: "ALARM is the number of an alarm, or RULE@ASSET for one that need not be raised.")

    @Argument(help: "The number of an alarm, or RULE@ASSET.")
    var alarm: String

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard Int64(alarm) != nil || alarm.split(separator: "@").count == 2 else {
            throw ValidationError("\(alarm) is neither the number of an alarm nor RULE@ASSET.")
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            let parts = alarm.split(separator: "@").map(String.init)
            var raised: AlarmDocument?
            var (rule, asset) = (parts[0], parts.last ?? "")
            if parts.count == 1 {
                let found = try await client.get(AlarmDocument.self, ["alarms", alarm])
                raised = found
                (rule, asset) = (found.alarm.rule, found.alarm.asset)
            }
            let document = try await client.get(
                RuleExplanationDocument.self, ["rules", rule, "assets", asset])
            if json { return try session.show(json: document) }
            ExplanationText(session).write(document, raised)
        }
    }
}

/// An explanation as text.
struct ExplanationText {
    private let session: Session

    init(_ session: Session) {
        self.session = session
    }

    func write(_ document: RuleExplanationDocument, _ raised: AlarmDocument?) {
        let explanation = document.explanation
        let state = session.toned(
            session.text("alarm.state.\(explanation.state.rawValue)"), explanation.state.tone)
        let place = document.file.map { "  \($0):\(document.line ?? 1)" } ?? ""
        session.say("\(document.rule)@\(document.asset)  \(state)\(place)")
        if let raised {
            session.say("")
            session.say(
                session.text(
                    Message(
                        "cli.explain.raised", ["time": .text(TimeText.readable(raised.alarm.raised))])))
            for value in raised.evidence {
                session.say(
                    "  \(value.point)  \(value.text?[session.language] ?? "-")  "
                        + TimeText.readable(value.time))
            }
        }
        session.say("")
        // What sitewatch decides by itself has no expressions that anybody wrote.
        let isWritten = document.file != nil
        session.say(session.text(isWritten ? "cli.explain.now" : "cli.explain.own"))
        for clause in explanation.clauses where isWritten {
            let truth = session.text("cli.truth.\(clause.truth)")
            session.say("  \(clause.role): \(SafeText.plain(clause.expression))  \(truth)")
        }
        for reading in explanation.readings {
            session.say(
                "  \(reading.point)  \(reading.text?[session.language] ?? "-")  "
                    + TimeText.readable(reading.time))
        }
        for comparison in explanation.comparisons { session.say("  " + text(comparison)) }
        if isWritten {
            session.say("")
            session.say(
                session.text(
                    Message("cli.explain.clears-when", ["expression": .text(explanation.clearsWhen)])))
        }
        if let span = explanation.raisesInMs {
            session.say(
                session.text(Message("cli.explain.raises-in", ["span": .text(TimeText.span(span))])))
        }
        if let span = explanation.clearsInMs {
            session.say(
                session.text(Message("cli.explain.clears-in", ["span": .text(TimeText.span(span))])))
        }
        for reason in explanation.suppressedBy {
            session.say(session.text(Message("cli.explain.suppressed", ["reason": .text(reason)])))
        }
    }

    private func text(_ comparison: ComparisonEntry) -> String {
        guard let value = comparison.value, let limit = comparison.limit else {
            return session.text(
                Message("cli.explain.unknown", ["expression": .text(comparison.expression)]))
        }
        let unit = comparison.unit.map { " \($0)" } ?? ""
        func number(_ number: Double) -> String { ValueText.number(number, resolution: 0.001) + unit }
        return session.text(
            Message(
                "cli.explain.comparison",
                [
                    "expression": .text(comparison.expression), "value": .text(number(value)),
                    "limit": .text(number(limit)), "distance": .text(number(abs(value - limit))),
                ]))
    }
}
