import Alarms
import Engine
import Facility
import Ledger
import Maintenance
import Notices
import Testing

@Suite struct QuietHoursTests {
    private static let site = Site(
        id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .zh,
        zone: .fixed("Asia/Shanghai", hours: 8), assets: [], points: [],
        people: [Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .zh)])

    private static let route = Route(
        id: "default",
        steps: [
            Route.Step(
                afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: ["wang"],
                channels: ["hook"])
        ],
        // The first afternoon of the building is noon of Shanghai.
        quietHours: QuietHours(
            WeeklyHours(DailySpan(fromMinutes: 720, toMinutes: 780), zone: site.zone), priorities: [.p3]))

    private func planner(_ memory: EngineMemory = EngineMemory()) -> NoticePlanner {
        NoticePlanner(
            site: Self.site, routes: [Self.route], catalog: MessageCatalog([:]),
            announcements: memory.announcements)
    }

    @Test func `what waits for their end survives a crash, the alarm closed long before`() async throws {
        let folder = try TemporaryFolder()
        let ledger = try LedgerStore(folder)
        var raised = occurrence(7)
        raised.priority = .p3
        let subject = NoticePlanner.Subject(
            occurrence: raised, isAcknowledged: false, isQuiet: false, order: nil)
        var before = planner()
        #expect(before.announce(subject, route: "default", again: false, at: moment(0)).isEmpty)
        var decision = Decision(at: moment(0))
        decision.occurrences = [raised]
        decision.announcements = Array(before.announcements.values)
        try ledger.commit(decision)
        #expect(before.end(subject, .recovered, at: moment(60_000)).isEmpty)
        raised.closedWallMilliseconds = moment(60_000).wallMilliseconds
        decision = Decision(at: moment(60_000))
        decision.occurrences = [raised]
        decision.announcements = Array(before.announcements.values)
        try ledger.commit(decision)

        let copy = try folder.crashCopy()
        let reopened = try LedgerStore(copy, boot: "boot-b")
        let memory = try reopened.restore(at: moment(120_000)).memory
        #expect(memory.occurrences.isEmpty)
        var after = planner(memory)
        #expect(after.heldUntilWallMilliseconds == noon + 3_600_000)
        #expect(after.releaseHeld(at: moment(3_599_999)).notices.isEmpty)
        let (notices, changed) = after.releaseHeld(at: moment(3_600_000))
        #expect(notices.map(\.id) == ["7/0/digest-of-raise/hook/wang"])
        #expect(after.announcements.isEmpty)
        decision = Decision(at: moment(3_600_000))
        decision.notices = notices
        decision.endedAnnouncements = changed
        try reopened.commit(decision)
        #expect(try reopened.restore(at: moment(3_600_001)).memory.announcements.isEmpty)
        #expect(try await reopened.claim("hook", at: 3_600_001)?.notice == notices.first)
    }
}
