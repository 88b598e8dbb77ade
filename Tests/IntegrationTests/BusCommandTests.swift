import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct BusCommandTests {
        @Test func `people read, scan and watch through the daemon while it goes on polling`() async throws {
            let site = try await SiteUnderTest("errands")
            _ = try await site.start()
            try #require(
                try await eventually(within: 20) { try await site.quality(of: "P1.running") == "good" })
            let buses = try await site.list("api/v1/buses", "buses")
            let pumps = try #require(buses.first { $0["id"] as? String == "pump-room" })
            let units = try #require(pumps["units"] as? [[String: Any]])
            let pump = try #require(units.first { $0["asset"] as? String == "P1" }?["unit"] as? Int)

            let peek = try await site.command("peek", "pump-room", "\(pump)", "holding:0:2", "--json")
            #expect(peek.status == 0, "\(peek.output)")
            #expect(peek.output.contains(#""outcome" : "ok""#), "\(peek.output)")

            let scan = try await site.command(
                "bus", "scan", "pump-room", "--units", "\(pump),240", "--timeout", "200ms")
            #expect(scan.status == 0, "\(scan.output)")
            #expect(scan.output.contains("\(pump)\tok\t"), "\(scan.output)")
            #expect(!scan.output.contains("\n240\t"), "\(scan.output)")

            let watch = try await site.command("bus", "watch", "pump-room", "--for", "3s")
            #expect(watch.status == 0, "\(watch.output)")
            #expect(watch.output.contains(" > \(pump)  function 3 "), "\(watch.output)")
            #expect(watch.output.contains(" < \(pump)  function 3, "), "\(watch.output)")

            let plan = try await site.command("bus", "plan", "pump-room", "--live", "--csv")
            #expect(plan.status == 0, "\(plan.output)")
            #expect(plan.output.contains("pump-room,\(pump),P1,3,holding:"), "\(plan.output)")

            let show = try await site.command("bus", "show", "pump-room")
            #expect(show.status == 0, "\(show.output)")
            #expect(show.output.contains("\(pump)\tP1\t"), "\(show.output)")

            let broker = try await site.command("peek", "broker", "1", "holding:0")
            #expect(broker.status == 1, "\(broker.output)")
            #expect(broker.output.contains("MQTT"), "\(broker.output)")
            #expect(try await site.quality(of: "P1.running") == "good")
        }

        @Test func `why a bus is down is told where people look, not only in the log`() async throws {
            let site = try await SiteUnderTest("trouble")
            try site.writeBuses(replacing: [
                "lifts": "{kind: modbus-tcp, host: 127.0.0.1, port: \(FreePort.any()), timeout: 500ms}"
            ])
            _ = try await site.start()
            let isTold = try await eventually(within: 10) {
                try await site.list("api/v1/buses", "buses")
                    .first { $0["id"] as? String == "lifts" }?["trouble"] as? String != nil
            }
            #expect(isTold)
            let show = try await site.command("bus", "show", "lifts")
            #expect(show.output.contains("down since"), "\(show.output)")
            let peek = try await site.command("peek", "lifts", "1", "holding:0")
            #expect(peek.status == 1)
            #expect(peek.output.contains("no connection"), "\(peek.output)")
        }
    }
}
