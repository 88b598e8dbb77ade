import Facility
import Foundation
import Testing

@testable import Rules

@Suite struct BaselineTests {
    private static let start = Moment(wallMilliseconds: 0, uptimeMilliseconds: 1_000_000)

    /// Noise of mean 50 and deviation 2, from sums of twelve.
    private static func noise(_ random: inout SplitMix) -> Double {
        let sum = (0..<12).reduce(0.0) { total, _ in total + Double(random.next() % 1_000_000) / 1_000_000 }
        return 50 + 2 * (sum - 6)
    }

    private func player(_ expression: String, coverage: Double = 0.8) throws -> WindowPlayer {
        try #require(WindowPlayer(expression, point: "current", coverage: coverage))
    }

    @Test func `it is unknown until enough was learnt, then it counts in deviations`() throws {
        var random = SplitMix(1)
        var player = try player("baseline(current, learn: 1000s)")
        var now = Self.start
        for second in 0..<1000 {
            let said = player.look(.some(.number(Self.noise(&random))), at: now)
            #expect((said == nil) == (second < 800))
            now = now.advanced(milliseconds: 1000)
        }
        for (value, deviations) in [(50.0, 0.0), (54, 2), (44, -3), (70, 10)] {
            let said = player.look(.some(.number(value)), at: now)
            #expect(abs((said ?? .nan) - deviations) < 0.5 + abs(deviations) / 10)
        }
        #expect(player.look(.some(nil), at: now) == nil)
    }

    @Test func `it follows what drifts slowly and nothing that it flags`() throws {
        var random = SplitMix(2)
        var player = try player("baseline(current, learn: 1000s)")
        var now = Self.start
        var flagged = 0
        // Three deviations in 20 spans: slower than it can follow.
        for second in 0..<21_000 {
            let drift = second < 1000 ? 0 : 6 * Double(second - 1000) / 20_000
            let said = player.look(.some(.number(Self.noise(&random) + drift)), at: now)
            if let said, abs(said) > 4 { flagged += 1 }
            now = now.advanced(milliseconds: 1000)
        }
        #expect(flagged < 20)
        // A step that stays is flagged for as long as it stays.
        for _ in 0..<10_000 {
            let said = player.look(.some(.number(Self.noise(&random) + 6 + 16)), at: now)
            #expect((said ?? 0) > 4)
            now = now.advanced(milliseconds: 1000)
        }
        let back = player.look(.some(.number(56)), at: now)
        #expect(abs(back ?? .nan) < 3)
    }

    @Test func `values count by the time they hold, and asking in between changes nothing`() throws {
        var seldom = try player("baseline(current, learn: 100s)")
        var often = try player("baseline(current, learn: 100s)")
        var random = SplitMix(3)
        var now = Self.start
        for _ in 0..<300 {
            let value = Value.number(Double(random.next() % 10))
            let said = (seldom.look(.some(value), at: now), often.look(.some(value), at: now))
            #expect((said.0 == nil) == (said.1 == nil))
            #expect(abs((said.0 ?? 0) - (said.1 ?? 0)) < 1e-6)
            for _ in 0..<Int(1 + random.next() % 5) {
                now = now.advanced(milliseconds: 700)
                _ = often.look(.none, at: now)
            }
        }
    }

    @Test func `what was learnt survives a restart, unknown time teaches nothing`() throws {
        var random = SplitMix(4)
        var player = try player("baseline(current, learn: 500s)")
        var now = Self.start
        for second in 0..<600 {
            _ = player.look(.some(.number(Self.noise(&random))), at: now)
            if second % 50 == 17 {
                let kept = player.instance.kept(player.slots, at: now)
                player.restart(
                    try WindowFunctionTests.roundTrip(kept), at: now.advanced(milliseconds: 9_000_000))
                now = now.advanced(milliseconds: 9_000_000)
            }
            now = now.advanced(milliseconds: 1000)
        }
        let said = player.look(.some(.number(70)), at: now)
        #expect(abs((said ?? .nan) - 10) < 1.5)
    }

    @Test func `a value that never moved does not flag its last digit`() throws {
        var player = try player("baseline(current, learn: 100s)")
        _ = player.look(.some(.number(32)), at: Self.start)
        #expect(player.recheck == Self.start.uptimeMilliseconds + 5000)
        let now = Self.start.advanced(milliseconds: 100_000)
        #expect(player.look(.some(.number(32)), at: now) == 0)
        #expect(abs(player.look(.some(.number(32.01)), at: now) ?? .nan) < 0.5)
        #expect((player.look(.some(.number(35)), at: now) ?? 0) > 50)
    }

    @Test func `with a condition only the time while it holds counts`() throws {
        var player = try player("baseline(current, learn: 100s, when: current > 1 A)")
        var now = Self.start
        for second in 0..<300 {
            let isRunning = second % 3 == 0
            let said = player.look(.some(.number(isRunning ? 10 + Double(second % 2) : 0)), at: now)
            if !isRunning { #expect(said == nil) }
            if isRunning { #expect((said == nil) == (second < 240)) }
            now = now.advanced(milliseconds: 1000)
        }
        #expect(abs(player.look(.some(.number(10.5)), at: now) ?? .nan) < 0.5)
    }

    @Test(arguments: [
        ("baseline(current) > 3", "rule.needs-learn@0"),
        ("baseline(current, 7d) > 3", "rule.argument-count@0"),
        ("baseline(current, learn: 5 A) > 3", "rule.needs-duration@25"),
        ("baseline(running, learn: 7d) > 3", "rule.needs-number@9"),
        ("baseline(current, learn: 7d, when: current) > 3", "rule.needs-condition@35"),
        ("baseline(current, learn: 7d, learn: 7d) > 3", "rule.unknown-argument@29"),
        ("baseline(current, learn: 7d) > 3 A", "rule.missing-unit@0"),
    ])
    func `what is wrong is told at its place`(written: String, complaint: String) {
        #expect(RuleBench().complaints(written) == [complaint])
    }

    @Test func `history teaches what was not learnt yet`() throws {
        let player = try player("baseline(current, learn: 500s)")
        let point = try #require(RuleBench().site.point("P1.current"))
        var random = SplitMix(6)
        let now = Self.start
        var warmup = try #require(player.instance.warmup(player.slots, at: now) { _ in nil })
        for second in 0..<490 {
            let at = now.wallMilliseconds - 490_000 + Int64(second) * 1000
            warmup.take(Sample(point, .number(Self.noise(&random)), at: at))
        }
        warmup.finish(watchedUntilWallMilliseconds: now.wallMilliseconds)
        var late = player
        #expect(late.look(.some(.number(70)), at: now) == nil)
        late.warm(warmup)
        #expect(abs((late.look(.some(.number(70)), at: now) ?? .nan) - 10) < 1.5)
        #expect(late.instance.warmup(late.slots, at: now) { _ in nil } == nil)
    }
}
