public import Facility
public import Rules

/// Plays a story to the engine itself, on an injected clock.
public enum RuleTestRun {
    /// Plays a story on a site of one asset with the given points.
    public static func run(
        _ test: RuleTestCase, definitions: [RuleDefinition], points: [Point], catalog: MessageCatalog,
        schedules: [RuleSchedule] = [], measuringCoverage: Bool = false
    ) -> RuleTestResult {
        run(
            test, definitions: definitions, schedules: schedules, catalog: catalog,
            measuringCoverage: measuringCoverage, points: { _ in points })
    }

    /// Plays a story on a site of its assets, each with the given points.
    ///
    /// The points' ids and assets do not matter: they are placed on the assets of the story. A restart kills the
    /// engine and builds it again from what its decisions would have left in the ledger; every point is then
    /// read once, as it would be.
    public static func run(
        _ test: RuleTestCase, definitions: [RuleDefinition], schedules: [RuleSchedule] = [],
        catalog: MessageCatalog, measuringCoverage: Bool = false, points: (RuleTestCase.Actor) -> [Point]
    ) -> RuleTestResult {
        let site = RuleTestSite(test, definitions: definitions, schedules: schedules, points: points)
        guard site.problems.isEmpty else {
            return RuleTestResult(name: test.name, failures: site.problems)
        }
        var stage = RuleTestStage(test, site, catalog, measuresCoverage: measuringCoverage)
        let failures = stage.play()
        return RuleTestResult(name: test.name, failures: failures, coverage: stage.coverage?.result)
    }
}
