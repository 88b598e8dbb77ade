import Facility
import HTTPTypes
import Testing

@testable import WebAPI

@Suite struct `Figures for Prometheus` {
    @Test func `the site's figures follow from what it knows`() async throws {
        let answer = try await TestSite().ask("/metrics")
        #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = answer.body.split(separator: "\n").map(String.init)
        for line in [
            #"sitewatch_build_info{version="0.1.0"} 1"#, "sitewatch_up 1",
            #"sitewatch_points{quality="good"} 1"#, #"sitewatch_points{quality="bad"} 2"#,
            #"sitewatch_bus_up{bus="pump-room"} 1"#,
            #"sitewatch_bus_polls_total{bus="pump-room",result="ok"} 4200"#,
            #"sitewatch_bus_polls_total{bus="pump-room",result="timeout"} 7"#,
            #"sitewatch_bus_polls_total{bus="pump-room",result="exception"} 0"#,
            #"sitewatch_bus_units_silent{bus="pump-room"} 1"#,
            #"sitewatch_bus_planned_use_ratio{bus="pump-room"} 0.25"#,
            #"sitewatch_unit_requests_total{asset="P1",bus="pump-room",result="timeout",unit="3"} 7"#,
            #"sitewatch_unit_exceptions_total{asset="P1",bus="pump-room",code="2",unit="3"} 2"#,
            #"sitewatch_unit_round_trip_seconds{asset="P1",bus="pump-room",percentile="95",unit="3"} 0.0034"#,
            #"sitewatch_unit_timeout_seconds{asset="P1",bus="pump-room",unit="3"} 0.25"#,
            #"sitewatch_unit_demoted{asset="P1",bus="pump-room",unit="3"} 1"#,
            #"sitewatch_unit_dropped_total{asset="P1",bus="pump-room",unit="3"} 1"#,
            #"sitewatch_alarms_open{priority="p2"} 1"#, #"sitewatch_alarms_open{priority="p1"} 0"#,
            "sitewatch_outbox_notices 2", "sitewatch_history_bytes 123456",
            "sitewatch_history_files_aside 1", "sitewatch_disk_used_ratio 0.25",
            "sitewatch_disk_free_bytes 600000", "sitewatch_history_days_left 412",
            "# TYPE sitewatch_steps_total counter", "sitewatch_steps_total 12",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `room for ever is endless days, and nothing is said of room that is not known`() async throws {
        func days(_ outlook: HealthReport.Capacity.Outlook) async throws -> String? {
            let disk = DiskSpace(totalBytes: 10, freeBytes: 5, usedBytes: 5)
            let report = HealthReport(
                isReady: true, startedWallMilliseconds: five, version: "1", parts: [],
                history: .init(
                    bytes: 1, syncedSinceStart: 1, dropped: 0,
                    capacity: .init(disk: disk, outlook: outlook)), waitingNotices: 0)
            let answer = try await TestSite().ask("/metrics") { $0.health = { report } }
            return answer.body.split(separator: "\n").map(String.init)
                .first { $0.hasPrefix("sitewatch_history_days_left ") }
        }
        #expect(try await days(.enough) == "sitewatch_history_days_left +Inf")
        #expect(try await days(.unknown) == nil)
    }

    @Test func `figures of one name stand together under one heading`() {
        let text = PrometheusText.text([
            Metric("a", .gauge, help: "A.", labels: ["x": "1"], value: 0.5),
            Metric("b", .counter, help: "B.", value: .infinity),
            Metric("a", .gauge, help: "A.", labels: ["x": "2"], value: .nan),
        ])
        #expect(
            text == """
                # HELP a A.
                # TYPE a gauge
                a{x="1"} 0.5
                a{x="2"} NaN
                # HELP b B.
                # TYPE b counter
                b +Inf

                """)
    }

    @Test func `hostile labels stay inside their quotes`() {
        let text = PrometheusText.text([
            Metric("a", .gauge, help: "line\nbreak \\", labels: ["x": "\"}\n\\\r\nb 1"], value: 1)
        ])
        #expect(
            text == #"""
                # HELP a line\nbreak \\
                # TYPE a gauge
                a{x="\"}\n\\\nb 1"} 1

                """#)
    }
}
