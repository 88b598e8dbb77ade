import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

@Suite struct BacktestTests {
    private static let start: Int64 = 1_772_323_200_000

    private func report(
        _ rule: RuleDefinition, _ pressure: [(second: Int64, value: Double)], until end: Int64,
        stand: Backtest.Stand = .nobody
    ) -> BacktestReport {
        let rules = RuleSet.compile([rule], for: EngineBench.site).rules
        var backtest = Backtest(
            site: EngineBench.site, rules: rules, routes: [EngineBench.route], catalog: EngineBench.catalog,
            from: Self.start, stand: stand)
        guard let point = EngineBench.site.point("P1.pressure") else { return backtest.finish(at: 0) }
        for (second, value) in pressure {
            backtest.take(Sample(point, .number(value), at: Self.start + second * 1000))
        }
        return backtest.finish(at: Self.start + end * 1000)
    }

    @Test func `counts activations, the time they held, messages and orders`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 10_000, order: .init())
        // Low for 100 s, for 5 s (too short), and from 1000 s on.
        let found = report(
            rule, [(0, 0.4), (100, 0.1), (200, 0.4), (300, 0.1), (305, 0.4), (1000, 0.1)], until: 1500)
        let line = found.lines[0]
        #expect(line.rule == "pump.low")
        #expect(line.activations == 2)
        #expect(line.activeMilliseconds == 90_000 + 490_000)
        #expect(line.messages == ["hook": 4])
        #expect(line.orders == 1)
        #expect(line.firstWallMilliseconds == Self.start + 110_000)
        #expect(line.lastWallMilliseconds == Self.start + 1_010_000)
        #expect(line.assets == ["P1": 2])
        #expect(found.samples == 6)
        #expect(found.activations.map(\.clearedWallMilliseconds) == [Self.start + 200_000, nil])
        #expect(
            found.activations.map(\.beganWallMilliseconds) == [Self.start + 100_000, Self.start + 1_000_000])
    }

    @Test func `an order is one until somebody does it`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", order: .init())
        let values = (0..<6).map { (second: Int64($0) * 100, value: $0 % 2 == 0 ? 0.1 : 0.4) }
        #expect(report(rule, values, until: 900).lines[0].orders == 1)
        #expect(report(rule, values, until: 900, stand: .attentive).lines[0].orders == 3)
    }

    @Test func `chattering and fleeting are counted, and the flood that they make`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        // 30 activations of 2 s, one every 10 s, then quiet, then 3 within a minute.
        var values = (0..<30).flatMap { [($0 * 10, 0.1), ($0 * 10 + 2, 0.4)] }
        values += [(2000, 0.1), (2002, 0.4), (2020, 0.1), (2022, 0.4), (2040, 0.1), (2042, 0.4)]
        let found = report(rule, values.map { (second: Int64($0.0), value: $0.1) }, until: 4000)
        let line = found.lines[0]
        #expect(line.activations == 33)
        #expect(line.chatterEpisodes == 2)
        #expect(line.fleeting == 33)
        #expect(line.mostInTenMinutes == 30)
        #expect(found.mostInTenMinutes == 30)
        #expect(found.averageInTenMinutes == 33 * 600.0 / 4000)
        // It begins with the 11th at 100 s and ends when the 26th, at 250 s, is ten minutes old.
        #expect(found.floodShare == (850.0 - 100) / 4000)
    }

    /// Pressures that are low for a second from each of some times on.
    private func dips(_ seconds: [Int64]) -> [(second: Int64, value: Double)] {
        seconds.flatMap { [(second: $0, value: 0.1), (second: $0 + 1, value: 0.4)] }
    }

    @Test func `what is over in less than ten seconds is fleeting, and what takes ten is not`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        let found = report(rule, [(100, 0.1), (109, 0.4), (200, 0.1), (210, 0.4)], until: 900)
        #expect(found.lines[0].fleeting == 1)
    }

    @Test(arguments: [(60, 1), (61, 0)])
    func `three activations chatter if they come within a minute, as on the site`(
        third: Int64, episodes: Int
    ) {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        #expect(report(rule, dips([0, 30, third]), until: 900).lines[0].chatterEpisodes == episodes)
    }

    @Test func `a chatter that is over leaves nothing to the next one, as on the site`() {
        var rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        rule.chatter = .init(activations: 3, withinMilliseconds: 60_000, quietMilliseconds: 20_000)
        let seconds: [Int64] = [0, 5, 10, 35, 40]
        #expect(report(rule, dips(seconds), until: 900).lines[0].chatterEpisodes == 1)
        #expect(report(rule, dips(seconds + [45]), until: 900).lines[0].chatterEpisodes == 2)
        var bench = EngineBench([rule])
        for second in 0..<60 {
            bench.read([("P1.pressure", .number((seconds + [45]).contains(Int64(second)) ? 0.1 : 0.4))])
            bench.wait(1)
            let begun = bench.journal.count { $0.kind == .chattering }
            #expect(begun == (second < 10 ? 0 : second < 45 ? 1 : 2))
        }
    }

    @Test(arguments: [(599, true), (600, false)])
    func `eleven activations are a flood if they come within less than ten minutes, as on the site`(
        last: Int64, isFlood: Bool
    ) {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        let found = report(rule, dips((0..<10).map { $0 * 50 } + [last]), until: 4000)
        #expect((found.floodShare > 0) == isFlood)
    }

    @Test func `what is kept quiet is counted as that, and makes neither chatter nor load nor flood`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", activeIf: "pressure > 0.15 MPa")
        let found = report(rule, dips((0..<20).map { $0 * 10 }), until: 4000)
        let line = found.lines[0]
        #expect((line.activations, line.quietActivations) == (20, 20))
        #expect((line.chatterEpisodes, line.mostInTenMinutes, found.mostInTenMinutes) == (0, 0, 0))
        #expect((found.averageInTenMinutes, found.floodShare) == (0, 0))
        #expect(line.messages.isEmpty)
    }

    @Test func `another version of a rule adds, removes and moves activations`() {
        let values = [(0, 0.4), (100, 0.1), (103, 0.4), (200, 0.1), (300, 0.4), (400, 0.19), (500, 0.4)].map {
            (second: Int64($0.0), value: $0.1)
        }
        let old = report(EngineBench.rule("pump.low", "pressure < 0.2 MPa"), values, until: 900)
        let same = BacktestDifference(old: old, new: old).lines[0]
        #expect((same.same, same.added.count, same.removed.count, same.moved.count) == (3, 0, 0, 0))
        let later = report(
            EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 5000), values, until: 900)
        let delayed = BacktestDifference(old: old, new: later).lines[0]
        #expect(
            (delayed.same, delayed.added.count, delayed.removed.count, delayed.moved.count) == (0, 0, 1, 2))
        #expect(delayed.moved.first?.new.raisedWallMilliseconds == Self.start + 205_000)
        let stricter = report(EngineBench.rule("pump.low", "pressure < 0.15 MPa"), values, until: 900)
        let lost = BacktestDifference(old: old, new: stricter).lines[0]
        #expect((lost.same, lost.removed.count) == (2, 1))
        #expect(BacktestDifference(old: stricter, new: old).lines[0].added.count == 1)
    }

    @Test func `an activation that another version still waits for, or ends later, is moved`() {
        let values = [(0, 0.4), (90, 0.22), (100, 0.1), (105, 0.22), (200, 0.4)].map {
            (second: Int64($0.0), value: $0.1)
        }
        let old = report(EngineBench.rule("pump.low", "pressure < 0.2 MPa"), values, until: 900)
        let wider = report(
            EngineBench.rule("pump.low", "pressure < 0.25 MPa", raise: 20_000), values, until: 900)
        let line = BacktestDifference(old: old, new: wider).lines[0]
        #expect((line.same, line.added.count, line.removed.count, line.moved.count) == (0, 0, 0, 1))
        let longer = report(EngineBench.rule("pump.low", "pressure < 0.2 MPa", off: 5000), values, until: 900)
        #expect(longer.activations.map(\.raisedWallMilliseconds) == [Self.start + 100_000])
        let ends = BacktestDifference(old: old, new: longer).lines[0]
        #expect((ends.same, ends.added.count, ends.removed.count, ends.moved.count) == (0, 0, 0, 1))
    }

    @Test func `what ends in the very moment its delay is over is not raised, as on the site`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 10_000)
        #expect(report(rule, [(100, 0.1), (110, 0.4)], until: 900).lines[0].activations == 0)
    }

    @Test func `whoever stands in resets what is latched when it is over`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", latch: true)
        let values = [(second: Int64(100), value: 0.1), (500, 0.4), (1000, 0.1)]
        // Raised, escalated and, after the reset at 800 s, over for both; raised and escalated again.
        #expect(report(rule, values, until: 1200, stand: .attentive).lines[0].messages == ["hook": 6])
        #expect(report(rule, values, until: 1200).lines[0].messages == ["hook": 2])
    }

    @Test func `samples that are late count as measured now, and time never goes back`() {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa", raise: 10_000)
        let found = report(rule, [(100, 0.4), (50, 0.1), (105, 0.1)], until: 200)
        #expect(found.lines[0].firstWallMilliseconds == Self.start + 110_000)
    }
}

