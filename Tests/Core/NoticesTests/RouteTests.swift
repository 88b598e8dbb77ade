import Alarms
import Facility
import Foundation
import Maintenance
import Testing

@testable import Notices

/// A planner on the wall of Shanghai, driven by its own deadlines.
struct PlannerBench {
    static let site = Site(
        id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .en, zone: shanghai,
        assets: [
            Asset(
                id: "P1", assetClass: .pump, label: Bilingual(zh: "1号泵", en: "Pump 1"),
                location: "B3/pump-room", contractor: "acme", labels: ["owner": "north"]),
            Asset(id: "L1", assetClass: .lift, label: Bilingual(zh: "电梯", en: "Lift 1"), location: "B30"),
        ], points: [],
        people: ["wang", "li", "zhao"].map {
            Person(id: PersonID($0), label: Bilingual(zh: $0, en: $0), language: .en)
        })

    let routes: [Route]
    let directory: NoticeDirectory
    var planner: NoticePlanner
    var now: Moment
    var open: [OccurrenceID: NoticePlanner.Subject] = [:]
    var notices: [Notice] = []
    /// Whether the planner is made anew from what it remembers before everything it does.
    var restarts = false

    init(
        _ routes: [Route], _ directory: NoticeDirectory = NoticeDirectory(),
        at time: String = "2026-10-01 12:00"
    ) {
        self.routes = routes
        self.directory = directory
        planner = NoticePlanner(
            site: Self.site, routes: routes, directory: directory, catalog: MessageCatalog([:]),
            announcements: [])
        now = Moment(wallMilliseconds: instant(time), uptimeMilliseconds: 1000)
    }

    mutating func raise(_ number: Int64, _ priority: Priority = .p3, asset: AssetID = "P1") {
        restart()
        let occurrence = AlarmOccurrence(
            id: OccurrenceID(number), key: AlarmKey(rule: RuleID("r\(number)"), asset: asset),
            priority: priority, state: .unacknowledged,
            text: Bilingual(zh: "报警\(number)", en: "alarm \(number)"),
            guidance: nil, beganWallMilliseconds: now.wallMilliseconds,
            raisedWallMilliseconds: now.wallMilliseconds, evidence: [],
            reason: AlarmReason(
                position: SourcePosition(file: "r", line: 1, column: 1), expression: "x", delayMilliseconds: 0
            ))
        let subject = NoticePlanner.Subject(
            occurrence: occurrence, isAcknowledged: false, isQuiet: false, order: nil)
        open[occurrence.id] = subject
        let route = planner.route(
            rule: occurrence.key.rule, priority: priority, asset: asset, named: nil, at: now.wallMilliseconds)
        notices += planner.announce(subject, route: route, again: false, at: now)
    }

    mutating func acknowledge(_ number: Int64) {
        guard let subject = open[OccurrenceID(number)] else { return }
        open[OccurrenceID(number)] = NoticePlanner.Subject(
            occurrence: subject.occurrence, isAcknowledged: true, isQuiet: false, order: nil)
    }

    mutating func end(_ number: Int64) {
        restart()
        guard let subject = open.removeValue(forKey: OccurrenceID(number)) else { return }
        notices += planner.end(subject, .recovered, at: now)
    }

    mutating func wait(until time: String) { wait(until: instant(time)) }

    /// Lets time pass, stopping wherever something is due.
    mutating func wait(until wall: Int64) {
        while let next = nextWall, next <= wall {
            now = now.advanced(milliseconds: max(0, next - now.wallMilliseconds))
            restart()
            for id in planner.announcements.keys.sorted() {
                guard let subject = open[id] else { continue }
                notices += planner.advance(subject, at: now)
            }
            notices += planner.releaseHeld(at: now).notices
        }
        now = now.advanced(milliseconds: wall - now.wallMilliseconds)
    }

    private var nextWall: Int64? {
        let steps = open.keys.compactMap { planner.nextStepUptimeMilliseconds($0) }
            .map { now.wallMilliseconds + $0 - now.uptimeMilliseconds }
        return (steps + [planner.heldUntilWallMilliseconds].compactMap(\.self)).min()
    }

