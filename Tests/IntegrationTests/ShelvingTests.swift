import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// Putting aside and taking out of service, by the commands people use.
    struct ShelvingTests {
        private func state(_ site: SiteUnderTest) async throws -> String? {
            try await site.openAlarms(of: "P1").first { $0["rule"] as? String == "test.pressure" }?["state"]
                as? String
        }

        /// How many messages told that it was raised, or raised again; other pumps have alarms of their own.
        private func told(_ site: SiteUnderTest, _ alarm: Int) -> Int {
            let keys = site.receiver.notices.map(\.key)
            return Set(keys.filter { $0.hasPrefix("\(alarm)/") && $0.contains("/raise/") }).count
        }

        private func kinds(_ site: SiteUnderTest) async throws -> [String] {
            try await site.list("api/v1/alarms/journal?asset=P1&rule=test.pressure", "entries").reversed()
                .compactMap { $0["kind"] as? String }
        }

        @Test func `a shelf runs out by itself although the daemon was killed, and people are told again`()
            async throws
        {
            let site = try await SiteUnderTest("shelf")
            let first = try await site.start()
            try #require(
                try await eventually(within: 20) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                })
            try await site.simulate("inject P1 discharge-low")
            try #require(try await eventually(within: 30) { try await state(site) == "unacknowledged" })
            let raised = try await site.openAlarms(of: "P1").first {
                $0["rule"] as? String == "test.pressure"
            }
            let alarm = try #require(raised?["id"] as? Int)
            #expect(await eventually(within: 10) { told(site, alarm) == 1 })

            let long = try await site.command(
                "alarms", "shelve", "test.pressure@P1", "--for", "25h", "--reason", "x", "--as", "ann")
            #expect(long.status == 1)
            #expect(long.output.contains("24 hours at most"), "\(long.output)")
            let shelved = try await site.command(
                "alarms", "shelve", "test.pressure@P1", "--for", "15s", "--reason", "repair", "--as", "ann")
            #expect(shelved.status == 0, "\(shelved.output)")
            #expect(try await state(site) == "shelved")
            let quiet = try await site.command("alarms", "quiet", "--csv")
            #expect(quiet.output.contains("test.pressure,P1,\(alarm),shelved,true,"), "\(quiet.output)")

            first.signal(SIGKILL)
            await first.ended()
            let second = try await site.start()
            #expect(try await state(site) == "shelved")
            #expect(try await eventually(within: 30) { try await state(site) == "unacknowledged" })
            #expect(try await kinds(site) == ["raised", "shelved", "acknowledged", "unshelved"])
            let last = try #require(
                try await site.list("api/v1/alarms/journal?asset=P1&kind=unshelved", "entries").first)
            #expect(last["person"] == nil)
            #expect(await eventually(within: 10) { told(site, alarm) == 2 })

            // The order's asset goes out of service under it, and comes back only when it is closed.
            let order = try #require(
                try await site.list("api/v1/orders?asset=P1", "orders").first?["number"] as? String)
            let out = try await site.command("alarms", "out-of-service", order, "--as", "ann")
            #expect(out.status == 0, "\(out.output)")
            #expect(try await state(site) == "out_of_service")
            let early = try await site.command("alarms", "return", "P1", "--as", "ann")
            #expect(early.status == 1)
            #expect(early.output.contains("\(order) is still open"), "\(early.output)")
            let codes = [
                "--mode", "unk", "--cause", "unknown", "--remedy", "inspected", "--override", "test",
            ]
            for (step, more) in [("accept", []), ("start", []), ("done", codes)] {
                let moved = try await site.command(["orders", step, order, "--as", "ann"] + more)
                #expect(moved.status == 0, "\(moved.output)")
            }
            let back = try await site.command("alarms", "return", "P1", "--as", "ann")
            #expect(back.status == 0, "\(back.output)")
            #expect(try await state(site) == "unacknowledged")

            let stats = try await site.get("api/v1/alarms/stats")
            let top = try #require(stats["top"] as? [[String: Any]])
            let own = top.filter {
                $0["asset"] as? String == "P1" && $0["rule"] as? String == "test.pressure"
            }
            #expect(own.map { $0["count"] as? Int } == [1])
            #expect(stats["sufficient"] as? Bool == false)
            let printed = try await site.command("alarms", "stats", "--csv")
            #expect(printed.status == 0)
            #expect(printed.output.contains(",≤ 10.0,,insufficient_data"), "\(printed.output)")
            let metrics = String(
                decoding: try await answer("metrics", socket: site.socket), as: UTF8.self)
            let activations = try #require(stats["activations"] as? Int)
            #expect(
                metrics.contains(#"sitewatch_alarm_activations_recent{span="10m"} \#(activations)"#),
                "\(metrics)")
            #expect(metrics.contains("sitewatch_alarm_flood 0"))
            second.signal(SIGTERM)
            #expect(await second.ended(within: 10) == 0)
        }
    }
}