@Suite struct RuleSuggestionTests {
    private static let start: Int64 = 1_772_323_200_000
    private static let point = EngineBench.site.point("P1.pressure")

    /// What the candidates of a rule make of pressures that are low for these spans, in seconds, and high between.
    private func suggestion(
        low spans: [(from: Int64, to: Int64)], high: Double = 0.4, keep: Int64 = 60
    ) -> RuleSuggestion? {
        let rule = EngineBench.rule("pump.low", "pressure < 0.2 MPa")
        let rules = RuleSet.compile(RuleSuggestion.candidates(of: rule), for: EngineBench.site).rules
        var backtest = Backtest(
            site: EngineBench.site, rules: rules, routes: [], catalog: EngineBench.catalog, from: Self.start)
        guard let point = Self.point else { return nil }
        backtest.take(Sample(point, .number(0.4), at: Self.start))
        for (number, span) in spans.enumerated() {
            backtest.take(Sample(point, .number(0.1), at: Self.start + span.from * 1000))
            let isLast = number + 1 == spans.count || spans[number + 1].from - span.to >= keep
            backtest.take(
                Sample(point, .number(isLast ? 0.4 : high), at: Self.start + span.to * 1000))
        }
        let report = backtest.finish(at: Self.start + 100_000_000)
        return RuleSuggestion(rule, report, keeping: keep * 1000)
    }

