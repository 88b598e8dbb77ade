import Alarms
import Engine
import Facility
import Ledger
import Maintenance
import Notices
import Rules
import Testing

@testable import Delivery

/// A day without the robot, from the samples to the messages: engine, ledger and channel on one virtual clock.
@Suite(.serialized) struct EngineOutageTests {
    private static let day: Int64 = 86_400_000
    private static let count = 1000

    /// Five tanks whose alarms are the most urgent, half of the rest pumps, half sensors.
    private static func assetClass(_ index: Int) -> AssetClass {
        index % 200 == 0 ? .tank : index.isMultiple(of: 2) ? .pump : .sensor
    }

    private static let site = Site(
        id: "riverside", label: Bilingual(zh: "滨江花园", en: "Riverside"), language: .zh, zone: shanghai,
        assets: (0..<count).map { index in
            Asset(
                id: AssetID("A\(index)"), assetClass: assetClass(index),
                label: Bilingual(zh: "设备\(index)", en: "Device \(index)"), location: "B\(index % 7)")
        },
        points: (0..<count).map { index in
            Point(
                id: PointID(index), asset: AssetID("A\(index)"), name: "fault",
                label: Bilingual(zh: "故障", en: "Fault"), kind: .state, expectedMilliseconds: 1000)
        },
        people: [
            Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .zh),
            Person(id: "li", label: Bilingual(zh: "李", en: "Li"), language: .en),
        ])

    private static func rule(_ id: RuleID, _ assets: AssetClass, _ priority: Priority) -> RuleDefinition {
        let position = SourcePosition(file: "rules/test.yaml", line: 1, column: 1)
        return RuleDefinition(
            id: id, position: position, match: RuleMatch(assetClass: assets),
            when: ExpressionText("fault", at: position), priority: priority,
            text: Bilingual(zh: "\(id)故障", en: "\(id) fault"),
            guidance: Guidance(
                cause: Bilingual(zh: "因", en: "cause"), consequence: Bilingual(zh: "果", en: "consequence"),
                action: Bilingual(zh: "办", en: "action"), respondWithinMilliseconds: nil))
    }

    private static let route = Route(
        id: "default",
        steps: [
            .init(
                afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: ["wang", "li"],
                channels: ["duty-hook"])
        ])

    /// What happens at the site, in order of time: each asset fails at its time, every third is well an hour later.
    private static let events: [Event] = (0..<count).flatMap { index -> [Event] in
        let at = Int64(index) * (day - 60_000) / Int64(count)
        let end = Event(at: at + 3_600_000, point: index, value: false)
        return [Event(at: at, point: index, value: true)] + (index.isMultiple(of: 3) ? [end] : [])
    }.sorted { $0.at < $1.at }

    private struct Event {
        let at: Int64
        let point: Int
        let value: Bool
    }

    private static func makeEngine(at now: Moment) -> SiteEngine {
        let rules = [rule("tank", .tank, .p1), rule("pump", .pump, .p2), rule("sensor", .sensor, .p3)]
        return SiteEngine(
            site: site, rules: RuleSet.compile(rules, for: site).rules, routes: [route], catalog: words,
            memory: EngineMemory(), at: now)
    }

    @Test
    func `nothing is lost, the most urgent come first, and each receiver gets one digest`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(path: folder.database, boot: "a", reserveBytes: 0)
        let clock = TestClock()
        let back = noon + Self.day
        let robot = DigestTests.Robot(SendingQuota([.init(18, per: 60_000)])) { message in
            message.sentWallMilliseconds < back
                ? .retry(reason: Message("delivery.unreachable")) : .delivered(answer: "ok")
        }
        func start() -> ChannelWorker {
            ChannelWorker(
                id: "duty-hook", channel: robot, ports: DeliveryPorts(ledger, now: { clock.now }),
                words: DeliveryWords(catalog: words, zone: shanghai, asset: { Self.site.asset($0) }))
        }
        var engine = Self.makeEngine(at: clock.now)
        var worker = start()
        var events = Self.events[...]
        var restartAt = noon + 20 * 3_600_000
        func isWaiting() async throws -> Bool { try await ledger.queueDepth().contains { $0.waiting > 0 } }
        while clock.now.wallMilliseconds < back {
            while let event = events.first, noon + event.at <= clock.now.wallMilliseconds {
                events.removeFirst()
                let sample = Sample(
                    PointID(event.point), .flag(event.value), at: clock.now.wallMilliseconds)
                let decision = engine.step([sample], commands: [], at: clock.now)
                if !decision.isEmpty { try ledger.commit(decision) }
                if !decision.notices.isEmpty { worker.hearNews() }
            }
            if clock.now.wallMilliseconds >= restartAt {
                // The daemon starts anew in the middle of it; what is late already must outlive that.
                worker = start()
                restartAt = .max
            }
            let next = events.first.map { noon + $0.at - clock.now.wallMilliseconds } ?? .max
            clock.advance(max(1, min(try await worker.step(), next)))
        }
        while try await isWaiting(), clock.now.wallMilliseconds < back + 3_600_000 {
            clock.advance(max(1, try await worker.step()))
        }
        let depth = try await ledger.queueDepth()
        #expect(depth.allSatisfy { $0.waiting == 0 && $0.dead == 0 }, "\(depth)")

        let received = robot.inner.received
        let drained = (received.last?.sentWallMilliseconds ?? 0) - back
        print(
            "a day of 1,000 alarms to two people without the robot: \(robot.inner.attempts) attempts, then "
                + "\(received.count) messages within \(drained / 1000) s")
        for person in ["wang", "li"] as [PersonID] {
            let mine = received.filter { $0.notice.recipient == person }
            #expect(mine.count { $0.notice.kind == .digest } == 1, "\(mine.map(\.notice.id))")
            // The most urgent by themselves, before what is less urgent.
            let digest = try #require(mine.firstIndex { $0.notice.kind == .digest })
            let urgent = mine.indices.filter {
                mine[$0].notice.priority == .p1 && mine[$0].notice.kind != .digest
            }
            #expect(!urgent.isEmpty && urgent.allSatisfy { $0 < digest }, "\(mine.map(\.notice.id))")
        }
        try await expectEverythingTold(ledger, received.map(\.notice.id))
    }

    /// Every message arrived, or went into one that did.
    private func expectEverythingTold(_ ledger: LedgerStore, _ arrived: [String]) async throws {
        let told = Set(arrived)
        var raises = 0
        for number in 1...Int64(Self.count) {
            for row in try await ledger.notices(occurrence: OccurrenceID(number)) {
                if row.notice.kind == .raise { raises += 1 }
                var id = row.notice.id
                var whole = row.mergedInto
                while let next = whole {
                    id = next
                    let number = OccurrenceID(Int64(next.split(separator: "/").first ?? "") ?? 0)
                    whole = try await ledger.notices(occurrence: number).first { $0.notice.id == next }?
                        .mergedInto
                }
                #expect(told.contains(id), "\(row.notice.id) \(row.state)")
            }
        }
        #expect(raises == 2 * Self.count)
    }
}
