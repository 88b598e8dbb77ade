import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct BusFaultTests {
        @Test
        func
            `with one bus dead, one slow and the broker gone the others keep their polls, and all come back`()
            async throws
        {
            let site = try await SiteUnderTest("buses", withBroker: true)
            let daemon = try await site.start()
            let watched = ["P1.running", "L1.moving", "F1.fire_alarm", "E1.temperature"]
            for point in watched {
                let isGood = try await eventually(within: 30) {
                    try await site.quality(of: point).map { $0 != "bad" } ?? false
                }
                #expect(isGood, "\(point) never arrived")
            }
            try await site.simulate("comm pump-room refuse")
            try await site.simulate("comm lifts slow 300")
            site.broker?.stop()
            #expect(try await eventually(within: 30) { try await site.quality(of: "P1.running") == "bad" })
            try await Task.sleep(for: .seconds(12))
            let fire = try await site.measured("F1.fire_alarm").suffix(10)
            let gaps = zip(fire.dropFirst(), fire).map { $0 - $1 }
            #expect((gaps.max() ?? .max) < 2500, "the healthy bus missed polls: \(gaps)")

            try await site.simulate("comm pump-room normal")
            try await site.simulate("comm lifts normal")
            try site.broker?.start()
            for point in watched {
                let isBack = try await eventually(within: 70) {
                    try await site.quality(of: point).map { $0 != "bad" } ?? false
                }
                #expect(isBack, "\(point) did not come back")
            }
            #expect(daemon.isRunning)
        }
    }
}
