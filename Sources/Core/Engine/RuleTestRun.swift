import Alarms
public import Facility
import Notices
public import Rules

/// Plays a story to the engine itself, on an injected clock.
public enum RuleTestRun {
    /// Plays a story on a site of one asset with the given points.
    ///
    /// The points' ids and asset do not matter: they are placed on the story's own asset. A restart kills the
    /// engine and builds it again from what its decisions would have left in the ledger; every point is then
    /// read once, as it would be.
    public static func run(
        _ test: RuleTestCase, definitions: [RuleDefinition], points: [Point], catalog: MessageCatalog
    ) -> RuleTestResult {
        guard let definition = definitions.first(where: { $0.id == test.rule }) else {
            return RuleTestResult(
                name: test.name,
                failures: [
                    Problem(
                        at: test.position,
                        Message("rule-test.unknown-rule", ["rule": .text(test.rule.name)]))
                ])
        }
        var stage = RuleTestStage(test, definition, points, catalog)
        return RuleTestResult(name: test.name, failures: stage.play())
    }
}

/// One story being played.
private struct RuleTestStage {
    static let asset: AssetID = "T1"
    static let startUptime: Int64 = 1_000_000

    let test: RuleTestCase
    let site: Site
    let rules: RuleSet
    let routes: [Route]
    let catalog: MessageCatalog
    var failures: [Problem]

    var engine: SiteEngine
    var memory = EngineMemory()
    var script: [Int64: [Sample]] = [:]
    var current: [PointID: Sample] = [:]
    var notices: [(atMilliseconds: Int64, kind: Notice.Kind)] = []

    init(
        _ test: RuleTestCase, _ definition: RuleDefinition, _ points: [Point], _ catalog: MessageCatalog
    ) {
        self.test = test
        self.catalog = catalog
        let asset = Asset(
            id: Self.asset, assetClass: test.assetClass, label: Bilingual(zh: "T1", en: "T1"),
            location: "test", profile: test.profile)
        self.site = Site(
            id: "test", label: Bilingual(zh: "测试", en: "Test"), language: .en,
            zone: .fixed("UTC", hours: 0), assets: [asset],
            points: points.enumerated().map { $1.placed(on: Self.asset, at: $0) })
        let compiled = RuleSet.compile([definition.watching(Self.asset)], for: site)
        self.rules = compiled.rules
        self.failures = compiled.problems.filter { $0.severity == .error }
        let step = Route.Step(
            afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: [], channels: ["test"])
        self.routes = [Route(id: definition.route ?? NoticePlanner.defaultRoute, steps: [step])]
        self.engine = SiteEngine(
            site: site, rules: rules, routes: routes, catalog: catalog, memory: memory,
            at: Self.moment(test, 0))
    }

    static func moment(_ test: RuleTestCase, _ atMilliseconds: Int64) -> Moment {
        Moment(
            wallMilliseconds: test.startWallMilliseconds + atMilliseconds,
            uptimeMilliseconds: startUptime + atMilliseconds)
    }

    mutating func play() -> [Problem] {
        readInputs()
        guard failures.isEmpty else { return failures }
        var times = Set(script.keys)
        times.formUnion(test.expectations.map(\.atMilliseconds))
        times.formUnion(test.injections.map(\.atMilliseconds))
        times.formUnion((test.notices ?? []).map(\.atMilliseconds))
        for time in times.sorted() {
            runUntil(time)
            inject(at: time)
            step(script[time] ?? [], at: time)
            for expectation in test.expectations where expectation.atMilliseconds == time {
                check(expectation)
            }
        }
        checkNotices()
        return failures
    }

