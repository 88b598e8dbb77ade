import Alarms
import Engine
import Facility
import Notices
import Rules
import Testing

/// Faults of known length, against a second, simpler account of what should be announced.
@Suite struct AnnouncementTests {
    /// What should happen to `temperature > 40 °C` with delays of 5 s and 3 s, told second by second.
    private struct Account {
        var raises: [Int64] = []
        var clears: [Int64] = []
        private var isActive = false
        private var since: Int64?

        mutating func second(_ second: Int64, isHot: Bool) {
            guard isHot != isActive else {
                since = nil
                return
            }
            since = since ?? second
            guard let began = since, second - began >= (isActive ? 3 : 5) else { return }
            isActive.toggle()
            since = nil
            if isActive { raises.append(second) } else { clears.append(second) }
        }
    }

    @Test(arguments: UInt64(0)..<(SimulatedSite.isLong ? 5000 : 200))
    func `every fault that outlasts its delay is announced once, at its time, and only those`(seed: UInt64) {
        var random = SplitMix(seed)
        let point = Point(
            id: PointID(0), asset: "R1", name: "temperature", label: Bilingual(zh: "温度", en: "temperature"),
            kind: .gauge, unit: MeasurementUnit(symbol: "°C"))
        let site = Site(
            id: "room", label: Bilingual(zh: "室", en: "Room"), language: .en, zone: .fixed("UTC", hours: 0),
            assets: [
                Asset(id: "R1", assetClass: .sensor, label: Bilingual(zh: "室", en: "Room"), location: "1")
            ], points: [point])
        let source = SourcePosition(file: "r.yaml", line: 1, column: 1)
        let rule = RuleDefinition(
            id: "hot", position: source, match: RuleMatch(asset: "R1"),
            when: ExpressionText("temperature > 40 °C", at: source), raiseDelayMilliseconds: 5000,
            clearDelayMilliseconds: 3000, priority: .p2, text: Bilingual(zh: "热", en: "hot"),
            guidance: Guidance(
                cause: Bilingual(zh: "火", en: "fire"), consequence: Bilingual(zh: "毁", en: "loss"),
                action: Bilingual(zh: "灭", en: "put out"), respondWithinMilliseconds: nil),
            chatter: .init(activations: 1000))
        let step = Route.Step(
            afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: [], channels: ["hook"])
        var engine = SiteEngine(
            site: site, rules: RuleSet.compile([rule], for: site).rules,
            routes: [Route(id: "default", steps: [step])], catalog: MessageCatalog([:]),
            memory: EngineMemory(),
            at: SimulatedSite.start)
        var account = Account()
        var raises: [Int64] = []
        var clears: [Int64] = []
        var isHot = false
        for second in 0..<Int64(400) {
            let now = SimulatedSite.start.advanced(milliseconds: second * 1000)
            var samples: [Sample] = []
            if random.next() % 4 == 0 {
                isHot = random.next() % 2 == 0
                samples = [Sample(PointID(0), .number(isHot ? 45 : 20), at: now.wallMilliseconds)]
            }
            account.second(second, isHot: isHot)
            guard
                !samples.isEmpty || (engine.nextDeadlineUptimeMilliseconds ?? .max) <= now.uptimeMilliseconds
            else { continue }
            for notice in engine.step(samples, at: now).notices {
                if notice.kind == .raise { raises.append(second) } else { clears.append(second) }
            }
        }
        #expect(raises == account.raises, "seed \(seed)")
        #expect(clears == account.clears, "seed \(seed)")
    }

    @Test func `500 devices behind one lost link are one alarm, one message, and no false clear`() {
        var assets: [Asset] = []
        var points: [Point] = []
        for number in 0..<500 {
            let id = AssetID("D\(number)")
            assets.append(
                Asset(
                    id: id, assetClass: .meter, label: Bilingual(zh: "表", en: "Meter"), location: "1",
                    bus: "link"))
            points.append(
                Point(
                    id: PointID(points.count), asset: id, name: "current",
                    label: Bilingual(zh: "电流", en: "I"),
                    kind: .gauge, unit: MeasurementUnit(symbol: "A"), expectedMilliseconds: 1000))
        }
        let site = Site(
            id: "big", label: Bilingual(zh: "大", en: "Big"), language: .en, zone: .fixed("UTC", hours: 0),
            assets: assets, points: points)
        let source = SourcePosition(file: "r.yaml", line: 1, column: 1)
        let rules = (1...5).map { level in
            RuleDefinition(
                id: RuleID("over-\(level)"), position: source, match: RuleMatch(assetClass: .meter),
                when: ExpressionText("current > \(level)0 A", at: source), raiseDelayMilliseconds: 5000,
                priority: .p3, text: Bilingual(zh: "过流", en: "over"))
        }
        let step = Route.Step(
            afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: [], channels: ["hook"])
        var engine = SiteEngine(
            site: site, rules: RuleSet.compile(rules, for: site).rules,
            routes: [Route(id: "default", steps: [step])], catalog: MessageCatalog([:]),
            memory: EngineMemory(),
            at: SimulatedSite.start)
        var now = SimulatedSite.start
        func all(_ value: Double?) -> [Sample] {
            points.map { point in
                value.map { Sample(point.id, .number($0), at: 0) }
                    ?? Sample(point.id, failed: .timeout, at: 0)
            }
        }
        func run(_ samples: [Sample], seconds: Int) -> [Decision] {
            (0..<seconds).map { second in
                now = now.advanced(milliseconds: 1000)
                return engine.step(second == 0 ? samples : [], at: now)
            }
        }
        // A flood, which is over before the link is lost.
        let loaded = run(all(25), seconds: 700).flatMap(\.notices)
        #expect(loaded.map(\.kind) == Array(repeating: .raise, count: 10) + [.digest])
        let lost = run(all(nil), seconds: 3600)
        #expect(lost.flatMap(\.notices).map(\.kind) == [.raise])
        #expect(
            lost.flatMap(\.journal).filter { $0.kind == .raised }.map(\.key.rule) == [SystemAlarm.busDown])
        #expect(lost.flatMap(\.journal).allSatisfy { $0.kind == .raised || $0.kind == .uncertain })
        let back = run(all(25), seconds: 600)
        #expect(back.flatMap(\.notices).map(\.kind) == [.clear])
        #expect(engine.openOccurrences.count == 1000)
    }
}
