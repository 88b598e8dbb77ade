import Engine
import Facility
import Rules
import SiteConfig

/// Proposes delays and dead-bands, and shows what they would have changed.
struct SuggestionText {
    let run: BacktestRun
    /// What lasts so long is kept, milliseconds.
    let span: Int64
    let session: Session

    init(run: BacktestRun, keeping span: Int64, session: Session) {
        self.run = run
        self.span = span
        self.session = session
    }

    /// Writes a fragment of a rule file for every rule that chatters.
    func write(_ rules: BacktestRules) async throws {
        let candidates = rules.definitions.flatMap { RuleSuggestion.candidates(of: $0) }
        let tried = try await run.play(run.compiled(candidates))
        var found = false
        for definition in rules.definitions where !RuleSuggestion.candidates(of: definition).isEmpty {
            let suggestion = RuleSuggestion(definition, tried, keeping: span)
            guard suggestion.proposal != .nothing else { continue }
            found = true
            try await write(suggestion, definition)
        }
        if !found { session.say(session.text("cli.suggest.nothing")) }
    }

    private func write(_ suggestion: RuleSuggestion, _ definition: RuleDefinition) async throws {
        comment(
            Message(
                "cli.suggest.found",
                [
                    "rule": .text(definition.id.name), "activations": .text(String(suggestion.activations)),
                    "kept": .text(String(suggestion.kept)), "fleeting": .text(String(suggestion.fleeting)),
                    "span": .text(TimeText.span(span)),
                ]))
        switch suggestion.proposal {
        case .nothing: break
        case .inseparable: comment(Message("cli.suggest.inseparable"))
        case .delays(let raise, let clear):
            session.say("- id: \(definition.id.name)")
            session.say("  delay: {raise: \(Self.written(raise)), clear: \(Self.written(clear))}")
            var changed = definition
            changed.raiseDelayMilliseconds = raise
            changed.clearDelayMilliseconds = clear
            try await compare(definition, changed)
        }
        if let deadband = suggestion.deadband {
            comment(Message("cli.suggest.deadband", ["deadband": .text(deadband)]))
            session.say(
                "#   levels: [{priority: \(definition.priority.name), when: \"\(definition.when.text)\", "
                    + "deadband: \(deadband)}]")
        }
        session.say("")
    }

    /// What the rule as it is and the rule as proposed make of the span.
    private func compare(_ old: RuleDefinition, _ new: RuleDefinition) async throws {
        let before = try await run.play(run.compiled([old])).lines.first
        let after = try await run.play(run.compiled([new])).lines.first
        guard let before, let after else { return }
        comment(
            Message(
                "cli.suggest.effect",
                [
                    "before": .text(String(before.activations)), "after": .text(String(after.activations)),
                    "chatter_before": .text(String(before.chatterEpisodes)),
                    "chatter_after": .text(String(after.chatterEpisodes)),
                ]))
    }

    private func comment(_ message: Message) {
        session.say("# " + session.text(message))
    }

    /// A span as rule files write it.
    private static func written(_ milliseconds: Int64) -> String {
        for (unit, size) in [("h", Int64(3_600_000)), ("m", 60_000), ("s", 1000)]
        where milliseconds >= size && milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }
}
