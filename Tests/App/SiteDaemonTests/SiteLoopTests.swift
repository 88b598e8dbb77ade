import Alarms
import Engine
import Facility
import Notices
import Rules
import SiteDaemon
import Synchronization
import Testing

/// A commit that a test holds up or lets fail, and what was committed.
private final class Ledger: Sendable {
    struct Broken: Error {}

    private struct State {
        var committed: [Decision] = []
        var isBroken = false
        var isHeld = false
    }

    private let state = Mutex(State())

    var committed: [Decision] { state.withLock { $0.committed } }

    var hasAcknowledgement: Bool {
        committed.contains { $0.journal.contains { $0.kind == .acknowledged } }
    }

    func breakDown() { state.withLock { $0.isBroken = true } }

    func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }

    func commit(_ decision: Decision) async throws {
        while state.withLock({ $0.isHeld }) { try await Task.sleep(for: .milliseconds(2)) }
        try state.withLock { state in
            if state.isBroken { throw Broken() }
            state.committed.append(decision)
        }
    }
}

/// A site of one contact and one rule on it.
private func site(_ rule: RuleID = "leak") -> (site: Site, rules: RuleSet) {
    let place = SourcePosition(file: "rules/a.yaml", line: 1, column: 1)
    let both = Bilingual(zh: "漏水", en: "leak")
    let site = Site(
        id: "s", label: both, language: .en, zone: .fixed("Asia/Shanghai", hours: 8),
        assets: [Asset(id: "E1", assetClass: .sensor, label: both, location: "B1")],
        points: [
            Point(
                id: PointID(0), asset: "E1", name: "leak", label: both, kind: .state,
                expectedMilliseconds: 1000)
        ])
    let definition = RuleDefinition(
        id: rule, position: place, match: RuleMatch(assetClass: .sensor),
        when: ExpressionText("leak", at: place),
        priority: .p3, text: both)
    return (site, RuleSet.compile([definition], for: site).rules)
}

private let leak = Sample(PointID(0), .flag(true), at: 1_000_000)

/// A loop over such a site.
private func loop(_ ledger: Ledger, _ mailbox: Mailbox) -> SiteLoop {
    let (site, rules) = site()
    let clock = ContinuousClock()
    let start = clock.now
    let now: @Sendable () -> Moment = {
        let span = start.duration(to: clock.now)
        return Moment(
            wallMilliseconds: 1_000_000 + span.wholeMilliseconds, uptimeMilliseconds: span.wholeMilliseconds)
    }
    return SiteLoop(
        engine: SiteEngine(
            site: site, rules: rules, routes: [], catalog: MessageCatalog([:]), memory: EngineMemory(),
            at: now()),
        mailbox: mailbox,
        ports: SiteLoop.Ports(now: now, commit: { try await ledger.commit($0) }, act: { _ in }))
}

private func eventually(_ question: () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await question() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}

@Test func `a command is answered only once its decision is durable`() async throws {
    let (ledger, mailbox) = (Ledger(), Mailbox())
    let loop = loop(ledger, mailbox)
    let running = Task { try await loop.run {} }
    mailbox.put([leak], at: 0)
    #expect(await eventually { ledger.committed.contains { !$0.occurrences.isEmpty } })
    ledger.hold(true)
    let answer = Task {
        await loop.submit(Command(id: "1", kind: .acknowledge(OccurrenceID(1)), person: "wang"))
    }
    try await Task.sleep(for: .milliseconds(50))
    let isCommittedEarly = ledger.hasAcknowledgement
    #expect(!isCommittedEarly)
    ledger.hold(false)
    let reply = try #require(await answer.value)
    #expect(reply.refusal == nil)
    #expect(ledger.hasAcknowledgement)
    running.cancel()
    try await running.value
}

@Test func `a commit that fails ends the loop, and nothing built on it is committed`() async throws {
    let (ledger, mailbox) = (Ledger(), Mailbox())
    let loop = loop(ledger, mailbox)
    let running = Task { try await loop.run {} }
    #expect(await eventually { loop.counters.steps > 0 })
    ledger.breakDown()
    let before = ledger.committed.count
    mailbox.put([leak], at: 0)
    await #expect(throws: Ledger.Broken.self) { try await running.value }
    #expect(ledger.committed.count == before)
    let refused = await loop.submit(Command(id: "2", kind: .acknowledge(OccurrenceID(1)), person: "wang"))
    #expect(refused == nil)
    let other = site("other")
    await #expect(throws: CancellationError.self) {
        try await loop.reconfigure(site: other.site, rules: other.rules, routes: [])
    }
}

@Test
func `a new configuration waits for the commit under way, and what was measured before it still counts`()
    async throws
{
    let (ledger, mailbox) = (Ledger(), Mailbox())
    let loop = loop(ledger, mailbox)
    let running = Task { try await loop.run {} }
    #expect(await eventually { loop.counters.steps > 0 })
    ledger.hold(true)
    mailbox.put([leak], at: 0)  // raises; its commit is held
    #expect(await eventually { loop.counters.samples == 1 })
    let next = site("other")
    let swap = Task { try await loop.reconfigure(site: next.site, rules: next.rules, routes: []) }
    try await Task.sleep(for: .milliseconds(50))
    let raisedEarly = ledger.committed.contains { !$0.occurrences.isEmpty }
    #expect(!raisedEarly)
    ledger.hold(false)
    try await swap.value
    // The alarm of the rule that is gone was raised first, and then closed.
    let raised = ledger.committed.firstIndex { $0.journal.contains { $0.kind == .raised } }
    let retired = ledger.committed.lastIndex { $0.journal.contains { $0.kind == .retired } }
    let (first, last) = (try #require(raised), try #require(retired))
    #expect(first < last)
    running.cancel()
    try await running.value
}

@Test func `what the daemon finds out about itself goes through the same step and commit`() async throws {
    let (ledger, mailbox) = (Ledger(), Mailbox())
    let loop = loop(ledger, mailbox)
    let running = Task { try await loop.run {} }
    mailbox.put([SelfCondition(alarm: "disk-filling", holds: true)])
    #expect(
        await eventually {
            ledger.committed.flatMap(\.journal).contains { $0.key.rule == "system.disk_filling" }
        })
    running.cancel()
    try await running.value
}

@Test func `of what the daemon found out about itself the last of each alarm counts`() {
    let mailbox = Mailbox()
    mailbox.put([SelfCondition(alarm: "a", holds: true), SelfCondition(alarm: "b", holds: true)])
    mailbox.put([SelfCondition(alarm: "a", holds: false)])
    #expect(
        mailbox.take().conditions == [
            SelfCondition(alarm: "b", holds: true), SelfCondition(alarm: "a", holds: false),
        ])
    #expect(mailbox.take().conditions.isEmpty)
}

@Test func `a full mailbox keeps the latest sample of each point and counts the rest`() {
    let mailbox = Mailbox(sampleLimit: 100)
    for number in 0..<1000 {
        mailbox.put(
            [
                Sample(PointID(number % 2), .integer(Int64(number)), at: Int64(number))
            ], at: 0)
    }
    let content = mailbox.take()
    #expect(content.samples.count <= 101)
    #expect(content.samples.last { $0.point == PointID(1) }?.value == .integer(999))
    #expect(content.samples.last { $0.point == PointID(0) }?.value == .integer(998))
    #expect(Int(content.replaced) + content.samples.count == 1000)
}