    private mutating func readInputs() {
        for input in test.inputs {
            guard let id = site.point("\(Self.asset.name).\(input.point)") else {
                failures.append(
                    Problem(
                        at: input.timeline.position,
                        Message("rule-test.unknown-point", ["point": .text(input.point)])))
                continue
            }
            do throws(RuleTimelineError) {
                for change in try RuleTimeline(input.timeline, of: site[id]).changes {
                    let wall = Self.moment(test, change.atMilliseconds).wallMilliseconds
                    let sample =
                        change.value.map { Sample(id, $0, at: wall) }
                        ?? Sample(id, failed: .timeout, at: wall)
                    script[change.atMilliseconds, default: []].append(sample)
                }
            } catch {
                failures.append(error.problem)
            }
        }
    }

    /// Takes the steps that time alone asks for, up to but not including a moment.
    private mutating func runUntil(_ time: Int64) {
        while let deadline = engine.nextDeadlineUptimeMilliseconds, deadline - Self.startUptime < time {
            step([], at: deadline - Self.startUptime)
        }
    }

    private mutating func step(_ samples: [Sample], commands: [Command] = [], at time: Int64) {
        for sample in samples { current[sample.point] = sample }
        let decision = engine.step(samples, commands: commands, at: Self.moment(test, time))
        memory.absorb(decision)
        notices += decision.notices.map { (time, $0.kind) }
    }

    private mutating func inject(at time: Int64) {
        for (index, injection) in test.injections.enumerated() where injection.atMilliseconds == time {
            switch injection.action {
            case .restart:
                engine = SiteEngine(
                    site: site, rules: rules, routes: routes, catalog: catalog, memory: memory,
                    at: Self.moment(test, time))
                step(current.values.sorted { $0.point < $1.point }, at: time)
            case .acknowledge(let person):
                command(index, person, at: time) { .acknowledge($0) }
            case .reset(let person):
                command(index, person, at: time) { .reset($0) }
            }
        }
    }

    private mutating func command(
        _ index: Int, _ person: String, at time: Int64, _ kind: (OccurrenceID) -> Command.Kind
    ) {
        guard let open = engine.openOccurrences.last else {
            fail(test.position, "rule-test.nothing-open", ["at": .text(Self.seconds(time))])
            return
        }
        step([], commands: [Command(id: "test-\(index)", kind: kind(open.id), person: person)], at: time)
    }

    // MARK: Checks

    private mutating func check(_ expectation: RuleTestCase.Expectation) {
        let state = engine.state(of: .init(rule: test.rule, asset: Self.asset))
        guard state != expectation.state else { return }
        fail(
            expectation.position, "rule-test.state",
            [
                "at": .text(Self.seconds(expectation.atMilliseconds)),
                "expected": .text(expectation.state.rawValue), "actual": .text(state.rawValue),
            ])
    }

    private mutating func checkNotices() {
        guard let expected = test.notices else { return }
        let wanted = expected.map { "\($0.kind.rawValue)@\(Self.seconds($0.atMilliseconds))" }
        let decided = notices.map { "\($0.kind.rawValue)@\(Self.seconds($0.atMilliseconds))" }
        guard wanted != decided else { return }
        fail(
            expected.first?.position ?? test.position, "rule-test.notices",
            [
                "expected": .text(wanted.joined(separator: " ")),
                "actual": .text(decided.joined(separator: " ")),
            ])
    }

    private mutating func fail(
        _ position: SourcePosition, _ key: String, _ arguments: [String: Message.Argument]
    ) {
        failures.append(Problem(at: position, Message(key, arguments)))
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(ValueText.number(Double(milliseconds) / 1000, resolution: 0.001))s"
    }
}

extension Point {
    /// The same point on another asset.
    fileprivate func placed(on asset: AssetID, at index: Int) -> Point {
        Point(
            id: PointID(index), asset: asset, name: name, label: label, kind: kind, unit: unit,
            resolution: resolution, states: states, expectedMilliseconds: expectedMilliseconds,
            deadband: deadband)
    }
}

extension RuleDefinition {
    /// The same rule about one asset only.
    fileprivate func watching(_ asset: AssetID) -> RuleDefinition {
        var watching = self
        watching.match = RuleMatch(asset: asset)
        return watching
    }
}
