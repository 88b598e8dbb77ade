import Alarms
import Engine
import Facility
import HTTPTypes
import Maintenance
import Testing

@testable import WebAPI

@Suite struct `What the site is and how it stands` {
    let site = TestSite()

    @Test func `the site says its name, zone and size`() async throws {
        let answer = try await site.ask("/api/v1/site")
        #expect(answer.status == .ok)
        let document = try answer.document(SiteDocument.self)
        #expect(document.site.id == "riverside")
        #expect(document.site.timezone == "Asia/Shanghai")
        #expect((document.site.assets, document.site.points) == (2, 4))
        #expect(document.time == "2026-03-06T17:00:00.000+08:00")
    }

    @Test func `the status counts alarms, orders and points, and names the silent units`() async throws {
        let status = try await site.ask("/api/v1/status").document(StatusDocument.self)
        #expect(status.ready)
        #expect(status.started == "2026-03-06T15:00:00.000+08:00")
        #expect(status.alarms.open == 1)
        #expect(status.alarms.unacknowledged == 1)
        #expect(status.alarms.byPriority == ["p1": 0, "p2": 1, "p3": 0, "p4": 0])
        #expect(status.orders.open == 1)
        #expect((status.points.good, status.points.uncertain, status.points.bad) == (1, 1, 2))
        #expect(status.buses.first?.units.first?.reason == "timeout")
        #expect(status.history?.bytes == 123_456)
        #expect(status.history?.syncedSinceStart == 98_765)
        #expect(status.history?.damaged == 3)
        #expect(status.history?.filesAside == ["2026-03.sqlite.damaged-20260306T121314Z"])
        let capacity = try #require(status.history?.capacity)
        #expect((capacity.outlook, capacity.daysLeft, capacity.diskUsedRatio) == (.limited, 412, 0.25))
        #expect(status.noticesWaiting == 2)
    }

    @Test func `a shelved alarm is counted as quiet, not as open`() async throws {
        let status = try await site.ask("/api/v1/status") { ports in
            var shelved = TestSite.occurrence
            shelved.state = .shelved
            let kept = shelved
            ports.openOccurrences = { [kept] }
        }.document(StatusDocument.self)
        #expect((status.alarms.open, status.alarms.quiet) == (0, 1))
        #expect(status.alarms.byPriority["p2"] == 0)
    }

    @Test func `assets are listed in the order of the files and by class`() async throws {
        let all = try await site.ask("/api/v1/assets").document(AssetsDocument.self)
        #expect(all.assets.map(\.id) == ["P1", "T1"])
        #expect(all.assets.first?.commissioned == "2020-05-18")
        let tanks = try await site.ask("/api/v1/assets?class=tank").document(AssetsDocument.self)
        #expect(tanks.assets.map(\.id) == ["T1"])
        #expect(try await site.ask("/api/v1/assets?class=boat").error?.code == "invalid_parameter")
    }

    @Test func `an asset comes with its points, its open alarms and its open orders`() async throws {
        let document = try await site.ask("/api/v1/assets/P1").document(AssetDocument.self)
        #expect(document.points.map(\.name) == ["outlet_pressure", "mode", "running"])
        #expect(document.alarms.map(\.id) == [17])
        #expect(document.orders.map(\.number) == ["WO-20260306-0001"])
        let tank = try await site.ask("/api/v1/assets/T1").document(AssetDocument.self)
        #expect(tank.alarms.isEmpty)
    }

    @Test func `a name in the address may be escaped`() async throws {
        #expect(try await site.ask("/api/v1/assets/%501").status == .ok)
    }

    @Test func `a point shows its value in words, its quality and its age`() async throws {
        let points = try await site.ask("/api/v1/points").document(PointsDocument.self).points
        #expect(points.map(\.path) == ["P1.outlet_pressure", "P1.mode", "P1.running", "T1.level"])
        #expect(points[0].value == .number(0.3124))
        #expect(points[0].text == Bilingual(zh: "0.312 MPa", en: "0.312 MPa"))
        #expect(points[0].ageMs == 800)
        #expect(points[1].state == "auto")
        #expect(points[1].text?.en == "automatic")
        #expect((points[1].quality, points[1].reason) == ("uncertain", "stale"))
        #expect((points[2].quality, points[2].reason, points[2].value) == ("bad", "exception_2", nil))
        #expect((points[3].quality, points[3].reason, points[3].time) == ("bad", "never_read", nil))
    }

