import Alarms
import Facility
import Maintenance
import Testing

@testable import Notices

/// What whoever comes on duty hears.
@Suite struct `A change of shift` {
    private static let words = MessageCatalog([
        .en: [
            "notice.handover.title": "{count} handed over, {open} open", "notice.handover.why": "On duty:",
            "notice.flood.line": "[{priority}] {text}",
            "notice.flood.line-over": "[{priority}] {text} over", "notice.flood.more": "{count} more",
        ]
    ])

    /// Wang by day, li by night; zhao stands in for li in the second night.
    private static let duty = roster(
        [
            RosterLayer(
                crews: [],
                shifts: [
                    .init(DailySpan(fromMinutes: 8 * 60, toMinutes: 20 * 60), crews: [["wang"]]),
                    .init(DailySpan(fromMinutes: 20 * 60, toMinutes: 8 * 60), crews: [["li"]]),
                ])
        ],
        swaps: [
            .init(
                absent: "li", substitute: "zhao",
                span: instant("2026-10-02 20:00")..<instant("2026-10-03 08:00"))
        ])

    private static func route(_ roster: Roster, via channels: [ChannelID] = ["board", "phone", "mail"])
        -> Route
    {
        Route(
            id: "default",
            steps: [
                Route.Step(
                    afterMilliseconds: 0, isSkippedWhenAcknowledged: false, parties: [.roster(roster)],
                    channels: channels)
            ],
            quietHours: QuietHours(
                WeeklyHours(DailySpan(fromMinutes: 22 * 60, toMinutes: 7 * 60), zone: shanghai)))
    }

    private func planner(
        _ roster: Roster = duty, _ preferences: [PersonID: Preference] = [:]
    ) -> NoticePlanner {
        NoticePlanner(
            site: PlannerBench.site, routes: [Self.route(roster)],
            directory: NoticeDirectory(preferences: preferences, machines: ["board"]), catalog: Self.words,
            announcements: [])
    }

    private func at(_ time: String) -> Moment {
        Moment(wallMilliseconds: instant(time), uptimeMilliseconds: instant(time) - 1_000_000)
    }

    private func alarm(_ number: Int64, _ priority: Priority, _ time: String) -> AlarmOccurrence {
        AlarmOccurrence(
            id: OccurrenceID(number), key: AlarmKey(rule: RuleID("r\(number)"), asset: "P1"),
            priority: priority, state: .unacknowledged,
            text: Bilingual(zh: "报警\(number)", en: "alarm \(number)"), guidance: nil,
            beganWallMilliseconds: instant(time), raisedWallMilliseconds: instant(time), evidence: [],
            reason: AlarmReason(
                position: SourcePosition(file: "r", line: 1, column: 1), expression: "x", delayMilliseconds: 0
            ))
    }

    /// Looks once a minute, as often as the planner wants to; who was told what.
    private func told(
        _ planner: inout NoticePlanner, _ open: [AlarmOccurrence], _ from: String, _ until: String
    ) -> [Notice] {
        var (notices, now) = ([Notice](), at(from))
        while now.wallMilliseconds <= instant(until) {
            if planner.mayHandOver(at: now) {
                notices += planner.handOver(
                    open.filter { $0.raisedWallMilliseconds <= now.wallMilliseconds }, at: now)
            }
            now = now.advanced(milliseconds: 60_000)
        }
        return notices
    }

