import Facility
import Testing

@testable import Rules

@Suite struct WarmupTests {
    private static let expressions = [
        ("within(a, 20s)", "a"), ("count(a, 20s)", "a"), ("avg(current, 20s)", "current"),
        ("max(current, 20s)", "current"), ("delta(current, 20s)", "current"),
        ("increase(starts, 20s)", "starts"), ("last(current, 20s)", "current"),
    ]

    /// A rule that watched all along says the same as one that was started late and got the past from history,
    /// while live samples came meanwhile.
    @Test(arguments: expressions, UInt64(0)..<10)
    func `what history fills in is what would have been seen`(_ one: (String, String), seed: UInt64) throws {
        var random = SplitMix(seed)
        var always = try #require(WindowPlayer(one.0, point: one.1))
        var late = try #require(WindowPlayer(one.0, point: one.1))
        let point = try #require(RuleBench().site.point("P1.\(one.1)"))
        var now = Moment(wallMilliseconds: 5_000_000, uptimeMilliseconds: 100_000)
        var history: [Sample] = []
        var total = 0.0
        func next() -> Value? {
            total += Double(random.next() % 3)
            if random.next() % 8 == 0 { return nil }
            return one.1 == "a"
                ? .flag(random.next() % 2 == 0)
                : .number(one.1 == "starts" ? total : Double(random.next() % 9) - 4)
        }
        /// Looks whenever the rule asks for it, as the engine does.
        func idle(_ player: inout WindowPlayer, until end: Moment, _ from: Moment) {
            while let due = player.recheck, due < end.uptimeMilliseconds {
                _ = player.look(.none, at: from.advanced(milliseconds: due - from.uptimeMilliseconds))
            }
        }
        for _ in 0..<40 {
            let value = next()
            _ = always.look(.some(value), at: now)
            history.append(
                value.map { Sample(point, $0, at: now.wallMilliseconds) }
                    ?? Sample(point, failed: .timeout, at: now.wallMilliseconds))
            let before = now
            now = now.advanced(milliseconds: 1 + Int64(random.next() % 1500))
            idle(&always, until: now, before)
        }
        // The late one starts here with nothing, and its first sample comes at once.
        let start = now
        var warmup = try #require(late.instance.warmup(late.slots, at: start) { _ in nil })
        #expect(warmup.points.contains(point))
        for step in 0..<30 {
            let value = step == 0 ? .number(2) : next()
            let sample = one.1 == "a" && step == 0 ? .flag(true) : value
            _ = always.look(.some(sample), at: now)
            _ = late.look(.some(sample), at: now)
            let before = now
            now = now.advanced(milliseconds: 1 + Int64(random.next() % 700))
            idle(&always, until: now, before)
            idle(&late, until: now, before)
            if step == 8 {
                for sample in history { warmup.take(sample) }
                warmup.finish(watchedUntilWallMilliseconds: start.wallMilliseconds)
                late.warm(warmup)
            }
            if step >= 8 {
                let (seen, filled) = (always.look(.none, at: now), late.look(.none, at: now))
                guard (seen == nil) == (filled == nil), abs((seen ?? 0) - (filled ?? 0)) < 1e-9 else {
                    Issue.record("step \(step): \(filled as Any), not \(seen as Any)")
                    return
                }
            }
        }
    }

    @Test func `a value of the past holds no longer than its point is stored`() throws {
        let player = try #require(WindowPlayer("runtime(a, 100s)", point: "a"))
        let point = try #require(RuleBench().site.point("P1.a"))
        let start = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 5_000_000)
        for (hold, until, seconds) in [
            (Int64?.none, Int64(0), 90.0), (.some(30_000), 0, nil), (nil, 5000, 85),
        ] as [(Int64?, Int64, Double?)] {
            var late = player
            var warmup = try #require(late.instance.warmup(late.slots, at: start) { _ in hold })
            warmup.take(Sample(point, .flag(true), at: start.wallMilliseconds - 90_000))
            warmup.finish(watchedUntilWallMilliseconds: start.wallMilliseconds - until)
            late.warm(warmup)
            #expect(late.look(.some(.flag(false)), at: start) == seconds)
        }
    }

    @Test func `what was kept across a restart is not overwritten, only what is missing is filled`() throws {
        var player = try #require(WindowPlayer("runtime(a, 100s)", point: "a"))
        let point = try #require(RuleBench().site.point("P1.a"))
        let begin = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 5_000_000)
        _ = player.look(.some(.flag(true)), at: begin)
        let kept = player.instance.kept(player.slots, at: begin.advanced(milliseconds: 40_000))
        let start = begin.advanced(milliseconds: 100_000)
        player.restart(kept, at: start)
        var warmup = try #require(player.instance.warmup(player.slots, at: start) { _ in nil })
        // The history says otherwise about what was kept, and goes on where that ends.
        warmup.take(Sample(point, .flag(false), at: begin.wallMilliseconds + 10_000))
        warmup.take(Sample(point, .flag(true), at: begin.wallMilliseconds + 70_000))
        warmup.finish(watchedUntilWallMilliseconds: start.wallMilliseconds)
        player.warm(warmup)
        #expect(player.look(.some(.flag(false)), at: start) == 70)
    }

    @Test func `what was kept across a restart and stands in the history too counts once`() throws {
        var player = try #require(WindowPlayer("count(a, 100s)", point: "a"))
        let point = try #require(RuleBench().site.point("P1.a"))
        let begin = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 5_000_000)
        let changes: [(Int64, Bool)] = [
            (1000, false), (10_000, true), (15_000, false), (20_000, true), (25_000, false),
        ]
        for (time, isOn) in changes {
            _ = player.look(.some(.flag(isOn)), at: begin.advanced(milliseconds: time))
        }
        let kept = player.instance.kept(player.slots, at: begin.advanced(milliseconds: 40_000))
        let start = begin.advanced(milliseconds: 100_000)
        player.restart(kept, at: start)
        var warmup = try #require(player.instance.warmup(player.slots, at: start) { _ in nil })
        for (time, isOn) in changes + [(60_000, false), (70_000, true)] {
            warmup.take(Sample(point, .flag(isOn), at: begin.wallMilliseconds + time))
        }
        warmup.finish(watchedUntilWallMilliseconds: start.wallMilliseconds)
        player.warm(warmup)
        #expect(player.look(.some(.flag(true)), at: start) == 3)
    }

    @Test func `a full window needs no history`() throws {
        var player = try #require(WindowPlayer("runtime(a, 100s)", point: "a"))
        let begin = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 5_000_000)
        _ = player.look(.some(.flag(true)), at: begin)
        _ = player.look(.none, at: begin.advanced(milliseconds: 97_000))
        #expect(player.instance.warmup(player.slots, at: begin) { _ in nil } != nil)
        _ = player.look(.none, at: begin.advanced(milliseconds: 100_000))
        #expect(player.instance.warmup(player.slots, at: begin) { _ in nil } == nil)
        let held = try #require(WindowPlayer("held(a, 100s)", point: "a"))
        #expect(held.instance.warmup(held.slots, at: begin) { _ in nil } == nil)
    }
}

extension WindowPlayer {
    mutating func warm(_ warmup: RuleWarmup) { slots = instance.warmed(slots, by: warmup) }
}
