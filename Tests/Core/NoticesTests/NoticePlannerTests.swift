import Alarms
import Facility
import Maintenance
import Notices
import Testing

@Suite struct NoticePlannerTests {
    private static let key = AlarmKey(rule: "pump.low", asset: "P1")
    private static let start = Moment(wallMilliseconds: 1_772_323_200_000, uptimeMilliseconds: 1000)

    private static let site = Site(
        id: "riverside", label: Bilingual(zh: "河畔", en: "Riverside"), language: .zh,
        zone: .fixed("Asia/Shanghai", hours: 8),
        assets: [
            Asset(
                id: "P1", assetClass: .pump, label: Bilingual(zh: "1号泵", en: "Pump 1"), location: "B3/room")
        ], points: [],
        people: [
            Person(id: "wang", label: Bilingual(zh: "王", en: "Wang"), language: .zh),
            Person(id: "li", label: Bilingual(zh: "李", en: "Li"), language: .en),
        ])

    private static let templates = [
        "notice.raise.title": "[{priority}] {text}", "notice.escalate.title": "again [{priority}] {text}",
        "notice.body.where": "at {device} {asset} {location} {site}", "notice.body.since": "since {time}",
        "notice.body.value": "{point}={value}", "notice.body.no-value": "none",
        "notice.body.order": "order {order}", "notice.body.occurrence": "no {number}",
        "notice.body.escalated": "waiting {duration}", "duration.minutes": "{count} min",
        "notice.body.cause": "cause {text}", "notice.body.consequence": "else {text}",
        "notice.body.action": "do {text}", "notice.body.respond-within": "within {duration}",
        "notice.clear.title.recovered": "over {text}", "notice.clear.body.recovered": "at {time}",
        "notice.body.lasted": "lasted {duration}", "duration.seconds": "{count} s",
        "duration.hours": "{count} h",
    ]

    private static let catalog = MessageCatalog([
        .en: templates, .zh: templates.mapValues { "中" + $0 },
    ])

    private func step(
        _ seconds: Int64, unlessAcknowledged: Bool = false, to recipients: [PersonID],
        via: [ChannelID] = ["hook"]
    ) -> Route.Step {
        Route.Step(
            afterMilliseconds: seconds * 1000, isSkippedWhenAcknowledged: unlessAcknowledged,
            recipients: recipients, channels: via)
    }

    private func planner(_ steps: [Route.Step]) -> NoticePlanner {
        NoticePlanner(
            site: Self.site, routes: [Route(id: "default", steps: steps)], catalog: Self.catalog,
            announcements: [])
    }

    private func subject(
        acknowledged: Bool = false, quiet: Bool = false, priority: Priority = .p2
    ) -> NoticePlanner.Subject {
        let occurrence = AlarmOccurrence(
            id: OccurrenceID(17), key: Self.key, priority: priority, state: .unacknowledged,
            text: Bilingual(zh: "压力低", en: "pressure low"),
            guidance: Guidance(
                cause: Bilingual(zh: "阀", en: "valve"), consequence: Bilingual(zh: "停水", en: "dry"),
                action: Bilingual(zh: "开", en: "open"), respondWithinMilliseconds: 1_800_000),
            beganWallMilliseconds: 1_772_323_190_000, raisedWallMilliseconds: 1_772_323_200_000,
            evidence: [
                .init(
                    point: "P1.pressure", label: Bilingual(zh: "压力", en: "pressure"),
                    value: Bilingual(zh: "0.1 MPa", en: "0.1 MPa"), wallMilliseconds: 0),
                .init(
                    point: "P1.mode", label: Bilingual(zh: "方式", en: "mode"), value: nil,
                    wallMilliseconds: nil),
            ],
            reason: AlarmReason(
                position: SourcePosition(file: "r", line: 1, column: 1), expression: "x", delayMilliseconds: 0
            ))
        return NoticePlanner.Subject(
            occurrence: occurrence, isAcknowledged: acknowledged, isQuiet: quiet, order: "WO-20260301-0001")
    }

