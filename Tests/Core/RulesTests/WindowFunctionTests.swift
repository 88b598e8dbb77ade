import Facility
import Foundation
import Testing

@testable import Rules

@Suite struct WindowFunctionTests {
    /// A function with the model of what it should say.
    struct Case: Sendable, CustomTestStringConvertible {
        let expression: String
        let point: String
        let wrap: Double?
        let model: @Sendable (WindowModel, Int64) -> Double?

        var testDescription: String { expression }

        init(
            _ expression: String, _ point: String, wrap: Double? = nil,
            _ model: @escaping @Sendable (WindowModel, Int64) -> Double?
        ) {
            self.expression = expression
            self.point = point
            self.wrap = wrap
            self.model = model
        }
    }

    static let cases = [
        Case("within(a, 20s)", "a") { $0.within($1) },
        Case("count(a, 20s)", "a") { $0.count($1) },
        Case("runtime(a, 20s)", "a") { $0.runtime($1) },
        Case("changed(a, 20s)", "a") { $0.changed($1) },
        Case("changed(current, 20s)", "current") { $0.changed($1) },
        Case("avg(current, 20s)", "current") { $0.average($1) },
        Case("min(current, 20s)", "current") { $0.minimum($1) },
        Case("max(current, 20s)", "current") { $0.maximum($1) },
        Case("first(current, 20s)", "current") { $0.first($1) },
        Case("last(current, 20s)", "current") { $0.last($1) },
        Case("delta(current, 20s)", "current") { $0.delta($1) },
        Case("sum(flow, 20s)", "flow") { $0.runtime($1).map { $0 / 3600 } },
        Case("increase(starts, 20s)", "starts") { $0.increase($1, wrap: nil) },
        Case("increase(starts, 20s, wrap: 50)", "starts") { $0.increase($1, wrap: 50) },
        Case("rate(energy, 20s)", "energy") { $0.rate($1, isCounter: true).map { $0 * 3_600_000 } },
        Case("rate(level2, 20s)", "level2") { $0.rate($1, isCounter: false) },
    ]

    private static func value(_ point: String, _ random: inout SplitMix, _ total: inout Double) -> Value? {
        guard random.next() % 7 != 0 else { return nil }
        switch point {
        case "a": return .flag(random.next() % 2 == 0)
        case "starts", "energy":
            // A counter that wraps at 50 or is reset.
            total += Double(random.next() % 4)
            if random.next() % 40 == 0 { total = Double(random.next() % 3) }
            if total >= 50 { total -= 50 }
            return .number(total)
        default: return .number(Double(Int64(random.next() % 9)) - 4)
        }
    }

