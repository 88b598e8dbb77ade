import Alarms
import Engine
import Facility
import Notices
import Testing

/// Each alarm about the daemon itself with what raises it and what ends it.
@Suite struct SelfAlarmCauseTests {
    private func conditions(_ change: (inout SelfFacts) -> Void) -> [SelfCondition] {
        var facts = SelfFacts()
        change(&facts)
        return SelfAlarm.conditions(of: facts)
    }

    private func state(_ bench: EngineBench, _ name: String) throws -> AlarmState {
        bench.engine.state(of: try #require(SelfAlarm.all.first { $0.name == name }).key)
    }

    /// What raises an alarm and after how many seconds, and what ends it and after how many.
    struct Cause: Sendable, CustomTestStringConvertible {
        let name: String
        let raise: @Sendable (inout SelfFacts) -> Void
        var raiseSeconds: Int64 = 0
        /// What does not raise it, and does not end it either.
        var between: (@Sendable (inout SelfFacts) -> Void)?
        let clear: @Sendable (inout SelfFacts) -> Void
        var clearSeconds: Int64 = 0

        var testDescription: String { name }
    }

    static func channel(_ waited: Int64, attempts: Int, isGivenUp: Bool = false) -> SelfFacts.FailingChannel {
        SelfFacts.FailingChannel(
            channel: "hook", title: "P2 low", waitedMilliseconds: waited, attempts: attempts,
            isGivenUp: isGivenUp, reason: nil)
    }

    static func sign(_ way: String, _ failures: Int?) -> SelfFacts.SignOfLife {
        SelfFacts.SignOfLife(way: way, failures: failures, reason: nil)
    }

    static func certificate(days: Double) -> SelfFacts.Certificate {
        SelfFacts.Certificate(
            file: "ca.pem", lastDay: CivilDate(dayNumber: 20_000),
            remainingMilliseconds: Int64(days * 86_400_000))
    }

    static let causes = [
        Cause(
            name: "queue-backing-up", raise: { ($0.waitingSamples, $0.replacedLately) = (40_000, 0) },
            between: { ($0.waitingSamples, $0.replacedLately) = (20_000, 0) },
            clear: { ($0.waitingSamples, $0.replacedLately) = (10, 0) }, clearSeconds: 30),
        Cause(
            name: "queue-backing-up", raise: { ($0.waitingSamples, $0.replacedLately) = (0, 1) },
            clear: { ($0.waitingSamples, $0.replacedLately) = (0, 0) }, clearSeconds: 30),
        Cause(
            name: "engine-lagging", raise: { $0.reactionMilliseconds = 1000 }, raiseSeconds: 30,
            between: { $0.reactionMilliseconds = 700 }, clear: { $0.reactionMilliseconds = 80 },
            clearSeconds: 30),
        Cause(
            name: "ledger-slow", raise: { $0.commitMilliseconds = 1500 }, raiseSeconds: 30,
            between: { $0.commitMilliseconds = 999 }, clear: { $0.commitMilliseconds = 3 },
            clearSeconds: 30),
        Cause(
            name: "channel-failing", raise: { $0.failingChannels = [channel(30_000, attempts: 2)] },
            clear: { $0.failingChannels = [channel(29_999, attempts: 9)] }),
        Cause(
            name: "channel-failing",
            raise: { $0.failingChannels = [channel(0, attempts: 1, isGivenUp: true)] },
            clear: { $0.failingChannels = [] }),
        Cause(
            name: "sign-of-life-missing",
            raise: { $0.signsOfLife = [sign("mail", 0), sign("hc.example.com", 2)] },
            between: { $0.signsOfLife = [sign("mail", nil), sign("hc.example.com", 0)] },
            clear: { $0.signsOfLife = [sign("mail", 0), sign("hc.example.com", 0)] }),
        Cause(
            name: "sign-of-life-missing", raise: { $0.signsOfLife = [sign("mail", 3)] },
            between: { $0.signsOfLife = [sign("mail", 1)] }, clear: { $0.signsOfLife = [] }),
        Cause(
            name: "outbox-old", raise: { $0.oldestNoticeMilliseconds = 900_000 },
            clear: { $0.oldestNoticeMilliseconds = 899_999 }),
        Cause(
            name: "configuration-refused",
            raise: { $0.configurationProblems = [.init(place: "site.yaml:1:1", message: Message("x"))] },
            clear: { $0.configurationProblems = [] }),
        Cause(
            name: "certificate-expiring", raise: { $0.certificates = [certificate(days: 29.9)] },
            clear: { $0.certificates = [certificate(days: 30.1)] }),
        Cause(
            name: "certificate-ending", raise: { $0.certificates = [certificate(days: -3)] },
            clear: { $0.certificates = [certificate(days: 7.1)] }),
        Cause(
            name: "ledger-large", raise: { $0.ledgerBytes = 2 << 30 },
            between: { $0.ledgerBytes = 2_000_000_000 },
            clear: { $0.ledgerBytes = 1 << 30 }),
        Cause(
            name: "history-behind", raise: { $0.isHistorySealing = false }, raiseSeconds: 7200,
            clear: { $0.isHistorySealing = true }),
        Cause(
            name: "plans-neglected", raise: { $0.neglectedPlans = ["lift-visit/L1"] },
            clear: { $0.neglectedPlans = [] }),
        Cause(
            name: "holidays-unknown", raise: { $0.unknownHolidays = ["cn/2027"] },
            clear: { $0.unknownHolidays = [] }),
    ]

    @Test(arguments: causes)
    func `it is raised once by its cause, over restarts too, and ends with it`(_ cause: Cause) throws {
        var bench = EngineBench()
        bench.step([], conditions: conditions(cause.clear))
        bench.wait(7200)
        #expect(try state(bench, cause.name) == .normal)
        bench.step([], conditions: conditions(cause.raise))
        if cause.raiseSeconds > 0 {
            bench.wait(cause.raiseSeconds - 1)
            #expect(try state(bench, cause.name) == .normal)
            bench.wait(1)
        }
        #expect(try state(bench, cause.name) == .unacknowledged)
        bench.step([], conditions: conditions(cause.raise))
        bench.restart()
        bench.step([], conditions: conditions { _ in })
        bench.wait(60)
        bench.step([], conditions: conditions(cause.raise))
        if let between = cause.between {
            bench.step([], conditions: conditions(between))
            bench.wait(7200)
        }
        #expect(try state(bench, cause.name) == .unacknowledged)
        let key = try #require(SelfAlarm.all.first { $0.name == cause.name }).key
        #expect(bench.journal.filter { $0.key == key && $0.kind == .raised }.count == 1)
        #expect(bench.all.flatMap(\.notices).filter { $0.key == key && $0.kind == .raise }.count == 1)
        bench.step([], conditions: conditions(cause.clear))
        bench.wait(cause.clearSeconds)
        #expect(try state(bench, cause.name) == .normal)
        if let between = cause.between {
            bench.step([], conditions: conditions(between))
            bench.wait(7200)
            #expect(try state(bench, cause.name) == .normal)
        }
    }

    @Test func `a damaged ledger stays until somebody knows of it`() throws {
        var bench = EngineBench()
        bench.step([], conditions: conditions { $0.ledgerFindings = ["row 3 missing from index"] })
        #expect(try state(bench, "ledger-damaged") == .unacknowledged)
        bench.step([], conditions: conditions { $0.ledgerFindings = [] })
        #expect(try state(bench, "ledger-damaged") == .returned)
        let occurrence = try #require(bench.engine.openOccurrences.first)
        #expect(bench.command(.acknowledge(occurrence.id))?.refusal == nil)
        #expect(try state(bench, "ledger-damaged") == .normal)
    }

    /// Whether facts raise an alarm and whether they end it.
    private func verdict(_ name: String, _ change: (inout SelfFacts) -> Void) throws -> [Bool?] {
        let found = try #require(conditions(change).first { $0.alarm == name })
        return [found.raise, found.clear]
    }

    @Test func `every limit lies where it says`() throws {
        for (name, days) in [("certificate-expiring", 30.0), ("certificate-ending", 7.0)] {
            #expect(try verdict(name) { $0.certificates = [Self.certificate(days: days)] } == [false, true])
            let before = days - 1 / 86_400_000.0
            #expect(
                try verdict(name) { $0.certificates = [Self.certificate(days: before)] } == [true, false])
        }
        for (waiting, replaced, expected) in [
            (32_767, 0, [false, false]), (32_768, 0, [true, false]), (8192, 0, [false, false]),
            (8191, 0, [false, true]), (0, 1, [true, false]),
        ] as [(Int, UInt64, [Bool])] {
            let found = try verdict("queue-backing-up") {
                ($0.waitingSamples, $0.replacedLately) = (waiting, replaced)
            }
            #expect(found == expected, "\(waiting) wait, \(replaced) replaced")
        }
    }