    @Test(arguments: ["/api/v1/status", "/api/v1/assets/P1", "/api/v1/points", "/metrics"])
    func `samples are shown under the very site they were asked for`(path: String) async throws {
        let reloads = Reloads()
        let answer = try await site.ask(path) { ports in
            ports.site = { await reloads.site() }
            ports.latest = { site in
                await reloads.note(site)
                return TestSite.latest
            }
        }
        #expect(answer.status == .ok)
        // One look is for the language of errors, one for the answer; the samples are asked of the latter.
        #expect(await reloads.given == 2)
        #expect(await reloads.asked == ["configuration 2"])
    }

    @Test func `points are listed by asset and by page`() async throws {
        let ofTank = try await site.ask("/api/v1/points?asset=T1").document(PointsDocument.self)
        #expect(ofTank.points.map(\.name) == ["level"])
        #expect(try await site.ask("/api/v1/points?asset=P9").error?.code == "unknown_asset")
        let first = try await site.ask("/api/v1/points?limit=3").document(PointsDocument.self)
        #expect((first.points.count, first.nextCursor) == (3, "3"))
        let second = try await site.ask("/api/v1/points?limit=3&cursor=3").document(PointsDocument.self)
        #expect(second.points.map(\.path) == ["T1.level"])
        #expect(second.nextCursor == nil)
        let beyond = try await site.ask("/api/v1/points?cursor=99").document(PointsDocument.self)
        #expect(beyond.points.isEmpty)
    }

    @Test func `buses say how requests ended and which unit is silent`() async throws {
        let bus = try #require(
            try await site.ask("/api/v1/buses").document(BusesDocument.self).buses.first)
        #expect((bus.id, bus.kind, bus.state) == ("pump-room", .modbusTCP, .degraded))
        #expect(bus.outcomes == ["ok": 4200, "timeout": 7])
        #expect(bus.units.first?.lastHeard == "2026-03-06T16:59:00.000+08:00")
    }

    @Test func `rules say where they stand, what they watch and how many alarms they have open`()
        async throws
    {
        let rule = try #require(
            try await site.ask("/api/v1/rules").document(RulesDocument.self).rules.first)
        #expect((rule.id, rule.file, rule.line) == ("pump.discharge_low", "rules/pumps.yaml", 12))
        #expect((rule.assets, rule.open, rule.opensOrder) == (["P1"], 1, true))
    }

    @Test func `readiness and life are told by status codes`() async throws {
        #expect(try await site.ask("/readyz").status == .ok)
        #expect(try await site.ask("/healthz").status == .ok)
        let health = try await site.ask("/healthz").document(HealthDocument.self)
        #expect(health.history?.capacity?.daysLeft == 412)
        let stuck = HealthReport(
            isReady: false, startedWallMilliseconds: five, version: "0.1.0",
            parts: [
                HealthReport.Part(name: "history", isProgressing: false, lastProgressWallMilliseconds: nil)
            ],
            history: nil, waitingNotices: 0)
        let ready = try await site.ask("/readyz") { $0.health = { stuck } }
        #expect(ready.status == .serviceUnavailable)
        let alive = try await site.ask("/healthz") { $0.health = { stuck } }
        #expect(alive.status == .serviceUnavailable)
        #expect(try alive.document(HealthDocument.self).parts.map(\.name) == ["history"])
    }
}

@Suite struct `What points measured` {
    let site = TestSite()
    let path = "/api/v1/points/P1.outlet_pressure/history"

