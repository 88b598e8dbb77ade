import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct RestartTests {
        @Test
        func
            `a daemon killed while an alarm is active comes back to the same alarm and order, and tells nobody twice`()
            async throws
        {
            let site = try await SiteUnderTest("restart", withBroker: true)
            let first = try await site.start()
            try #require(
                try await eventually(within: 20) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                }
            )
            try await site.simulate("inject P1 discharge-low")
            try #require(await eventually(within: 30) { site.receiver.count("/raise/") == 1 })
            let alarm = try #require(try await site.openAlarms(of: "P1").first)
            let order = try #require(try await site.list("api/v1/orders", "orders").first)
            // What was sent but not yet marked as delivered would be sent again, under the same key.
            let page = "api/v1/alarms/\(alarm["id"] as? Int ?? 0)"
            try #require(
                try await eventually(within: 10) {
                    try await site.list(page, "notices").allSatisfy { $0["state"] as? String == "sent" }
                })

            first.signal(SIGKILL)
            await first.ended()
            let second = try await site.start()
            try #require(
                try await eventually(within: 20) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                }
            )
            try await Task.sleep(for: .seconds(4))

            let alarmAfter = try #require(try await site.openAlarms(of: "P1").first)
            #expect(alarmAfter["id"] as? Int == alarm["id"] as? Int)
            #expect(alarmAfter["raised"] as? String == alarm["raised"] as? String)
            #expect(alarmAfter["state"] as? String == "unacknowledged")
            #expect(try await site.openAlarms(of: "P1").count == 1)
            let orders = try await site.list("api/v1/orders", "orders")
            #expect(orders.count == 1)
            #expect(orders.first?["number"] as? String == order["number"] as? String)
            #expect(site.receiver.count("/raise/") == 1, "\(site.receiver.notices)")

            try await site.simulate("clear P1 discharge-low")
            #expect(await eventually(within: 40) { site.receiver.count("/clear/") == 1 })
            second.signal(SIGTERM)
            #expect(await second.ended(within: 5) == 0)
        }

        @Test func `a raise delay in progress is kept over a kill to within a second`() async throws {
            let rule = SiteUnderTest.pressureRule.replacing("raise: 2s", with: "raise: 12s")
            let site = try await SiteUnderTest("delay", rules: rule)
            let first = try await site.start()
            try #require(
                try await eventually(within: 20) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                }
            )
            try await site.simulate("inject P1 discharge-low")
            try #require(
                try await eventually(within: 20) {
                    try await site.pressure(of: "P1").map { $0 < 0.2 } ?? false
                })
            let began = ContinuousClock.now
            try await Task.sleep(for: .seconds(4))
            first.signal(SIGKILL)
            await first.ended()
            _ = try await site.start()
            try #require(try await eventually(within: 30) { try await !site.openAlarms(of: "P1").isEmpty })
            let waited = began.duration(to: .now)
            #expect(waited > .seconds(10.5) && waited < .seconds(14.5), "raised after \(waited)")
            let alarm = try #require(try await site.openAlarms(of: "P1").first)
            let delay = try milliseconds(alarm["raised"]) - milliseconds(alarm["began"])
            #expect((11_000...13_000).contains(delay), "raised \(delay) ms after the condition began")
        }

        @Test func `a window over the last hour is full again within seconds of a kill`() async throws {
            let rule = SiteUnderTest.pressureRule
                .replacing(
                    "running && discharge_pressure < 0.20 MPa", with: "avg(discharge_pressure, 1h) > 0 MPa"
                )
                .replacing("discharge_pressure > 0.25 MPa", with: "avg(discharge_pressure, 1h) < 0 MPa")
                .replacing("raise: 2s", with: "raise: 0s")
            let site = try await SiteUnderTest("window", rules: rule)
            let first = try await site.start()
            try #require(
                try await eventually(within: 20) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                }
            )
            try await Task.sleep(for: .seconds(3))
            // A window of an hour says nothing after some seconds.
            #expect(try await site.openAlarms(of: "P1").isEmpty)
            first.signal(SIGKILL)
            await first.ended()
            // The hour before, as the daemon would have stored it.
            let now = Int(Date().timeIntervalSince1970)
            let rows = stride(from: now - 3700, to: now, by: 2).map { second in
                "\(Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)),P1.discharge_pressure,0.4"
            }
            try site.folder.write("hour.csv", (["time,point,value"] + rows).joined(separator: "\n") + "\n")
            let imported = try await site.command("import", site.folder.path("hour.csv"), "--data", site.data)
            try #require(imported.status == 0, "\(imported.output)")
            let second = try await site.start()
            #expect(try await eventually(within: 15) { try await !site.openAlarms(of: "P1").isEmpty })
            #expect(second.output.contains("rules.windows-filled"))
            #expect(try await site.openAlarms(of: "P2").isEmpty)
        }

        @Test func `a kill while nothing happens leaves no gap beyond the outage`() async throws {
            let site = try await SiteUnderTest("gap")
            let first = try await site.start()
            try await Task.sleep(for: .seconds(8))
            first.signal(SIGKILL)
            await first.ended()
            let killed = ContinuousClock.now
            _ = try await site.start()
            let outage = killed.duration(to: .now)
            try await Task.sleep(for: .seconds(6))
            let instants = try await site.measured("P1.running")
            let gaps = zip(instants.dropFirst(), instants).map { $0 - $1 }
            let longest = try #require(gaps.max())
            // One poll period before, one sync interval that may be lost, one connection and poll after.
            let allowed = Int(outage.components.seconds) * 1000 + 1000 + 3500
            #expect(longest <= allowed, "\(longest) ms, outage \(outage)")
            #expect(instants.count >= 9)
        }
    }
}

extension SiteUnderTest {
    /// The last discharge pressure of a pump.
    func pressure(of asset: String) async throws -> Double? {
        try await list("api/v1/points?asset=\(asset)", "points")
            .first { $0["name"] as? String == "discharge_pressure" }?["value"] as? Double
    }
}

/// An instant of the API, milliseconds since 1970.
private func milliseconds(_ time: Any?) throws -> Int {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let date = try format.parse(try #require(time as? String))
    return Int((date.timeIntervalSince1970 * 1000).rounded())
}