    @Test func `a rule whose alarms all last needs nothing`() {
        let found = suggestion(low: [(100, 400), (1000, 1200)])
        #expect(found?.proposal == .nothing)
        #expect(found?.deadband == nil)
    }

    @Test func `what is fleeting is dropped by the smallest delay above it`() {
        let found = suggestion(low: [(100, 104), (300, 312), (1000, 1200)])
        #expect(found?.fleeting == 2)
        #expect(found?.kept == 1)
        #expect(found?.proposal == .delays(raiseMilliseconds: 15_000, clearMilliseconds: 0))
    }

    @Test func `what is tried is the condition alone, without delay, latch, cause or order`() throws {
        var rule = EngineBench.rule(
            "pump.low", "pressure < 0.2 MPa", raise: 5000, off: 30_000, latch: true, order: .init())
        rule.causes = ["power.mains"]
        let bare = try #require(RuleSuggestion.candidates(of: rule).first)
        #expect((bare.raiseDelayMilliseconds, bare.clearDelayMilliseconds) == (0, 0))
        #expect(!bare.isLatching && bare.causes.isEmpty && bare.order == nil)
    }

    @Test func `what is as long as the span to keep lasts, and what is as far away as that is apart`() {
        #expect(suggestion(low: [(100, 160)])?.kept == 1)
        #expect(suggestion(low: [(100, 159)])?.fleeting == 1)
        let apart = suggestion(low: [(100, 150), (210, 300)])
        #expect((apart?.kept, apart?.fleeting) == (1, 1))
        let together = suggestion(low: [(100, 150), (209, 300)])
        #expect((together?.kept, together?.fleeting) == (1, 0))
    }

    @Test func `a delay that is only as long as what it has to drop is not proposed`() {
        let found = suggestion(low: [(100, 110), (1000, 1200)])
        #expect(found?.proposal == .delays(raiseMilliseconds: 15_000, clearMilliseconds: 0))
    }

    @Test func `what chatters is held together by the smallest clear delay above its gaps`() {
        let found = suggestion(low: [(100, 150), (154, 220), (229, 400)], high: 0.203)
        #expect(found?.activations == 3)
        #expect(found?.kept == 1)
        #expect(found?.proposal == .delays(raiseMilliseconds: 0, clearMilliseconds: 10_000))
        // The gaps reach 0.203 MPa: a dead-band of 0.004 MPa is the smallest of those tried that bridges them.
        #expect(found?.deadband == "0.004 MPa")
    }

    @Test func `what lasts in short pieces cannot be told by delays from what does not last`() {
        let pieces = (0..<8).map { (piece: Int64) -> (from: Int64, to: Int64) in
            let start: Int64 = 1000 + piece * 20
            return (from: start, to: start + 10)
        }
        #expect(suggestion(low: [(100, 130)] + pieces)?.proposal == .inseparable)
    }
}
