import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct AcquisitionTests {
        @Test func `reloads that change one asset cost the others no poll, on its own bus neither`()
            async throws
        {
            let site = try await SiteUnderTest("reload-loss")
            let daemon = try await site.start()
            let watched = ["F1.fire_alarm", "P1.running", "L1.moving"]
            for point in watched {
                try #require(
                    try await eventually(within: 30) { try await site.quality(of: point) == "good" },
                    "\(point) never arrived")
            }
            let water = "site/assets/water.yaml"
            let before = try String(contentsOfFile: site.folder.path(water), encoding: .utf8)
            #expect(before.contains("  P2:"))
            try await Task.sleep(for: .seconds(3))
            let start = Int(Date().timeIntervalSince1970 * 1000)
            for timeout in [300, 350, 400] {
                let changed = before.replacing("  P2:\n", with: "  P2:\n    timeout: \(timeout)ms\n")
                try site.folder.write(water, changed)
                let reloads = { daemon.output.components(separatedBy: "config.reloaded").count }
                let known = reloads()
                daemon.signal(SIGHUP)
                #expect(await eventually(within: 10) { reloads() > known }, "\(daemon.output)")
                try await Task.sleep(for: .seconds(3))
            }
            for point in watched {
                let times = try await site.measured(point).filter { $0 > start - 3000 }
                let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
                #expect(times.count >= 9, "\(point): \(gaps)")
                // A poll left out is a gap of two periods.
                #expect((gaps.max() ?? .max) < 1900, "\(point) missed polls: \(gaps)")
            }
            #expect(daemon.isRunning)
        }

        /// Functions of the Modbus library that write; the linker names them in a program that calls them.
        private static let writers = [
            "modbus_write_register", "modbus_write_registers", "modbus_write_bit", "modbus_write_bits",
            "modbus_write_and_read_registers", "modbus_mask_write_register",
        ]

        private static func names(_ name: String, in program: Data) -> Bool {
            program.range(of: Data([0] + Array(name.utf8) + [0])) != nil
        }

        @Test func `the program names no function that writes to equipment`() throws {
            let file = TestPaths.programs.appendingPathComponent("sitewatch")
            let program = try Data(contentsOf: file, options: .alwaysMapped)
            // The search finds names that are there, and would find a writer.
            #expect(Self.names("modbus_new_rtu", in: program))
            let planted = Data([1, 0] + Array("modbus_write_bit".utf8) + [0, 1])
            #expect(Self.names("modbus_write_bit", in: planted))
            for writer in Self.writers {
                #expect(!Self.names(writer, in: program), "\(writer)")
            }
        }
    }
}
