import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct IndependentPeerTests {
        /// The interpreter that has pymodbus; nil where it is not installed.
        static var python: URL? {
            ProcessInfo.processInfo.environment["SITEWATCH_PYTHON"].map { URL(fileURLWithPath: $0) }
        }

        static var isPossible: Bool {
            let isPossible = python != nil && TestPaths.sharedData != nil
            if !isPossible { print("SKIPPED: no pymodbus, or no register tables in shared/data") }
            return isPossible
        }

        @Test(.enabled(if: isPossible))
        func `every value of a meter served by pymodbus over TCP arrives as it is served`() async throws {
            let port = FreePort.any()
            try await compare(server: ["tcp", "\(port)"]) { _ in
                "{kind: modbus-tcp, host: 127.0.0.1, port: \(port), timeout: 1s}"
            }
        }

        @Test(.enabled(if: isPossible))
        func `every value of a meter served by pymodbus over a serial line arrives as it is served`()
            async throws
        {
            let folder = try TemporaryFolder("serial")
            let (near, far) = (folder.path("near"), folder.path("far"))
            let socat = try #require(TestPaths.program("socat"))
            let line = try RunningProgram(
                socat, ["pty,raw,echo=0,link=\(near)", "pty,raw,echo=0,link=\(far)"])
            #expect(
                await eventually(within: 5) {
                    FileManager.default.fileExists(atPath: near)
                        && FileManager.default.fileExists(atPath: far)
                })
            try await compare(server: ["serial", far]) { _ in
                "{kind: modbus-rtu, device: \"\(near)\", baud: 9600, parity: none, timeout: 1s}"
            }
            line.signal(SIGTERM)
        }

        @Test func `mbpoll reads the simulated equipment`() async throws {
            let site = try await SiteUnderTest("mbpoll")
            let program = try #require(TestPaths.program("mbpoll"), "mbpoll is not installed")
            let port = try #require(site.equipment.tcp["pump-room"])
            let (status, output) = try await RunningProgram.run(
                program,
                ["-m", "tcp", "-p", "\(port)", "-a", "2", "-r", "2", "-c", "1", "-t", "4", "-1", "127.0.0.1"])
            #expect(status == 0, "\(output)")
            let value = output.split(separator: "\n").first { $0.hasPrefix("[2]:") }
                .flatMap { Int($0.dropFirst(4).trimmingCharacters(in: .whitespaces)) }
            // The header pressure of a healthy set, in kPa.
            #expect((200...900).contains(try #require(value)), "\(output)")
        }

        private struct Served {
            let name: String
            let function: Int
            let address: Int
            let value: Double
        }

        /// Serves the meter, reads it with the daemon, and compares all points.
        private func compare(server: [String], bus: (String) -> String) async throws {
            let python = try #require(Self.python)
            let table = try #require(TestPaths.sharedData).appendingPathComponent("registers/mbmd-meters.csv")
            let script = TestPaths.checkout.appendingPathComponent("Tests/IntegrationTests/modbus_server.py")
            let peer = try RunningProgram(python, [script.path, table.path, "SDM"] + server)
            try #require(await eventually(within: 20) { peer.output.contains("READY") }, "\(peer.output)")
            let served = peer.output.split(separator: "\n").compactMap(Self.point)
            try #require(served.count > 20)
            let folder = try TemporaryFolder("peer")
            try write(served, bus: bus("meter"), in: folder)
            let socket = folder.path("api.sock")
            let daemon = try RunningProgram(
                TestPaths.programs.appendingPathComponent("sitewatch"),
                ["run", "--config", folder.path("site"), "--data", folder.path("data"), "--lang", "en"])
            var read: [String: Double] = [:]
            let isAll = await eventually(within: 40, every: .milliseconds(300)) {
                read = (try? await Self.values(socket)) ?? [:]
                return read.count == served.count
            }
            #expect(
                isAll, "\(read.count) of \(served.count) points: \(daemon.output) \(peer.output.suffix(500))")
            for point in served {
                #expect(read[point.name.lowercased()] == point.value, "\(point)")
            }
        }

        private static func point(_ line: Substring) -> Served? {
            let parts = line.split(separator: " ")
            guard parts.count == 5, parts[0] == "POINT", let function = Int(parts[2]),
                let address = Int(parts[3]),
                let value = Double(parts[4])
            else { return nil }
            return Served(name: String(parts[1]), function: function, address: address, value: value)
        }

        private static func values(_ socket: String) async throws -> [String: Double] {
            // JSONSerialization loses the last digits of a number; JSONDecoder does not.
            let bytes = try await answer("api/v1/points?asset=M1&limit=1000", socket: socket)
            let points = try JSONDecoder().decode(Points.self, from: bytes).points
            return Dictionary(
                uniqueKeysWithValues: points.compactMap { point in point.value.map { (point.name, $0) } })
        }

        private struct Points: Decodable {
            struct Point: Decodable {
                let name: String
                let value: Double?
            }

            let points: [Point]
        }

        private func write(_ served: [Served], bus: String, in folder: TemporaryFolder) throws {
            try folder.write(
                "site/site.yaml",
                "id: peer\nname: {zh: 对端, en: Peer}\ntimezone: Asia/Shanghai\nlanguage: en\n"
                    + "web: {listen: none, socket: \"\(folder.path("api.sock"))\"}\nrule_packs: []\nplan_packs: []\n"
            )
            try folder.write("site/people.yaml", "people: {}\n")
            try folder.write("site/notify.yaml", "channels: {}\nroutes: {}\n")
            try folder.write("site/buses.yaml", "buses:\n  meter: \(bus)\n")
            try folder.write(
                "site/assets/meter.yaml",
                "assets:\n  M1: {class: meter, name: {zh: 电表, en: Meter}, location: B1, profile: table, "
                    + "bus: meter, unit: 1}\n")
            let points = served.map { point in
                let area = point.function == 4 ? "input" : "holding"
                return
                    "  \(point.name.lowercased()): {register: \"\(area):\(point.address)\", type: float32, "
                    + "poll: fast, name: {zh: \(point.name), en: \(point.name)}}"
            }
            try folder.write(
                "site/profiles/table.yaml",
                "profile: table\nclass: meter\nname: {zh: 表, en: Table}\nsource: \"register table\"\nverified: true\n"
                    + "poll: {fast: 1s, normal: 5s, slow: 60s}\nlimits: {max_registers: 80}\npoints:\n"
                    + points.joined(separator: "\n") + "\n")
        }
    }
}
