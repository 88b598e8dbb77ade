import Engine
import Facility
import Foundation
import Ledger
import Rules

/// Changes every value in every step.
struct Evaluations {
    let rounds: Int

    func run() throws {
        let load = try LoadSite()
        var random = LoadRandom()
        var now = Moment(wallMilliseconds: LoadSite.start, uptimeMilliseconds: 1_000_000)
        var engine = SiteEngine(
            site: load.site, rules: load.rules, routes: load.routes, catalog: LoadSite.catalog,
            memory: EngineMemory(), at: now)
        let batches = (0..<4).map { _ in
            load.site.points.indices.map {
                Sample(PointID($0), .number(load.value($0, &random)), at: LoadSite.start)
            }
        }
        _ = engine.step(batches[0], at: now)
        let start = cpuSeconds()
        for round in 1...rounds {
            now = now.advanced(milliseconds: 1000)
            _ = engine.step(batches[round % batches.count], at: now)
        }
        let spent = cpuSeconds() - start
        let instances = load.rules.instances.count
        try tell([
            "evaluations_per_second": Double(rounds * instances) / spent, "instances": instances,
            "samples_per_second": Double(rounds * load.site.points.count) / spent,
            "memory": memoryMegabytes("VmHWM"),
        ])
    }
}

/// Plays the past to rules without windows: 200 pumps, each point once a second, one time stamp after the other.
struct Replay {
    let samples: Int

    func run() throws {
        let load = try LoadSite(pumps: 200)
        var random = LoadRandom()
        let points = load.site.points.count
        let values = (0..<64 * points).map {
            load.value($0 % points, &random, isBad: random.next() % 50_000 == 0)
        }
        var backtest = Backtest(
            site: load.site, rules: load.rules, routes: load.routes, catalog: LoadSite.catalog,
            from: LoadSite.start)
        let start = cpuSeconds()
        var wall = LoadSite.start
        for number in 0..<samples {
            let point = number % points
            // Ten points share a time stamp: buses answer one after the other.
            if point % 10 == 0 { wall += 10 }
            backtest.take(Sample(PointID(point), .number(values[number % values.count]), at: wall))
        }
        let report = backtest.finish(at: wall)
        let spent = cpuSeconds() - start
        try tell([
            "samples_per_second": Double(samples) / spent, "activations": report.activations.count,
            "memory": memoryMegabytes("VmHWM"),
        ])
    }
}

/// Plays rule tests.
struct Stories {
    let count: Int

    func run() throws {
        let load = try LoadSite(pumps: 1)
        let place = SourcePosition(file: "rules/load.test.yaml", line: 1, column: 1)
        let story = RuleTestCase(
            name: "story", position: place, rule: "pump.pressure_low", assetClass: .pump,
            startWallMilliseconds: LoadSite.start,
            inputs: [
                .init(
                    point: "pressure",
                    timeline: ExpressionText(
                        "0.40@0s 0.10@60s 0.40@65s 0.10@100s bad@130s 0.40@300s", at: place))
            ],
            expectations: [
                .init(atMilliseconds: 109_000, state: .normal, position: place),
                .init(atMilliseconds: 110_000, state: .unacknowledged, position: place),
                .init(atMilliseconds: 320_000, state: .normal, position: place),
            ],
            notices: [
                .init(atMilliseconds: 110_000, kind: .raise, position: place),
                .init(atMilliseconds: 310_000, kind: .clear, position: place),
            ], injections: [.init(atMilliseconds: 105_000, action: .restart)])
        let start = uptimeSeconds()
        for _ in 0..<count {
            let result = RuleTestRun.run(
                story, definitions: load.definitions, points: load.site.points, catalog: LoadSite.catalog)
            guard result.hasPassed else { throw LoadSite.LoadError.stories }
        }
        try tell(["seconds": uptimeSeconds() - start, "stories": count])
    }
}

/// Starts an engine that remembers 10,000 instances.
struct Restoring {
    func run() throws {
        let load = try LoadSite()
        var now = Moment(wallMilliseconds: LoadSite.start, uptimeMilliseconds: 1_000_000)
        var random = LoadRandom()
        var memory = EngineMemory()
        var engine = SiteEngine(
            site: load.site, rules: load.rules, routes: load.routes, catalog: LoadSite.catalog,
            memory: memory,
            at: now)
        // Every fifth point of a pump is bad: thousands of alarms are open, the rest waits.
        let bad = load.site.points.indices.map {
            Sample(PointID($0), .number(load.value($0, &random, isBad: true)), at: LoadSite.start)
        }
        memory.absorb(engine.step(bad, at: now))
        now = now.advanced(milliseconds: 10_000)
        memory.absorb(engine.step([], at: now))
        let start = uptimeSeconds()
        var next = SiteEngine(
            site: load.site, rules: load.rules, routes: load.routes, catalog: LoadSite.catalog,
            memory: memory,
            at: now)
        _ = next.step([], at: now)
        try tell([
            "seconds": uptimeSeconds() - start, "instances": load.rules.instances.count,
            "open": next.openOccurrences.count,
        ])
    }
}

/// 5,000 changes a second, some of which raise alarms, each decision committed.
struct Reaction {
    let seconds: Int

    func run() throws {
        let load = try LoadSite()
        let folder = FileManager.default.currentDirectoryPath + "/.build/bench/rules-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try LedgerStore(path: folder + "/ledger.sqlite", boot: "bench")
        var random = LoadRandom()
        var engine = SiteEngine(
            site: load.site, rules: load.rules, routes: load.routes, catalog: LoadSite.catalog,
            memory: EngineMemory(), at: Self.now())
        let points = load.site.points.count
        var arrived: [PointID: Double] = [:]
        var delays: [Double] = []
        var isBad = Array(repeating: false, count: points)
        let begin = uptimeSeconds()
        var sent = 0
        let total = 5000 * seconds
        while sent < total {
            // What has come due of 5,000 a second.
            let due = min(total, Int((uptimeSeconds() - begin) * 5000))
            var samples: [Sample] = []
            arrived.removeAll(keepingCapacity: true)
            while sent < due {
                let point = Int(random.next() % UInt64(points))
                if random.next() % 500 == 0 { isBad[point].toggle() }
                samples.append(
                    Sample(
                        PointID(point), .number(load.value(point, &random, isBad: isBad[point])),
                        at: Self.now().wallMilliseconds))
                sent += 1
            }
            // A change waits for its step from when it came due.
            let oldest = begin + Double(due - samples.count) / 5000
            let decision = engine.step(samples, at: Self.now())
            if !decision.isEmpty {
                try ledger.commit(decision)
                delays.append(uptimeSeconds() - oldest)
            }
            usleep(5000)
        }
        delays.sort()
        let at = { (share: Double) in
            delays.isEmpty ? 0 : delays[min(delays.count - 1, Int(share * Double(delays.count)))]
        }
        try tell([
            "p50": at(0.5) * 1000, "p99": at(0.99) * 1000, "most": (delays.last ?? 0) * 1000,
            "transactions": delays.count, "memory": memoryMegabytes("VmHWM"), "cpu": cpuSeconds(),
        ])
    }

    private static func now() -> Moment {
        let uptime = Int64(uptimeSeconds() * 1000)
        return Moment(
            wallMilliseconds: Int64(Date().timeIntervalSince1970 * 1000), uptimeMilliseconds: uptime)
    }
}