    private mutating func restart() {
        guard restarts else { return }
        let rows = planner.announcements.values.sorted { $0.occurrence < $1.occurrence }
        let kept = rows.compactMap { try? JSONEncoder().encode($0) }
            .compactMap { try? JSONDecoder().decode(AnnouncementMemory.self, from: $0) }
        #expect(kept == rows)
        planner = NoticePlanner(
            site: Self.site, routes: routes, directory: directory, catalog: MessageCatalog([:]),
            announcements: kept)
    }

    /// Every message so far: when, what, by which way, to whom.
    var told: [String] {
        notices.map { notice in
            let time = shanghai.readable(notice.decidedWallMilliseconds).dropFirst(5).dropLast(3)
            return "\(time) \(notice.occurrence) \(notice.kind.rawValue) \(notice.channel)"
                + " \(notice.recipient?.name ?? "-")"
        }
    }
}

private func step(
    _ minutes: Int64, unlessAcknowledged: Bool = false, _ parties: [Party], via: [ChannelID] = ["hook"]
) -> Route.Step {
    Route.Step(
        afterMilliseconds: minutes * 60_000, isSkippedWhenAcknowledged: unlessAcknowledged, parties: parties,
        channels: via)
}

private let night = QuietHours(
    WeeklyHours(DailySpan(fromMinutes: 22 * 60, toMinutes: 7 * 60), zone: shanghai))

@Suite struct RouteTests {
    @Test func `the first route that suits an alarm is taken, the rule's own before, default last`() {
        let work = WeeklyHours(DailySpan(days: [4], fromMinutes: 480, toMinutes: 1080), zone: shanghai)
        let matches: [(String, RouteMatch)] = [
            ("life", RouteMatch(priorities: [.p1])), ("lifts", RouteMatch(classes: [.lift])),
            ("north", RouteMatch(labels: ["owner": "north"], hours: work)),
            ("rules", RouteMatch(rules: ["pump.*", "x"])), ("basement", RouteMatch(locations: ["B3"])),
        ]
        let routes =
            [Route(id: "default", steps: [step(0, [])])]
            + matches.map { Route(id: $0.0, steps: [step(0, [])], match: $0.1) }
        let planner = PlannerBench(routes).planner
        func route(
            _ rule: RuleID = "r", _ priority: Priority = .p3, _ asset: AssetID = "P1", named: String? = nil,
            at time: String = "2026-10-01 20:00"
        ) -> String {
            planner.route(rule: rule, priority: priority, asset: asset, named: named, at: instant(time))
        }
        #expect(route("pump.low", .p1) == "life")
        #expect(route("pump.low", .p1, named: "own") == "own")
        #expect(route("pump.low", .p2, "L1") == "lifts")
        #expect(route("pump.low", at: "2026-10-01 17:59") == "north")
        #expect(route("pump.low") == "rules")
        #expect(route("xy") == "basement")
        #expect(route("xy", .p3, "gone") == "default")
        let lift = PlannerBench([Route(id: "b", steps: [step(0, [])], match: RouteMatch(locations: ["B3"]))])
        // B30 is another place than B3.
        #expect(lift.planner.route(rule: "r", priority: .p2, asset: "L1", named: nil, at: 0) == "default")
    }