    @Test func `one try that failed is no failing channel, however long ago it was`() throws {
        for (waited, attempts, isFailing) in [(3_600_000, 1, false), (30_000, 2, true), (29_999, 2, false)] {
            let found = try verdict("channel-failing") {
                $0.failingChannels = [Self.channel(Int64(waited), attempts: attempts)]
            }
            #expect(found == [isFailing, !isFailing], "\(attempts) tries in \(waited) ms")
        }
    }

    @Test func `of several certificates the one that ends first is named`() throws {
        let certificates = [(20.0, "b.pem"), (3.0, "c.pem"), (90.0, "a.pem")].map { days, file in
            SelfFacts.Certificate(
                file: file, lastDay: CivilDate(dayNumber: 20_000),
                remainingMilliseconds: Int64(days * 86_400_000))
        }
        let found = conditions { $0.certificates = certificates }
            .first { $0.alarm == "certificate-expiring" }
        #expect(found?.arguments["file"] == .text("c.pem"))
        #expect(found?.arguments["count"] == .text("2"))
    }

    @Test func `a counter that begins anew counts on from there`() {
        var count = RecentCount(from: 9)
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        #expect(count.note(2, at: now) == 0)
        #expect(count.note(4, at: now) == 2)
    }

    @Test func `of more times than are remembered the newest count`() {
        var times = RecentTimes()
        for _ in 0..<RecentTimes.limit { times.note(9000, at: 0) }
        for _ in 0..<RecentTimes.limit { times.note(3, at: 1) }
        #expect(times.percentile99(at: 2) == 3)
    }

    @Test func `every one has a test here or beside it`() {
        let others: Set = [
            "disk-filling", "disk-nearly-full", "history-fault", "history-damaged", "clock-untrusted",
            "ledger-damaged",
        ]
        let tested = Set(Self.causes.map(\.name)).union(others)
        #expect(Set(SelfAlarm.all.map(\.name)) == tested)
    }

    @Test func `times of the last minute, all but one in a hundred`() {
        var times = RecentTimes()
        #expect(times.percentile99(at: 0) == nil)
        for index in Int64(0)..<100 { times.note(index == 50 ? 9000 : 5, at: index * 10) }
        #expect(times.percentile99(at: 1000) == 5)
        times.note(8000, at: 1000)
        #expect(times.percentile99(at: 1000) == 8000)
        #expect(times.percentile99(at: 60_999) == 8000)
        #expect(times.percentile99(at: 61_000) == nil)
        for index in Int64(0)..<10_000 { times.note(1, at: 70_000 + index) }
        #expect(times.percentile99(at: 80_000) == 1)
    }
}
