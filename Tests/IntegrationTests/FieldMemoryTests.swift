import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// A meter and a fire panel whose registers the tests set.
    struct FieldMemoryTests {
        @Test func `totals and event queues go on after a kill, and after a memory nobody can read`()
            async throws
        {
            let python = try #require(TestPaths.program("python3"), "python3 is not installed")
            let port = FreePort.any()
            let script = TestPaths.checkout.appendingPathComponent(
                "Tests/IntegrationTests/register_server.py")
            let peer = try RunningProgram(python, [script.path, "\(port)"])
            try #require(await eventually(within: 20) { peer.output.contains("READY") }, "\(peer.output)")
            let folder = try TemporaryFolder("memory")
            try write(port: port, in: folder)
            peer.send("0 500")

            let first = try daemon(in: folder)
            #expect(await eventually(within: 30) { await value("M1.energy", folder) == 500 })
            // Another meter; then it counts on, and the panel reports a fire.
            peer.send("0 3")
            #expect(await eventually(within: 30) { await value("M1.energy", folder) == 503 })
            peer.send("0 6")
            peer.send("20 1 7")
            peer.send("10 1")
            #expect(await eventually(within: 30) { await value("F1.fire", folder) == 1 })
            #expect(await eventually(within: 30) { await value("M1.energy", folder) == 506 })
            try await Task.sleep(for: .seconds(3))
            first.signal(SIGKILL)
            _ = await first.ended()

            // What nobody saw: the meter says it itself, the panel keeps it in its queue.
            peer.send("0 9")
            peer.send("22 3 8")
            peer.send("10 2")
            let second = try daemon(in: folder)
            #expect(await eventually(within: 30) { await value("M1.energy", folder) == 509 })
            #expect(await eventually(within: 30) { await value("F1.device", folder) == 8 })
            #expect(await value("F1.fire", folder) == 1)
            #expect(await value("F1.trouble", folder) == 1)
            second.signal(SIGTERM)
            #expect(await second.ended() == 0)

            let spoil = """
                import sqlite3, sys
                ledger = sqlite3.connect(sys.argv[1])
                ledger.execute("UPDATE field_memory SET json = 'nonsense'")
                ledger.commit()
                """
            let spoiled = try await RunningProgram.run(
                python, ["-c", spoil, folder.path("data/ledger.sqlite")])
            #expect(spoiled.status == 0, "\(spoiled.output)")
            let third = try daemon(in: folder)
            #expect(await eventually(within: 30) { await value("M1.energy", folder) == 9 })
            #expect(third.output.contains("field.memory-not-read"), "\(third.output)")
            third.signal(SIGTERM)
            #expect(await third.ended() == 0)
        }

        private func daemon(in folder: TemporaryFolder) throws -> RunningProgram {
            try RunningProgram(
                TestPaths.programs.appendingPathComponent("sitewatch"),
                ["run", "--config", folder.path("site"), "--data", folder.path("data"), "--lang", "en"])
        }

        /// What a point measures, a contact as 0 or 1.
        private func value(_ path: String, _ folder: TemporaryFolder) async -> Double? {
            let socket = folder.path("api.sock")
            guard let document = try? await document("api/v1/points?limit=1000", socket: socket),
                let points = document["points"] as? [[String: Any]]
            else { return nil }
            let value = points.first { $0["path"] as? String == path }?["value"]
            return value as? Double ?? (value as? Bool).map { $0 ? 1 : 0 }
        }

        private func write(port: Int, in folder: TemporaryFolder) throws {
            try folder.write(
                "site/site.yaml",
                "id: memory\nname: {zh: 记忆, en: Memory}\ntimezone: Asia/Shanghai\nlanguage: en\n"
                    + "web: {listen: none, socket: \"\(folder.path("api.sock"))\"}\nrule_packs: []\nplan_packs: []\n"
            )
            try folder.write("site/people.yaml", "people: {}\n")
            try folder.write("site/notify.yaml", "channels: {}\nroutes: {}\n")
            try folder.write(
                "site/buses.yaml", "buses:\n  b: {kind: modbus-tcp, host: 127.0.0.1, port: \(port)}\n")
            try folder.write(
                "site/assets/all.yaml",
                """
                assets:
                  M1: {class: meter, name: {zh: 电表, en: Meter}, location: B1, profile: meter, bus: b, unit: 1}
                  F1: {class: fire_panel, name: {zh: 报警器, en: Panel}, location: B1, profile: panel, bus: b, unit: 2}

                """)
            try folder.write("site/profiles/meter.yaml", Self.meter)
            try folder.write("site/profiles/panel.yaml", Self.panel)
        }

        private static let meter = """
            profile: meter
            class: meter
            source: the registers of the test
            poll: {fast: 200ms, normal: 200ms, slow: 1s}
            points:
              energy: {register: "holding:0", type: uint16, unit: kWh, counter: {maximum_rate: 36000/h, width: 16}}

            """

        private static let panel = """
            profile: panel
            class: fire_panel
            source: the registers of the test
            poll: {fast: 200ms, normal: 200ms, slow: 1s}
            points:
              newest: {register: "holding:10", type: uint16}
            queue:
              mode: ring
              counter: newest
              slots: {first: "holding:20", count: 8, length: 2}
              code: code
              fields:
                code: {register: "holding:20", type: uint16}
                device: {register: "holding:21", type: uint16}
              states:
                fire: {set: [1], clear: [2]}
                trouble: {set: [3], clear: [4]}

            """
    }
}