    @Test func `tells whoever comes of what is open, in one message, and who goes of nothing`() throws {
        var planner = planner()
        planner.skipHandovers(until: instant("2026-10-01 09:00"))
        let open = [
            alarm(7, .p3, "2026-10-01 10:00"), alarm(8, .p1, "2026-10-01 11:00"),
            alarm(9, .p4, "2026-10-01 12:00"),
        ]
        let notices = told(&planner, open, "2026-10-01 09:00", "2026-10-01 23:00")
        #expect(notices.map(\.recipient) == ["li"])
        let notice = try #require(notices.first)
        #expect(notice.id == "0/\(instant("2026-10-01 20:00") / 1000)/handover-of-duty/phone/li")
        #expect(notice.occurrence == OccurrenceID(7))
        #expect(notice.priority == .p1)
        #expect(notice.title == "2 handed over, 2 open")
        #expect(notice.body == "On duty:\n[P1] alarm 8\n[P3] alarm 7")
        #expect(LinkTicket(notice, isPrivate: true) == nil)
        // By another channel it is still the same change.
        #expect(
            notice.redirected(to: "mail", at: 0).id
                == "0/\(instant("2026-10-01 20:00") / 1000)/handover-of-duty/mail/li")
    }

    @Test func `tells nobody where nothing is open, and whoever has taken the shift in a swap`() {
        var planner = planner()
        planner.skipHandovers(until: instant("2026-10-01 09:00"))
        #expect(told(&planner, [], "2026-10-01 09:00", "2026-10-01 23:00").isEmpty)
        // What is raised after the change is told by its own messages.
        let late = [alarm(7, .p2, "2026-10-02 20:00")]
        #expect(told(&planner, late, "2026-10-01 23:00", "2026-10-02 23:00").isEmpty)
        let early = [alarm(8, .p2, "2026-10-02 19:59")]
        var second = self.planner()
        second.skipHandovers(until: instant("2026-10-02 09:00"))
        let notices = told(&second, early, "2026-10-02 09:00", "2026-10-03 09:00")
        #expect(notices.map(\.recipient) == ["zhao", "wang"])
    }

    @Test func `is told once, however often the daemon starts, and made up for when it was down`() {
        let open = [alarm(7, .p2, "2026-10-01 10:00")]
        var ids: [String] = []
        for start in ["2026-10-01 20:30", "2026-10-01 21:00", "2026-10-01 23:30"] {
            var planner = planner()
            ids += told(&planner, open, start, start).map(\.id)
        }
        #expect(ids.count == 3 && Set(ids).count == 1)
        var next = planner()
        #expect(told(&next, open, "2026-10-02 00:30", "2026-10-02 00:30").isEmpty)
        var known = planner()
        known.skipHandovers(until: instant("2026-10-01 20:00"))
        #expect(told(&known, open, "2026-10-01 20:30", "2026-10-01 21:30").isEmpty)
    }

    @Test func `tells what waits for the end of quiet hours, by the channel the person wants`() throws {
        var planner = planner(Self.duty, ["wang": Preference(channels: ["mail"])])
        planner.skipHandovers(until: instant("2026-10-01 21:00"))
        let subject = NoticePlanner.Subject(
            occurrence: alarm(7, .p4, "2026-10-01 23:00"), isAcknowledged: false, isQuiet: false, order: nil)
        #expect(
            planner.announce(subject, route: "default", again: false, at: at("2026-10-01 23:00"))
                .map(\.channel) == ["board"])
        _ = planner.end(subject, .recovered, at: at("2026-10-01 23:30"))
        let early = roster([
            RosterLayer(
                crews: [],
                shifts: [
                    .init(DailySpan(fromMinutes: 6 * 60, toMinutes: 20 * 60), crews: [["wang"]]),
                    .init(DailySpan(fromMinutes: 20 * 60, toMinutes: 6 * 60), crews: [["li"]]),
                ])
        ])
        var second = NoticePlanner(
            site: PlannerBench.site, routes: [Self.route(early)],
            directory: NoticeDirectory(
                preferences: ["wang": Preference(channels: ["mail"])], machines: ["board"]),
            catalog: Self.words, announcements: planner.announcements.values.map { $0 })
        second.skipHandovers(until: instant("2026-10-02 05:00"))
        let notices = told(&second, [], "2026-10-02 05:00", "2026-10-02 06:30")
        #expect(notices.map(\.channel) == ["mail"])
        #expect(notices.first?.body == "On duty:\n[P4] alarm 7 over")
    }

    @Test func `is not handed over where the roster says so, nor to a board that only programs read`() {
        let open = [alarm(7, .p1, "2026-10-01 10:00")]
        let quiet = Roster(
            id: "duty", label: Self.duty.label, zone: shanghai, layers: Self.duty.layers, isHandedOver: false)
        var planner = planner(quiet)
        #expect(told(&planner, open, "2026-10-01 20:30", "2026-10-01 20:30").isEmpty)
        var board = NoticePlanner(
            site: PlannerBench.site, routes: [Self.route(Self.duty, via: ["board"])],
            directory: NoticeDirectory(machines: ["board"]), catalog: Self.words, announcements: [])
        #expect(told(&board, open, "2026-10-01 20:30", "2026-10-01 20:30").isEmpty)
    }
}