    @Test func `each recipient hears by each channel in their language; channels without people once`() {
        var planner = planner([step(0, to: ["wang", "li"]), step(0, to: [], via: ["mqtt"])])
        let notices = planner.announce(subject(), route: "default", again: false, at: Self.start)
        #expect(notices.map(\.id) == ["17/0/raise/hook/wang", "17/0/raise/hook/li", "17/1/raise/mqtt/-"])
        #expect(notices.map(\.language) == [.zh, .en, .zh])
        #expect(notices.map(\.title) == ["中[P2] 压力低", "[P2] pressure low", "中[P2] 压力低"])
        #expect(
            notices[1].body == """
                pressure low
                at Pump 1 P1 B3/room Riverside
                since 2026-03-01 07:59:50
                pressure=0.1 MPa
                mode=none
                cause valve
                else dry
                do open
                within 30 min
                order WO-20260301-0001
                no 17
                """)
    }

    @Test func `a message is worth sending for as long as its urgency says, an end always for a day`() {
        for (priority, hours) in [(Priority.p1, Int64(24)), (.p2, 12), (.p3, 8), (.p4, 4)] {
            var planner = planner([step(0, to: ["li"])])
            let subject = subject(priority: priority)
            let raised = planner.announce(subject, route: "default", again: false, at: Self.start)
            #expect(
                raised.map { $0.deliverByWallMilliseconds - $0.decidedWallMilliseconds } == [
                    hours * 3_600_000
                ])
            let ended = planner.end(subject, .recovered, at: Self.start)
            #expect(ended.map { $0.deliverByWallMilliseconds - $0.decidedWallMilliseconds } == [86_400_000])
        }
    }

    @Test func `steps come in their time, and escalation stops with the acknowledgement`() {
        var planner = planner([
            step(0, to: ["wang"]), step(120, unlessAcknowledged: true, to: ["li"]), step(300, to: ["li"]),
        ])
        _ = planner.announce(subject(), route: "default", again: false, at: Self.start)
        #expect(planner.nextStepUptimeMilliseconds(OccurrenceID(17)) == 121_000)
        #expect(planner.advance(subject(), at: Self.start.advanced(milliseconds: 119_999)).isEmpty)
        var other = planner
        let escalated = planner.advance(subject(), at: Self.start.advanced(milliseconds: 120_000))
        #expect(escalated.map(\.id) == ["17/1/escalate/hook/li"])
        #expect(escalated.first?.title == "again [P2] pressure low")
        #expect(escalated.first?.body.contains("waiting 2 min") == true)
        let known = subject(acknowledged: true)
        #expect(other.advance(known, at: Self.start.advanced(milliseconds: 120_000)).isEmpty)
        #expect(
            other.advance(known, at: Self.start.advanced(milliseconds: 300_000)).map(\.id)
                == ["17/1/raise/hook/li"])
        #expect(other.nextStepUptimeMilliseconds(OccurrenceID(17)) == nil)
    }

    @Test func `whoever heard hears the end, once; who did not hear hears nothing`() {
        var planner = planner([
            step(0, to: ["wang"]), step(60, to: ["wang"]), step(120, to: ["li"]),
        ])
        _ = planner.announce(subject(), route: "default", again: false, at: Self.start)
        _ = planner.advance(subject(), at: Self.start.advanced(milliseconds: 60_000))
        let ended = planner.end(subject(), .recovered, at: Self.start.advanced(milliseconds: 90_000))
        #expect(ended.map(\.id) == ["17/0/clear/hook/wang"])
        #expect(ended.first?.title == "中over 压力低")
        #expect(ended.first?.body.contains("lasted 中90 s") == true)
        #expect(planner.announcements.isEmpty)
        #expect(planner.end(subject(), .recovered, at: Self.start).isEmpty)
    }

    @Test func `what ends before its first step is never announced`() {
        var planner = planner([step(60, to: ["wang"])])
        #expect(planner.announce(subject(), route: "default", again: false, at: Self.start).isEmpty)
        #expect(planner.end(subject(), .recovered, at: Self.start.advanced(milliseconds: 30_000)).isEmpty)
    }

    @Test func `the same occurrence announced again keeps its messages apart`() {
        var planner = planner([step(0, to: ["wang"]), step(60, unlessAcknowledged: true, to: ["li"])])
        let first = planner.announce(subject(), route: "default", again: false, at: Self.start)
        #expect(planner.announce(subject(), route: "default", again: false, at: Self.start).isEmpty)
        let second = planner.announce(
            subject(), route: "default", again: true, at: Self.start.advanced(milliseconds: 500_000))
        #expect(first.map(\.id) == ["17/0/raise/hook/wang"])
        #expect(second.map(\.id) == ["17/1/raise/hook/wang"])
        #expect(planner.nextStepUptimeMilliseconds(OccurrenceID(17)) == 561_000)
        #expect(planner.end(subject(), .recovered, at: Self.start).map(\.id) == ["17/0/clear/hook/wang"])
    }

    @Test func `messages stay apart when the route changes its length, whatever was kept of older waves`()
        throws
    {
        var long = planner([step(0, to: ["wang"]), step(60, to: ["wang"]), step(120, to: ["wang"])])
        var notices = long.announce(subject(), route: "default", again: false, at: Self.start)
        notices += long.advance(subject(), at: Self.start.advanced(milliseconds: 120_000))
        var kept = long.announcements.values.map { $0 }
        for length in [1, 2, 1] {
            var planner = NoticePlanner(
                site: Self.site,
                routes: [Route(id: "default", steps: Array(repeating: step(0, to: ["wang"]), count: length))],
                catalog: Self.catalog, announcements: kept)
            notices += planner.announce(subject(), route: "default", again: true, at: Self.start)
            kept = planner.announcements.values.map { $0 }
        }
        #expect(notices.map(\.id) == (0..<7).map { "17/\($0)/raise/hook/wang" })
    }

    @Test func `what is quiet waits, and an unknown route is that of rules that name none`() {
        var planner = planner([step(0, to: ["wang"]), step(60, to: ["li"])])
        _ = planner.announce(subject(), route: "default", again: false, at: Self.start)
        #expect(
            planner.advance(subject(quiet: true), at: Self.start.advanced(milliseconds: 70_000)).isEmpty)
        #expect(planner.advance(subject(), at: Self.start.advanced(milliseconds: 80_000)).count == 1)
        let again = planner.announce(subject(), route: "none", again: true, at: Self.start)
        #expect(again.map(\.recipient) == ["wang"])
    }

    @Test func `a restart goes on where it stopped`() {
        var planner = planner([step(0, to: ["wang"]), step(60, to: ["li"])])
        _ = planner.announce(subject(), route: "default", again: false, at: Self.start)
        let kept = planner.announcements.values.map { $0 }
        var again = NoticePlanner(
            site: Self.site,
            routes: [Route(id: "default", steps: [step(0, to: ["wang"]), step(60, to: ["li"])])],
            catalog: Self.catalog, announcements: kept)
        #expect(
            again.advance(subject(), at: Self.start.advanced(milliseconds: 60_000)).map(\.id)
                == ["17/1/raise/hook/li"])
    }
}
