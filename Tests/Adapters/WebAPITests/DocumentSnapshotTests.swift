import Facility
import Testing

@testable import WebAPI

/// Documents as programs read them. What stands here is a promise: members may be added, never renamed.
@Suite struct `Documents keep their form` {
    let site = TestSite()

    @Test func `a page of points`() async throws {
        let answer = try await site.ask("/api/v1/points?limit=1")
        #expect(
            answer.body == #"""
                {"next_cursor":"1","points":[{"age_ms":800,"asset":"P1","expected_ms":1000,\#
                "kind":"gauge","label":{"en":"Outlet pressure","zh":"出口压力"},\#
                "name":"outlet_pressure","path":"P1.outlet_pressure","quality":"good",\#
                "text":{"en":"0.312 MPa","zh":"0.312 MPa"},\#
                "time":"2026-03-06T16:59:59.200+08:00","unit":"MPa","value":0.3124}],\#
                "time":"2026-03-06T17:00:00.000+08:00","version":1}
                """#)
    }

    @Test func `samples`() async throws {
        let answer = try await site.ask("/api/v1/points/P1.outlet_pressure/history?limit=2")
        #expect(
            answer.body == #"""
                {"from":"2026-03-06T16:00:00.000+08:00","next_cursor":"1772787597000",\#
                "point":"P1.outlet_pressure","samples":[{"quality":"good",\#
                "time":"2026-03-06T16:59:55.000+08:00","value":0},{"quality":"good",\#
                "time":"2026-03-06T16:59:56.000+08:00","value":0.125}],\#
                "to":"2026-03-06T17:00:00.000+08:00","unit":"MPa","version":1}
                """#)
    }

    @Test func `steps`() async throws {
        let answer = try await site.ask("/api/v1/points/P1.outlet_pressure/history?step=30m")
        #expect(
            answer.body == #"""
                {"buckets":[{"avg":0.375,"bad":1,"count":60,"coverage":0,"max":0.5,"min":0.25,\#
                "time":"2026-03-06T16:00:00.000+08:00","worst":"good"}],"from":"2026-03-06T16:00:00.000+08:00",\#
                "point":"P1.outlet_pressure","step_ms":1800000,\#
                "to":"2026-03-06T17:00:00.000+08:00","unit":"MPa","version":1}
                """#)
    }

    @Test func `a page of alarms`() async throws {
        let answer = try await site.ask("/api/v1/alarms")
        #expect(
            answer.body == #"""
                {"alarms":[{"asset":"P1","asset_label":{"en":"Domestic pump 1",\#
                "zh":"1号生活水泵"},"began":"2026-03-06T16:59:20.000+08:00","id":17,\#
                "location":"B3/pump-room","priority":"p2",\#
                "raised":"2026-03-06T16:59:30.000+08:00","rule":"pump.discharge_low",\#
                "state":"unacknowledged","text":{"en":"Discharge pressure low",\#
                "zh":"出口压力低"},"uncertain":false}],"version":1}
                """#)
    }

    @Test func `a page of orders`() async throws {
        let answer = try await site.ask("/api/v1/orders")
        #expect(
            answer.body == #"""
                {"orders":[{"alarm":17,"asset":"P1","asset_label":{"en":"Domestic pump 1",\#
                "zh":"1号生活水泵"},"cause":"P1/pump.discharge_low",\#
                "changed":"2026-03-06T16:59:30.000+08:00","is_overdue":false,\#
                "last_raised":"2026-03-06T16:59:30.000+08:00","location":"B3/pump-room",\#
                "number":"WO-20260306-0001","occurrences":1,\#
                "opened":"2026-03-06T16:59:30.000+08:00","priority":"p2","state":"open",\#
                "title":{"en":"Repair the pump","zh":"检修水泵"},"type":"corrective",\#
                "version":2}],"version":1}
                """#)
    }

    @Test func `the buses`() async throws {
        let answer = try await site.ask("/api/v1/buses")
        #expect(
            answer.body == #"""
                {"buses":[{"endpoint":"10.0.3.20:502","id":"pump-room","kind":"modbus-tcp",\#
                "outcomes":{"ok":4200,"timeout":7},"per_second":1.5,\#
                "planned_use":0.25,"since":"2026-03-06T16:00:00.000+08:00","state":"degraded",\#
                "trouble":"Connection refused","trouble_time":"2026-03-06T16:59:00.000+08:00",\#
                "units":[{"answering":false,"asset":"P1","diagnostics":{"demoted":true,"dropped":1,\#
                "exceptions":{"2":2},"next_probe":"2026-03-06T17:00:04.000+08:00","offline":false,\#
                "outcomes":{"exception":2,"ok":4200,"timeout":7},"overruns":0,"planned_requests":2,\#
                "requests":4209,"round_trip_p50_us":1200,"round_trip_p95_us":3400,\#
                "round_trip_p99_us":9000,"timeout_ms":250},\#
                "last_heard":"2026-03-06T16:59:00.000+08:00","reason":"timeout","unit":3}]}],\#
                "time":"2026-03-06T17:00:00.000+08:00","version":1}
                """#)
    }

    @Test func `an error`() async throws {
        let answer = try await site.ask("/api/v1/orders/WO-1", language: "en")
        #expect(
            answer.body == #"""
                {"error":{"code":"unknown_order","message":"there is no order WO-1"}}
                """#)
    }

    @Test func `every document can be read back as it was`() async throws {
        let status = try await site.ask("/api/v1/status")
        let read = try status.document(StatusDocument.self)
        #expect(String(decoding: try JSON.encode(read), as: UTF8.self) == status.body)
        let alarm = try await site.ask("/api/v1/alarms/17")
        let alarmRead = try alarm.document(AlarmDocument.self)
        #expect(String(decoding: try JSON.encode(alarmRead), as: UTF8.self) == alarm.body)
        let asset = try await site.ask("/api/v1/assets/P1")
        let assetRead = try asset.document(AssetDocument.self)
        #expect(String(decoding: try JSON.encode(assetRead), as: UTF8.self) == asset.body)
    }
}