    @Test func `without a span it is the last hour`() async throws {
        let document = try await site.ask(path).document(HistoryDocument.self)
        #expect(document.samples?.count == 5)
        #expect(document.unit == "MPa")
        #expect(
            await site.questions.samples == [
                HistoryRequest(
                    point: "P1.outlet_pressure", fromWallMilliseconds: five - 3_600_000,
                    toWallMilliseconds: five, limit: 1001)
            ])
    }

    @Test(arguments: [
        ("from=-2h&to=now", five - 7_200_000, five),
        ("from=2026-03-06T16:00:00%2B08:00&to=2026-03-06T16:30:00", five - 3_600_000, five - 1_800_000),
        ("from=2026-03-06&to=2026-03-06%2017:00", five - 61_200_000, five),
    ])
    func `a span is given in any form of time`(query: String, from: Int64, to: Int64) async throws {
        #expect(try await site.ask("\(path)?\(query)").status == .ok)
        let asked = try #require(await site.questions.samples.first)
        #expect((asked.fromWallMilliseconds, asked.toWallMilliseconds) == (from, to))
    }

    @Test func `a page ends where the next one begins`() async throws {
        let first = try await site.ask("\(path)?limit=2").document(HistoryDocument.self)
        #expect(first.samples?.map(\.time).last == "2026-03-06T16:59:56.000+08:00")
        let cursor = try #require(first.nextCursor)
        let second = try await site.ask("\(path)?limit=3&cursor=\(cursor)").document(HistoryDocument.self)
        #expect(second.samples?.map(\.time).first == "2026-03-06T16:59:57.000+08:00")
        #expect(second.nextCursor == nil)
    }

    @Test func `steps sum up what was asked for and nothing else`() async throws {
        let document = try await site.ask("\(path)?from=-1h&step=5m&agg=min,last")
            .document(HistoryDocument.self)
        #expect(document.samples == nil)
        #expect(document.stepMs == 300_000)
        let bucket = try #require(document.buckets?.first)
        #expect((bucket.min, bucket.max, bucket.avg, bucket.last) == (0.25, nil, nil, 0.5))
        #expect((bucket.count, bucket.bad) == (60, 1))
        let usual = try await site.ask("\(path)?step=5m").document(HistoryDocument.self)
        #expect(usual.buckets?.first?.avg == 0.375)
        #expect(usual.buckets?.first?.increase == nil)
    }

    @Test(arguments: [
        ("from=yesterday", "invalid_parameter"), ("from=now&to=-1h", "invalid_parameter"),
        ("step=10ms", "invalid_parameter"), ("step=fast", "invalid_parameter"),
        ("agg=min", "invalid_parameter"), ("step=1m&agg=median", "invalid_parameter"),
        ("from=-1001s&step=1s", "too_many_buckets"), ("limit=0", "invalid_parameter"),
        ("limit=1001", "invalid_parameter"), ("cursor=x", "invalid_parameter"),
    ])
    func `what cannot be understood is an error, never a default`(query: String, code: String) async throws {
        let answer = try await site.ask("\(path)?\(query)")
        #expect(answer.status == .badRequest)
        #expect(answer.error?.code == code)
    }

    @Test func `exactly a thousand steps are one answer`() async throws {
        #expect(try await site.ask("\(path)?from=-1000s&step=1s").status == .ok)
    }

    @Test func `a point the site does not have is said by name`() async throws {
        let answer = try await site.ask("/api/v1/points/P1.colour/history", language: "en")
        #expect(answer.status == .notFound)
        #expect(answer.error?.code == "unknown_point")
        #expect(answer.error?.message.contains("P1.colour") == true)
    }
}

@Suite struct `What is wrong and who acts` {
    let site = TestSite()