    @Test func `a step tells whoever is on duty when it is due, each once by each way`() {
        let duty = roster([
            RosterLayer(
                crews: [["wang"], ["li"]], turn: .daily, handoverMinutes: 480, start: day("2026-10-01"))
        ])
        var bench = PlannerBench(
            [
                Route(
                    id: "default",
                    steps: [
                        step(0, [.roster(duty), .person("wang")]),
                        step(10, unlessAcknowledged: true, [.roster(duty), .everybody]),
                    ])
            ], at: "2026-10-02 07:55")
        bench.raise(1)
        bench.wait(until: "2026-10-02 09:00")
        bench.end(1)
        #expect(
            bench.told == [
                "10-02 07:55 1 raise hook wang", "10-02 08:05 1 escalate hook li",
                "10-02 08:05 1 escalate hook wang", "10-02 08:05 1 escalate hook zhao",
                "10-02 09:00 1 clear hook wang", "10-02 09:00 1 clear hook li",
                "10-02 09:00 1 clear hook zhao",
            ])
    }

    @Test func `a hole in a roster swallows no alarm`() {
        let duty = roster([
            RosterLayer(
                crews: [],
                shifts: [.init(DailySpan(fromMinutes: 480, toMinutes: 1080), crews: [["wang"], ["li"]])],
                start: day("2026-10-01"))
        ])
        var bench = PlannerBench(
            [Route(id: "default", steps: [step(0, [.roster(duty)])])], at: "2026-10-01 18:00")
        bench.raise(1)
        #expect(bench.told == ["10-01 18:00 1 raise hook wang", "10-01 18:00 1 raise hook li"])
    }

    @Test func `everybody is told again until somebody acknowledges, and no more often than is said`() {
        let route = Route(
            id: "default",
            steps: [
                step(0, [.person("wang")]), step(0, [], via: ["mqtt"]),
                step(5, unlessAcknowledged: true, [.person("li")]),
            ], repetition: .init(everyMilliseconds: 600_000, most: 3))
        let directory = NoticeDirectory(machines: ["mqtt"])
        var bench = PlannerBench([route], directory)
        bench.raise(1)
        bench.wait(until: "2026-10-01 15:00")
        #expect(
            bench.told.dropFirst(3) == [
                "10-01 12:15 1 escalate hook wang", "10-01 12:15 1 escalate hook li",
                "10-01 12:25 1 escalate hook wang", "10-01 12:25 1 escalate hook li",
                "10-01 12:35 1 escalate hook wang", "10-01 12:35 1 escalate hook li",
            ])
        #expect(Set(bench.notices.map(\.id)).count == bench.notices.count)
        bench = PlannerBench([route], directory)
        bench.raise(1)
        bench.wait(until: "2026-10-01 12:16")
        bench.acknowledge(1)
        bench.wait(until: "2026-10-01 15:00")
        #expect(bench.told.last == "10-01 12:15 1 escalate hook li")
    }

    @Test func `repetitions that were missed are made up for once`() {
        var bench = PlannerBench([
            Route(
                id: "default", steps: [step(0, [.person("wang")])],
                repetition: .init(everyMilliseconds: 600_000, most: 6))
        ])
        bench.raise(1)
        bench.now = bench.now.advanced(milliseconds: 35 * 60_000)
        bench.wait(until: "2026-10-01 12:35")
        #expect(bench.told == ["10-01 12:00 1 raise hook wang", "10-01 12:35 1 escalate hook wang"])
        bench.wait(until: "2026-10-01 14:00")
        #expect(bench.told.count == 5)
    }

    @Test
    func `what can wait is told in one message in the morning, over or not; what cannot goes out at once`() {
        let route = Route(id: "default", steps: [step(0, [.person("wang")])], quietHours: night)
        var bench = PlannerBench([route], at: "2026-10-01 21:00")
        bench.raise(1, .p4)  // told in the evening, over in the night
        bench.wait(until: "2026-10-01 23:00")
        bench.raise(2, .p3)
        bench.raise(3, .p2)
        bench.raise(4, .p4)
        bench.end(1)
        bench.end(3)
        bench.wait(until: "2026-10-02 01:00")
        bench.end(2)
        bench.wait(until: "2026-10-02 09:00")
        bench.end(4)
        #expect(
            bench.told == [
                "10-01 21:00 1 raise hook wang", "10-01 23:00 3 raise hook wang",
                "10-01 23:00 3 clear hook wang",
                "10-02 07:00 1 digest hook wang", "10-02 09:00 4 clear hook wang",
            ])
        let digest = bench.notices[3]
        #expect(digest.priority == .p3)
        #expect(bench.planner.announcements.isEmpty)
        #expect(bench.planner.heldUntilWallMilliseconds == nil)
    }

    @Test func `the digest says what is over and what is still there`() throws {
        let texts = [
            "notice.quiet.title": "{count}/{open}", "notice.quiet.why": "why",
            "notice.flood.line": "{text} holds", "notice.flood.line-over": "{text} over",
            "notice.flood.line-ended": "{text} ended", "notice.flood.more": "more",
        ]
        var bench = PlannerBench(
            [Route(id: "default", steps: [step(0, [.person("wang")])], quietHours: night)],
            at: "2026-10-01 21:00")
        bench.planner = NoticePlanner(
            site: PlannerBench.site, routes: bench.routes, catalog: MessageCatalog([.en: texts]),
            announcements: [])
        bench.raise(1, .p4)
        bench.wait(until: "2026-10-01 23:00")
        bench.raise(2, .p4)
        bench.raise(3, .p3)
        bench.end(1)
        bench.end(2)
        bench.wait(until: "2026-10-02 08:00")
        let digest = try #require(bench.notices.last)
        #expect(digest.title == "2/1")
        #expect(digest.body == "why\nalarm 3 holds\nalarm 1 ended\nalarm 2 over")
    }

    @Test func `an alarm that gets worse in the night is told at once, and not again in the morning`() {
        let route = Route(id: "default", steps: [step(0, [.person("wang")])], quietHours: night)
        var bench = PlannerBench([route], at: "2026-10-01 23:00")
        bench.raise(1, .p3)
        #expect(bench.told.isEmpty)
        guard let known = bench.open[OccurrenceID(1)] else { return }
        var worse = known.occurrence
        worse.priority = .p1
        let subject = NoticePlanner.Subject(
            occurrence: worse, isAcknowledged: false, isQuiet: false, order: nil)
        bench.open[OccurrenceID(1)] = subject
        bench.notices += bench.planner.announce(subject, route: "default", again: true, at: bench.now)
        bench.wait(until: "2026-10-02 09:00")
        #expect(bench.told == ["10-01 23:00 1 raise hook wang"])
    }

    @Test
    func `people are told what they want to hear of by the ways they want, what may cost a life always`() {
        let directory = NoticeDirectory(
            preferences: [
                "wang": Preference(priorities: [.p1, .p2]), "li": Preference(channels: ["sms", "mail"]),
                "zhao": Preference(channels: ["voice"], quietHours: night),
            ], contacts: ["acme": ["zhao"]])
        let route = Route(
            id: "default",
            steps: [step(0, [.person("wang"), .person("li"), .contractor(nil)], via: ["hook", "sms"])])
        var bench = PlannerBench([route], directory, at: "2026-10-01 23:00")
        bench.raise(1, .p3)
        #expect(bench.told == ["10-01 23:00 1 raise sms li"])
        bench.raise(2, .p1)
        #expect(
            bench.told.dropFirst() == [
                "10-01 23:00 2 raise hook wang", "10-01 23:00 2 raise hook zhao",
                "10-01 23:00 2 raise sms wang",
                "10-01 23:00 2 raise sms li", "10-01 23:00 2 raise sms zhao",
            ])
        bench.wait(until: "2026-10-02 07:00")
        #expect(bench.told.suffix(2) == ["10-02 07:00 1 digest hook zhao", "10-02 07:00 1 digest sms zhao"])
    }

    @Test func `quiet hours end where the next ones of another do not begin`() {
        let early = QuietHours(
            WeeklyHours(DailySpan(fromMinutes: 20 * 60, toMinutes: 23 * 60), zone: shanghai))
        var bench = PlannerBench(
            [Route(id: "default", steps: [step(0, [.person("wang")], via: ["hook"])], quietHours: night)],
            NoticeDirectory(preferences: ["wang": Preference(quietHours: early)]), at: "2026-10-01 20:30")
        bench.raise(1, .p4)
        bench.wait(until: "2026-10-02 12:00")
        #expect(bench.told == ["10-02 07:00 1 digest hook wang"])
    }

    @Test func `quiet hours keep to the clock on the wall where it is put forward or back`() {
        for (zone, evening, hours) in [
            (newYork, "2026-03-07 22:00", 8), (newYork, "2026-10-31 22:00", 10),
        ] {
            let quiet = QuietHours(
                WeeklyHours(DailySpan(fromMinutes: 22 * 60, toMinutes: 7 * 60), zone: zone))
            let start = instant(evening, zone)
            #expect(quiet.end(of: .p4, at: start) == start + Int64(hours) * 3_600_000)
            #expect(quiet.end(of: .p4, at: start - 1) == nil)
            #expect(quiet.end(of: .p2, at: start) == nil)
        }
        let howe = QuietHours(WeeklyHours(DailySpan(fromMinutes: 90, toMinutes: 105), zone: lordHowe))
        let first = instant("2026-04-05 01:30", lordHowe)
        #expect(howe.end(of: .p4, at: first) == first + 15 * 60_000)
        // The second coming of 01:30 is no second quiet time.
        #expect(howe.end(of: .p4, at: first + 30 * 60_000) == nil)
    }

    @Test(arguments: UInt64(1)...80)
    func `an escalation with a restart before everything is the one without`(seed: UInt64) {
        func played(restarts: Bool) -> PlannerBench {
            var random = SeededRandom(seed)
            let duty = roster(
                [
                    RosterLayer(
                        crews: [["wang"], ["li"], ["zhao"]], turn: random.pick([.daily, .shift]),
                        handoverMinutes: 480,
                        shifts: random.chance(50)
                            ? [] : [.init(DailySpan(fromMinutes: 480, toMinutes: 1200))],
                        start: day("2026-09-01"))
                ],
                swaps: [
                    Roster.Swap(
                        absent: "li", substitute: "wang",
                        span: instant("2026-10-02 00:00")..<instant("2026-10-02 12:00"))
                ])
            let parties: [Party] = [.roster(duty), .person("li"), .everybody, .contractor("acme")]
            let routes = (0..<2).map { number in
                Route(
                    id: number == 0 ? "default" : "urgent",
                    steps: (0...random.below(3)).map { index in
                        step(
                            Int64(index * random.below(90)), unlessAcknowledged: random.chance(60),
                            [random.pick(parties), random.pick(parties)],
                            via: random.pick([["hook"], ["hook", "sms"]]))
                    }.sorted { $0.afterMilliseconds < $1.afterMilliseconds },
                    match: number == 0 ? nil : RouteMatch(priorities: [.p1, .p2]),
                    repetition: random.chance(60)
                        ? .init(everyMilliseconds: 1_200_000, most: 1 + random.below(5)) : nil,
                    quietHours: random.chance(60) ? night : nil)
            }
            let directory = NoticeDirectory(
                preferences: [
                    "zhao": Preference(
                        priorities: [.p1, .p2, .p3], quietHours: random.chance(50) ? night : nil),
                    "li": Preference(channels: ["sms"]),
                ], contacts: ["acme": ["zhao"]])
            var bench = PlannerBench(routes, directory, at: "2026-10-01 18:00")
            bench.restarts = restarts
            var last: Int64 = 0
            for _ in 0..<25 {
                switch random.below(4) {
                case 0, 1:
                    last += 1
                    bench.raise(last, random.pick(Priority.allCases))
                case 2: bench.acknowledge(Int64(random.below(Int(last) + 1)))
                default: bench.end(Int64(random.below(Int(last) + 1)))
                }
                bench.wait(until: bench.now.wallMilliseconds + Int64(random.below(120)) * 60_000)
            }
            bench.wait(until: bench.now.wallMilliseconds + 2 * 86_400_000)
            return bench
        }
        let whole = played(restarts: false)
        let broken = played(restarts: true)
        #expect(whole.notices == broken.notices)
        #expect(!whole.notices.isEmpty)
        #expect(Set(whole.notices.map(\.id)).count == whole.notices.count)
        expectPromises(of: whole)
    }

    /// Whatever was told is over by a clear or a digest; nothing urgent waits; nobody is woken by what can wait.
    private func expectPromises(of bench: PlannerBench) {
        for notice in bench.notices where notice.kind == .digest { #expect(notice.priority >= .p3) }
        let quiet = bench.routes.first { $0.id == "default" }?.quietHours
        for notice in bench.notices where notice.priority >= .p3 && notice.kind != .digest {
            guard let quiet else { continue }
            #expect(quiet.end(of: notice.priority, at: notice.decidedWallMilliseconds) == nil)
        }
    }
}
