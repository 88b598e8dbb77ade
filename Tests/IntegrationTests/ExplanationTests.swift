import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// What a running daemon says when it is asked why.
    struct ExplanationTests {
        @Test
        func `an alarm that waits, one that stands and one that is explained say why, in both languages`()
            async throws
        {
            let rules = SiteUnderTest.pressureRule.replacing("raise: 2s", with: "raise: 6s")
            let site = try await SiteUnderTest("explain", rules: rules)
            _ = try await site.start()
            try #require(
                try await eventually(within: 30) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                })
            func explain(_ alarm: String, _ language: String = "en") async throws -> String {
                let answer = try await RunningProgram.run(
                    TestPaths.programs.appendingPathComponent("sitewatch"),
                    ["rules", "explain", alarm, "--config", site.configuration, "--lang", language])
                #expect(answer.status == 0, "\(answer.output)")
                return answer.output
            }
            let quiet = try await explain("test.pressure@P1")
            for part in [
                "test.pressure@P1  normal  rules/test.yaml:2",
                "when: running && discharge_pressure < 0.20 MPa",
                "P1.discharge_pressure", "limit 0.2 MPa", "clears when discharge_pressure > 0.25 MPa",
            ] {
                #expect(quiet.contains(part), "no '\(part)' in \(quiet)")
            }
            try await site.simulate("inject P1 discharge-low")
            #expect(
                try await eventually(within: 20) {
                    try await explain("test.pressure@P1").contains("if nothing changes")
                })
            try #require(try await eventually(within: 30) { try await !site.openAlarms(of: "P1").isEmpty })
            let alarm = try #require(try await site.openAlarms(of: "P1").first)
            let number = "\(try #require(alarm["id"] as? Int))"
            let raised = try await explain(number)
            for part in ["test.pressure@P1  unacknowledged", "raised 2", "true"] {
                #expect(raised.contains(part), "no '\(part)' in \(raised)")
            }
            let chinese = try await explain(number, "zh")
            for part in ["未确认", "触发，依据", "成立时解除", "现值"] {
                #expect(chinese.contains(part), "no '\(part)' in \(chinese)")
            }

            // The bus is lost: what hangs on it is named at the root, and says what explains it.
            try await site.simulate("comm pump-room refuse")
            try #require(
                try await eventually(within: 60) {
                    try await site.openAlarms(of: "bus:pump-room").count == 1
                })
            let bus = try await explain("system.bus_down@bus:pump-room")
            let chineseBus = try await explain("system.bus_down@bus:pump-room", "zh")
            #expect(bus.contains("decided by sitewatch itself") && !bus.contains("clears when"), "\(bus)")
            #expect(chineseBus.contains("由 sitewatch 自身判定"), "\(chineseBus)")
            let missing = try await site.command("rules", "explain", "test.pressure@P9")
            #expect(missing.status == 1, "\(missing.output)")
        }
    }
}