    @Test func `alarms are listed with what people need to see`() async throws {
        let alarm = try #require(
            try await site.ask("/api/v1/alarms").document(AlarmsDocument.self).alarms.first)
        #expect((alarm.id, alarm.priority, alarm.state) == (17, "p2", .unacknowledged))
        #expect(alarm.assetLabel?.en == "Domestic pump 1")
        #expect(alarm.raised == "2026-03-06T16:59:30.000+08:00")
    }

    @Test func `every filter reaches the ledger`() async throws {
        _ = try await site.ask(
            "/api/v1/alarms?open=false&state=returned,acknowledged&priority=p1&priority=p2&asset=P1"
                + "&rule=pump.discharge_low&from=-1d&to=now&limit=5&cursor=20")
        var expected = OccurrenceFilter(limit: 6)
        expected.isOpen = false
        expected.states = [.returned, .acknowledged]
        expected.priorities = [.p1, .p2]
        expected.asset = "P1"
        expected.rule = "pump.discharge_low"
        expected.fromWallMilliseconds = five - 86_400_000
        expected.toWallMilliseconds = five
        expected.before = OccurrenceID(20)
        #expect(await site.questions.occurrences == [expected])
    }

    @Test func `a full page names where the next one begins`() async throws {
        let document = try await site.ask("/api/v1/alarms?limit=1") { ports in
            ports.occurrences = { _ in [TestSite.occurrence, TestSite.occurrence] }
        }.document(AlarmsDocument.self)
        #expect((document.alarms.count, document.nextCursor) == (1, "17"))
    }

    @Test func `the longest page that is full is not taken for the last`() async throws {
        let document = try await site.ask("/api/v1/alarms?limit=1000") { ports in
            ports.occurrences = { _ in Array(repeating: TestSite.occurrence, count: 1000) }
        }.document(AlarmsDocument.self)
        #expect((document.alarms.count, document.nextCursor) == (1000, "17"))
    }

    @Test func `an alarm comes with its journal, messages, order and explanation`() async throws {
        let document = try await site.ask("/api/v1/alarms/17").document(AlarmDocument.self)
        #expect(document.reason.file == "rules/pumps.yaml")
        #expect(document.reason.expression == "outlet_pressure < 0.25 MPa")
        #expect(document.guidance?.action.en == "Check the inlet")
        #expect(document.evidence.first?.text?.en == "0.100 MPa")
        #expect(document.journal.map(\.kind) == [.raised])
        #expect(document.notices.first?.failure == "HTTP 502")
        #expect(document.order?.number == "WO-20260306-0001")
        #expect(document.explanation?.clauses.first?.truth == "false")
        #expect(document.explanation?.clearsInMs == 25_000)
        #expect(document.explains.map(\.id) == [18])
        #expect(document.explains.first?.cause == 17)
        let asked = try #require(await site.questions.occurrences.last)
        // Only what was raised about then or later is looked through.
        #expect(asked.cause == OccurrenceID(17) && asked.includesShadow)
        #expect(asked.fromWallMilliseconds == five - 640_000 && asked.toWallMilliseconds == nil)
    }

    @Test(arguments: ["18", "0", "-1", "seventeen"])
    func `an alarm that is not there is an error`(id: String) async throws {
        let answer = try await site.ask("/api/v1/alarms/\(id)")
        #expect(answer.status == .notFound)
        #expect(answer.error?.code == "unknown_alarm")
    }

    @Test(arguments: [
        ("acknowledge", Command.Kind.acknowledge(OccurrenceID(17))),
        ("reset", .reset(OccurrenceID(17))), ("comment", .comment(OccurrenceID(17))),
    ])
    func `a person acts on an alarm and sees it afterwards`(action: String, kind: Command.Kind) async throws {
        let answer = try await site.ask(
            "/api/v1/alarms/17/\(action)", .post,
            body: #"{"person": " wang ", "note": "on my way", "request_id": "r-1"}"#)
        #expect(answer.status == .ok)
        #expect(try answer.document(AlarmDocument.self).alarm.id == 17)
        #expect(
            await site.desktop.commands == [
                Command(
                    id: "r-1/\(action)/17", kind: kind, person: "wang", note: "on my way")
            ])
    }

    @Test func `requests without an id are told apart`() async throws {
        for _ in 0..<2 {
            _ = try await site.ask("/api/v1/alarms/17/acknowledge", .post, body: #"{"person": "wang"}"#)
        }
        #expect(Set(await site.desktop.commands.map(\.id)).count == 2)
    }

    @Test func `an id sent again for something else is another request`() async throws {
        let asked = ["17/acknowledge", "17/comment", "18/acknowledge", "17/acknowledge"]
        for path in asked {
            _ = try await site.ask(
                "/api/v1/alarms/\(path)", .post,
                body: #"{"person": "wang", "note": "seen", "request_id": "r-1"}"#)
        }
        let ids = await site.desktop.commands.map(\.id)
        #expect(ids.count == asked.count)
        #expect(Set(ids).count == 3)
        #expect(ids.first == ids.last)
    }

    @Test(arguments: [
        (#"{"note": "x"}"#, "malformed_body"), (#"{"person": "  "}"#, "invalid_parameter"),
        (#"{"person": "wang\u0007"}"#, "invalid_parameter"), ("not JSON", "malformed_body"),
        ("", "malformed_body"), (#"{"person": 7}"#, "malformed_body"),
        (#"{"person": "wang", "request_id": ""}"#, "invalid_parameter"),
    ])
    func `a request that does not say who asks is refused`(body: String, code: String) async throws {
        let answer = try await site.ask("/api/v1/alarms/17/acknowledge", .post, body: body)
        #expect(answer.status == .badRequest)
        #expect(answer.error?.code == code)
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test(arguments: [#"{"person": "wang"}"#, #"{"person": "wang", "note": "  "}"#])
    func `a comment needs a text`(body: String) async throws {
        let answer = try await site.ask("/api/v1/alarms/17/comment", .post, body: body)
        #expect(answer.error?.code == "invalid_parameter")
    }

    @Test(arguments: [
        (Refusal.unknown, HTTPResponse.Status.notFound, "unknown_alarm"), (.closed, .conflict, "closed"),
        (.stillActive, .conflict, "still_active"), (.unacknowledged, .conflict, "unacknowledged"),
    ])
    func `what the engine refuses is told as it is`(
        refusal: Refusal, status: HTTPResponse.Status, code: String
    ) async throws {
        await site.desktop.refuse(with: refusal)
        let answer = try await site.ask("/api/v1/alarms/17/reset", .post, body: #"{"person": "wang"}"#)
        #expect(answer.status == status)
        #expect(answer.error?.code == code)
    }
}

@Suite struct `The work to be done` {
    let site = TestSite()

    @Test func `orders are listed and filtered`() async throws {
        let document = try await site.ask(
            "/api/v1/orders?open=true&state=open,in_progress&asset=P1&assignee=li&priority=p2&limit=10"
                + "&cursor=WO-20260307-0001"
        ).document(OrdersDocument.self)
        #expect(document.orders.map(\.number) == ["WO-20260306-0001"])
        var expected = OrderFilter(limit: 11)
        expected.isOpen = true
        expected.assignee = "li"
        expected.priorities = [.p2]
        expected.states = [.open, .inProgress]
        expected.asset = "P1"
        expected.before = "WO-20260307-0001"
        #expect(await site.questions.orders == [expected])
    }

    @Test func `an order comes with its history and the alarm that opened it`() async throws {
        let document = try await site.ask("/api/v1/orders/WO-20260306-0001").document(OrderDocument.self)
        #expect(document.order.version == 2)
        #expect(document.history.map(\.kind) == [.opened])
        #expect(document.alarm?.id == 17)
        let missing = try await site.ask("/api/v1/orders/WO-1")
        #expect((missing.status, missing.error?.code) == (.notFound, "unknown_order"))
    }

    @Test(arguments: [
        ("accept", Command.Kind.accept("WO-20260306-0001")), ("start", .start("WO-20260306-0001")),
        ("done", .finish("WO-20260306-0001")),
    ])
    func `a person moves an order on`(action: String, kind: Command.Kind) async throws {
        let answer = try await site.ask(
            "/api/v1/orders/WO-20260306-0001/\(action)", .post,
            body: #"{"person": "li", "request_id": "r-2", "expected_version": 2}"#)
        #expect(answer.status == .ok)
        #expect(
            await site.desktop.commands == [
                Command(
                    id: "r-2/\(action)/WO-20260306-0001", kind: kind, person: "li", expectedVersion: 2)
            ])
    }

    @Test func `an order that changed meanwhile is not moved, and the caller hears its version`()
        async throws
    {
        await site.desktop.refuse(with: .versionConflict(current: 3))
        let answer = try await site.ask(
            "/api/v1/orders/WO-20260306-0001/accept", .post,
            body: #"{"person": "li", "expected_version": 2}"#)
        #expect((answer.status, answer.error?.code) == (.conflict, "version_conflict"))
        #expect(answer.error?.currentVersion == 3)
    }

    @Test func `an order cannot jump`() async throws {
        await site.desktop.refuse(with: .invalidTransition(from: .open))
        let answer = try await site.ask(
            "/api/v1/orders/WO-20260306-0001/start", .post, language: "zh", body: #"{"person": "li"}"#)
        #expect(answer.error?.code == "invalid_transition")
        #expect(answer.error?.message == "工单还没有人接单，请先接单")
    }
}
