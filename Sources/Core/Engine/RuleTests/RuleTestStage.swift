import Alarms
import Facility
import Maintenance
import Notices
import Rules

/// One story being played.
struct RuleTestStage {
    private static let startUptime: Int64 = 1_000_000
    /// The uptime of a machine that has just started.
    private static let bootUptime: Int64 = 20_000

    private let test: RuleTestCase
    private let site: Site
    private let rules: RuleSet
    private let routes: [Route]
    private let catalog: MessageCatalog
    private var failures: [Problem] = []

    private var engine: SiteEngine
    private var memory = EngineMemory()
    private var script: [Int64: [Sample]] = [:]
    private var current: [PointID: Sample] = [:]
    /// Every sample the engine was given: what the history would have after a restart.
    private var history: [Sample] = []
    private var notices: [(atMilliseconds: Int64, kind: Notice.Kind, route: String)] = []
    private var raised: [(atMilliseconds: Int64, key: AlarmKey)] = []
    /// The uptime at the story's start, as the running boot counts.
    private var uptimeAtStart = RuleTestStage.startUptime
    /// How often the machine has started.
    private var boots = 0
    /// Until when the daemon does not run, milliseconds after the start.
    private var downUntil: Int64?
    /// What was seen of the rule; nil unless asked for.
    private(set) var coverage: CoverageWatch?

    init(_ test: RuleTestCase, _ stage: RuleTestSite, _ catalog: MessageCatalog, measuresCoverage: Bool) {
        self.test = test
        self.catalog = catalog
        site = stage.site
        rules = stage.rules
        routes = stage.routes
        let start = Moment(
            wallMilliseconds: test.startWallMilliseconds, uptimeMilliseconds: Self.startUptime)
        engine = SiteEngine(
            site: site, rules: rules, routes: routes, catalog: catalog, memory: memory, at: start)
        guard measuresCoverage, let definition = stage.definition else { return }
        coverage = CoverageWatch(
            definition, schedules: stage.schedules, at: RuleTestCase.subjectID, of: site, start)
    }

    mutating func play() -> [Problem] {
        readInputs()
        guard failures.isEmpty else { return failures }
        var times = Set(script.keys)
        times.formUnion(test.expectations.map(\.atMilliseconds))
        times.formUnion((test.notices ?? []).map(\.atMilliseconds))
        for injection in test.injections {
            times.insert(injection.atMilliseconds)
            if case .restart(_, let down) = injection.action {
                times.insert(injection.atMilliseconds + down)
            }
        }
        for time in times.sorted() {
            runUntil(time)
            inject(at: time)
            step(script[time] ?? [], at: time)
            for expectation in test.expectations where expectation.atMilliseconds == time {
                check(expectation)
            }
        }
        checkNotices()
        checkSilence()
        return failures
    }