    @Test(arguments: cases, UInt64(0)..<8)
    func `a function over a span says what its definition says`(_ one: Case, seed: UInt64) throws {
        var random = SplitMix(seed)
        let coverage = [0.8, 0.5, 1, 0][Int(seed % 4)]
        var player = try #require(WindowPlayer(one.expression, point: one.point, coverage: coverage))
        var model = WindowModel(span: 20_000, coverage: coverage)
        var now = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 50_000)
        var total = 0.0
        let isFast = seed % 3 == 0
        for step in 0..<200 {
            var sample: Value?? = .none
            if random.next() % 3 != 0 {
                let value = Self.value(one.point, &random, &total)
                sample = .some(value)
            }
            if case .some(let value) = sample {
                model.take(value?.double, at: now.uptimeMilliseconds)
            } else if step == 0 {
                model.take(nil, at: now.uptimeMilliseconds)
            }
            let said = player.look(sample, at: now)
            let meant = one.model(model, now.uptimeMilliseconds)
            guard same(said, meant) else {
                Issue.record("step \(step) at \(now.uptimeMilliseconds): \(said as Any), not \(meant as Any)")
                return
            }
            if random.next() % 4 == 0 {
                // Kept while the value holds, given back later; what was between is unknown.
                let keptAt = now.advanced(milliseconds: Int64(random.next() % 500))
                let slots = try Self.roundTrip(player.instance.kept(player.slots, at: keptAt))
                player.restart(slots, at: keptAt)
                model.take(nil, at: keptAt.uptimeMilliseconds)
                now = keptAt
            }
            now = now.advanced(milliseconds: Int64(random.next() % (isFast ? 400 : 4000)))
        }
    }

    @Test(arguments: cases)
    func `nobody has to ask: a function tells when its value may change`(_ one: Case) throws {
        var random = SplitMix(77)
        var player = try #require(WindowPlayer(one.expression, point: one.point))
        var model = WindowModel(span: 20_000)
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var total = 0.0
        var said: Double?
        // What glides may lag by a hundredth of the span, and the known part of it with it.
        let glides = ["avg", "runtime", "sum", "rate", "delta", "first"].contains {
            one.expression.hasPrefix($0)
        }
        for _ in 0..<1500 {
            if random.next() % 20 == 0 {
                let value = Self.value(one.point, &random, &total)
                model.take(value?.double, at: now.uptimeMilliseconds)
                said = player.look(.some(value), at: now)
            } else if let due = player.recheck, due <= now.uptimeMilliseconds {
                said = player.look(.none, at: now)
            }
            let meant = (Int64(0)...6).map { one.model(model, now.uptimeMilliseconds - 50 * $0) }
            let isRight =
                meant.contains { same($0, said) }
                || (glides
                    && meant.contains { ($0 == nil) == (said == nil) && abs(($0 ?? 0) - (said ?? 0)) < 1 })
                || one.expression.hasPrefix("rate")
            #expect(isRight, "\(now.uptimeMilliseconds): \(said as Any), not \(meant)")
            if !isRight { return }
            now = now.advanced(milliseconds: 50)
        }
    }

    /// The pause from one look at a gliding value to the next, milliseconds.
    @Test(arguments: [
        ("5s", 100 as Int64), ("20s", 200), ("10m", 6000), ("1h", 10_000), ("2h", 12_000), ("7d", 1_008_000),
    ])
    func `a value that glides is looked at a hundred times in a short span, and 600 times in a long one`(
        span: String, pause: Int64
    ) throws {
        var player = try #require(WindowPlayer("avg(current, \(span))", point: "current", coverage: 0))
        let start = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        _ = player.look(.some(.number(4)), at: start)
        let second = start.advanced(milliseconds: 1000)
        _ = player.look(.some(.number(8)), at: second)
        #expect(player.recheck == 1000 + pause)
    }

    @Test(arguments: UInt64(0)..<5)
    func `with very many changes only the far end is blurred, and the memory is bounded`(seed: UInt64) throws
    {
        var random = SplitMix(seed)
        let span: Int64 = 64_000
        let names = ["avg", "min", "max", "first"]
        var players = try names.map { try #require(WindowPlayer("\($0)(current, 64s)", point: "current")) }
        var counter = try #require(WindowPlayer("increase(starts, 64s)", point: "starts"))
        var values: [(at: Int64, value: Double)] = []
        var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var total = 0.0
        for step in 0..<5000 {
            let value = Double(Int64(random.next() % 1000)) - 500
            values.append((now.uptimeMilliseconds, value))
            let said = players.indices.map { players[$0].look(.some(.number(value)), at: now) }
            total += 1
            let counted = counter.look(.some(.number(total)), at: now)
            if case .window(let window)? = players[0].slots.first {
                #expect(window.pieceCount <= TimeWindow.mostPieces + 2)
            }
            if step % 50 == 49, now.uptimeMilliseconds > 2 * span {
                // Once with the span as it is, once a sixty-fourth longer.
                let starts = [span, span + span / 64].map { now.uptimeMilliseconds - $0 }
                let seen = starts.map { start in
                    values.indices.filter { $0 + 1 == values.count || values[$0 + 1].at > start }
                        .map { values[$0].value }
                }
                let lows = seen.compactMap { $0.min() }
                let highs = seen.compactMap { $0.max() }
                #expect(lows[1]...lows[0] ~= said[1] ?? .nan)
                #expect(highs[0]...highs[1] ~= said[2] ?? .nan)
                let far = Set(
                    values.filter { $0.at >= starts[1] - span / 64 && $0.at <= starts[0] }.map(\.value))
                #expect(far.contains(said[3] ?? .nan))
                let mean = meanSince(starts[0], values, now.uptimeMilliseconds)
                #expect(abs((said[0] ?? .nan) - mean) <= 1000.0 / 64)
                let counts = [starts[0], starts[0] + span / 64].map { start in
                    Double(values.count { $0.at > start })
                }
                #expect(counts[1]...counts[0] ~= counted ?? .nan)
            }
            now = now.advanced(milliseconds: Int64(random.next() % 80))
        }
    }

    private func meanSince(_ start: Int64, _ values: [(at: Int64, value: Double)], _ now: Int64) -> Double {
        var sum = 0.0
        for index in values.indices {
            let end = index + 1 < values.count ? values[index + 1].at : now
            sum += values[index].value * Double(max(0, end - max(values[index].at, start)))
        }
        return sum / Double(now - start)
    }

    @Test(arguments: cases)
    func `a clock that stands or goes back breaks nothing`(_ one: Case) throws {
        var random = SplitMix(5)
        var player = try #require(WindowPlayer(one.expression, point: one.point))
        var total = 0.0
        for _ in 0..<3000 {
            let now = Moment(
                wallMilliseconds: Int64(random.next() % 1_000_000),
                uptimeMilliseconds: Int64(random.next() % 100_000))
            let value = player.look(.some(Self.value(one.point, &random, &total)), at: now)
            #expect(value?.isFinite != false)
        }
    }

    @Test func `numbers at the edge of what there is stay numbers or become unknown`() throws {
        let edges = [1.7e308, -1.7e308, .leastNonzeroMagnitude, 0, -0.0, 1, .nan, .infinity]
        for one in Self.cases where one.point != "a" {
            var random = SplitMix(9)
            var player = try #require(WindowPlayer(one.expression, point: one.point))
            var now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
            for _ in 0..<1000 {
                let edge = edges[Int(random.next() % UInt64(edges.count))]
                #expect(player.look(.some(.number(edge)), at: now)?.isFinite != false)
                now = now.advanced(milliseconds: Int64(random.next() % 200))
            }
        }
    }

    @Test func `a window is kept on the clocks of its boot`() throws {
        var player = try #require(WindowPlayer("avg(current, 100s)", point: "current"))
        let start = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 500_000)
        _ = player.look(.some(.number(4)), at: start)
        let kept = player.instance.kept(player.slots, at: start.advanced(milliseconds: 60_000))
        let memory = RuleMemory(
            rule: "r", asset: "P1", fingerprint: player.instance.fingerprint, slots: kept)
        // Another boot, 10 seconds later by the wall.
        let now = Moment(wallMilliseconds: 1_070_000, uptimeMilliseconds: 3000)
        player.restart(memory.translated(from: "one", to: "two", now: now).slots, at: now)
        #expect(player.look(.some(.number(8)), at: now) == nil)
        let later = now.advanced(milliseconds: 30_000)
        // 60 s of 4 and 30 s of 8 are known, of 100 s.
        let said = player.look(.none, at: later)
        let mean = try #require(said)
        #expect(abs(mean - (60 * 4 + 30 * 8) / 90.0) < 1e-9)
    }

    @Test(arguments: [
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":9223372036854775807},\"pieces\":[]}",
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":5},\"pieces\":[1e300,1,1]}",
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":5},\"pieces\":[10,-1,1]}",
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":5},\"pieces\":[10,11,1]}",
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":5},\"pieces\":[10,1,1,20,1,1]}",
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":5},\"pieces\":[10,1]}",
        "{\"gathering\":\"mean\",\"end\":{\"wallMilliseconds\":0,\"uptimeMilliseconds\":5},\"latest\":1,\"latestAge\":-5,\"pieces\":[]}",
    ])
    func `of memory that was never kept so nothing is believed`(json: String) throws {
        let window = try JSONDecoder().decode(TimeWindow.self, from: Data(json.utf8))
        #expect(window.pieceCount == 1)
        #expect(window.summary(since: window.end - 100_000).known == 0)
    }

    @Test func `memory of another kind or count is not used`() throws {
        let player = try #require(WindowPlayer("avg(current, 100s)", point: "current"))
        let instance = player.instance
        for slots in [[], [.paused(heldMilliseconds: 5)], Array(repeating: .empty, count: 3)]
            as [[RuleMemory.Slot]]
        {
            var other = player
            other.restart(slots, at: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0))
            let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
            _ = other.look(.some(.number(4)), at: now)
            #expect(other.look(.none, at: now.advanced(milliseconds: 80_000)) == 4)
        }
        let memory = RuleMemory(rule: "r", asset: "P1", fingerprint: 1, slots: [.paused(heldMilliseconds: 5)])
        #expect(instance.resumed(memory) == instance.emptySlots)
    }

    static func roundTrip(_ slots: [RuleMemory.Slot]) throws -> [RuleMemory.Slot] {
        let decoded = try JSONDecoder().decode([RuleMemory.Slot].self, from: JSONEncoder().encode(slots))
        #expect(decoded == slots)
        return decoded
    }

    private func same(_ one: Double?, _ other: Double?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return abs(one - other) <= 1e-9 * max(1, abs(one), abs(other))
    }
}