    private mutating func readInputs() {
        for input in test.inputs {
            guard let id = point(input.point) else {
                failures.append(
                    Problem(
                        at: input.timeline.position,
                        Message("rule-test.unknown-point", ["point": .text(input.point)])))
                continue
            }
            do throws(RuleTimelineError) {
                for change in try RuleTimeline(input.timeline, of: site[id]).changes {
                    let wall = test.startWallMilliseconds + change.atMilliseconds
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

    /// The point a name of the story means.
    private func point(_ name: String) -> PointID? {
        let parts = name.split(separator: ".", maxSplits: 1)
        guard parts.count == 2 else { return site.point("\(RuleTestCase.subjectID.name).\(name)") }
        if parts[0] == "parent", let parent = test.subject.parent {
            return site.point("\(parent.name).\(parts[1])")
        }
        return site.point(name)
    }

    // MARK: Time

    private func moment(_ atMilliseconds: Int64) -> Moment {
        Moment(
            wallMilliseconds: test.startWallMilliseconds + atMilliseconds,
            uptimeMilliseconds: uptimeAtStart + atMilliseconds)
    }

    /// Takes the steps that time alone asks for, up to but not including a moment.
    private mutating func runUntil(_ time: Int64) {
        guard downUntil == nil else { return }
        while let deadline = engine.nextDeadlineUptimeMilliseconds, deadline - uptimeAtStart < time {
            step([], at: deadline - uptimeAtStart)
        }
    }

    @discardableResult
    private mutating func step(
        _ samples: [Sample], commands: [Command] = [], at time: Int64
    ) -> [CommandReply] {
        for sample in samples { current[sample.point] = sample }
        guard downUntil == nil else { return [] }
        history += samples
        let decision = engine.step(samples, commands: commands, at: moment(time))
        memory.absorb(decision)
        memory.lastAlive = decision.moment
        coverage?.look(samples, decision)
        notices += decision.notices.map { (time, $0.kind, $0.channel.name) }
        raised += decision.journal.filter { $0.kind == .raised }.map { (time, $0.key) }
        return decision.replies
    }

    // MARK: What is done from outside

    private mutating func inject(at time: Int64) {
        if let until = downUntil, time >= until { start(at: time) }
        for (index, injection) in test.injections.enumerated() where injection.atMilliseconds == time {
            switch injection.action {
            case .restart(let ending, let down):
                // The daemon writes down now and then that it lives, whatever the story tells.
                if downUntil == nil { memory.lastAlive = moment(time) }
                if ending == .reboot { reboot(at: time, down) }
                downUntil = time + down
                if down == 0 { start(at: time) }
            case .acknowledge(let person):
                command(index, person, at: time) { .acknowledge($0) }
            case .reset(let person):
                command(index, person, at: time) { .reset($0) }
            case .shelve(let person, let span):
                let until = span.map { AlarmMemory.Shelf.until(moment(time).wallMilliseconds + $0) }
                give([.shelve(.alarm(subject), until ?? .once)], index, person, at: time)
            case .unshelve(let person): give([.unshelve(.alarm(subject))], index, person, at: time)
            case .takeOutOfService(let person):
                order(index, person, at: time) {
                    [.takeOutOfService(.asset(RuleTestCase.subjectID), order: $0)]
                }
            case .return(let person):
                give([.return(.asset(RuleTestCase.subjectID))], index, person, at: time)
            case .finishOrder(let person):
                order(index, person, at: time) { [.accept($0), .start($0), .finish($0, .standIn)] }
                settled(index, at: time)
            }
        }
    }

    /// Begins another boot, whose clock stands near zero when the daemon starts.
    private mutating func reboot(at time: Int64, _ down: Int64) {
        let before = "boot-\(boots)"
        boots += 1
        uptimeAtStart = Self.bootUptime - time - down
        memory = memory.translated(from: before, to: "boot-\(boots)", now: moment(time + down))
    }

    private mutating func start(at time: Int64) {
        downUntil = nil
        engine = SiteEngine(
            site: site, rules: rules, routes: routes, catalog: catalog, memory: memory, at: moment(time))
        fillWindows(at: time)
        step(current.values.sorted { $0.point < $1.point }, at: time)
    }

    /// Fills the windows of rules from the story's past, as the daemon does from its history.
    private mutating func fillWindows(at time: Int64) {
        let watchedUntil = (memory.lastAlive ?? moment(time)).wallMilliseconds
        var warmups = engine.warmups { _ in nil }
        for index in warmups.indices {
            let wanted = Set(warmups[index].points)
            for sample in history where wanted.contains(sample.point) { warmups[index].take(sample) }
            warmups[index].finish(watchedUntilWallMilliseconds: watchedUntil)
        }
        engine.warm(warmups)
    }

    private mutating func command(
        _ index: Int, _ person: String, at time: Int64, _ kind: (OccurrenceID) -> Command.Kind
    ) {
        let own = engine.openOccurrences.filter { $0.key == subject }
        guard downUntil == nil, let open = own.last ?? engine.openOccurrences.last else {
            fail(test.position, "rule-test.nothing-open", ["at": .text(Self.seconds(time))])
            return
        }
        give([kind(open.id)], index, person, at: time)
    }

    private mutating func order(
        _ index: Int, _ person: String, at time: Int64, _ kinds: (OrderNumber) -> [Command.Kind]
    ) {
        guard downUntil == nil, let open = engine.openOrders.last else {
            fail(test.position, "rule-test.no-order", ["at": .text(Self.seconds(time))])
            return
        }
        give(kinds(open.number), index, person, at: time)
    }

    /// Somebody else looks at the work, so that the next alarm asks for new work.
    private mutating func settled(_ index: Int, at time: Int64) {
        guard downUntil == nil, let done = engine.openOrders.last(where: { $0.state == .done }) else {
            return
        }
        _ = step(
            [],
            commands: [
                Command(
                    id: "test-\(index)-verify", kind: .verify(done.number), person: "test-verifier",
                    note: "test")
            ], at: time)
    }

    /// Gives commands; one that is refused is a failure of the story.
    private mutating func give(_ kinds: [Command.Kind], _ index: Int, _ person: String, at time: Int64) {
        let commands = kinds.enumerated().map { number, kind in
            Command(id: "test-\(index)-\(number)", kind: kind, person: person, note: "test")
        }
        for reply in step([], commands: commands, at: time) {
            guard let refusal = reply.refusal else { continue }
            fail(
                test.position, "rule-test.refused",
                ["at": .text(Self.seconds(time)), "reason": .message(refusal.message)])
        }
    }

    // MARK: Checks

    private var subject: AlarmKey { AlarmKey(rule: test.rule, asset: RuleTestCase.subjectID) }

    private mutating func check(_ expectation: RuleTestCase.Expectation) {
        let key = AlarmKey(
            rule: expectation.rule ?? test.rule, asset: expectation.asset ?? RuleTestCase.subjectID)
        if let expected = expectation.state {
            compare("state", expectation, expected.rawValue, engine.state(of: key).rawValue)
        }
        if let expected = expectation.quality {
            let isUnknown = memory.alarms.first { $0.key == key }?.unknownSince != nil
            let actual: RuleTestCase.Expectation.Knowledge = isUnknown ? .uncertain : .good
            compare("quality", expectation, expected.rawValue, actual.rawValue)
        }
        if let expected = expectation.priority {
            let actual = engine.openOccurrences.last { $0.key == key }?.priority
            compare("priority", expectation, expected.name, actual?.name ?? "-")
        }
    }

    private mutating func compare(
        _ what: String, _ expectation: RuleTestCase.Expectation, _ expected: String, _ actual: String
    ) {
        guard expected != actual else { return }
        fail(
            expectation.position, "rule-test.\(what)",
            [
                "at": .text(Self.seconds(expectation.atMilliseconds)),
                "expected": .text(expected), "actual": .text(actual),
            ])
    }

    private mutating func checkNotices() {
        guard let expected = test.notices else { return }
        let wanted = expected.map { Self.word($0.kind, $0.route, $0.atMilliseconds) }
        let decided = notices.enumerated().map { index, notice in
            // Where the story names no route, any will do.
            let isRouteAsked = index < expected.count && expected[index].route != nil
            return Self.word(notice.kind, isRouteAsked ? notice.route : nil, notice.atMilliseconds)
        }
        guard wanted != decided else { return }
        fail(
            expected.first?.position ?? test.position, "rule-test.notices",
            [
                "expected": .text(wanted.joined(separator: " ")),
                "actual": .text(decided.joined(separator: " ")),
            ])
    }

    private mutating func checkSilence() {
        guard test.also == .silent else { return }
        let spoken = Set(
            test.expectations.map {
                AlarmKey(rule: $0.rule ?? test.rule, asset: $0.asset ?? RuleTestCase.subjectID)
            } + [subject])
        for alarm in raised where !spoken.contains(alarm.key) && alarm.key.rule != test.rule {
            fail(
                test.position, "rule-test.not-silent",
                [
                    "at": .text(Self.seconds(alarm.atMilliseconds)), "rule": .text(alarm.key.rule.name),
                    "asset": .text(alarm.key.asset.name),
                ])
        }
    }

    private mutating func fail(
        _ position: SourcePosition, _ key: String, _ arguments: [String: Message.Argument]
    ) {
        failures.append(Problem(at: position, Message(key, arguments)))
    }

    private static func word(_ kind: Notice.Kind, _ route: String?, _ time: Int64) -> String {
        "\(kind.rawValue)@\(seconds(time))" + (route.map { " (\($0))" } ?? "")
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(ValueText.number(Double(milliseconds) / 1000, resolution: 0.001))s"
    }
}
