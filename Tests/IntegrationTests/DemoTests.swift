import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    struct DemoTests {
        private struct Report: Decodable {
            let complete: Bool
            let missing: [String]
        }

        @Test func `the demonstration sees every link of the chain and leaves nothing running`() async throws
        {
            let (status, report, output) = try await demo()
            #expect(report?.missing == [], "\(output)")
            #expect(report?.complete == true)
            #expect(status == 0, "\(output)")
        }

        @Test func `without the fault the demonstration fails and names the links nobody saw`() async throws {
            let (status, report, output) = try await demo("--no-fault", "--for", "15s")
            #expect(status == 1, "\(output)")
            #expect(report?.complete == false)
            #expect(report?.missing.contains("alarm_committed") == true)
            #expect(report?.missing.contains("site_ready") == false)
        }

        @Test func `Ctrl-C ends everything the demonstration started`() async throws {
            let program = TestPaths.programs.appendingPathComponent("sitewatch")
            let demo = try RunningProgram(program, ["demo", "--headless", "--lang", "en"])
            #expect(await eventually(within: 20) { demo.output.contains("daemon") })
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("sitewatch-demo-\(demo.identifier)").path
            #expect(!Self.programs(mentioning: folder).isEmpty)
            demo.signal(SIGINT)
            #expect(await demo.ended(within: 20) == 1)
            #expect(Self.programs(mentioning: folder) == [])
        }

        /// The command lines of running programs that name a path.
        private static func programs(mentioning path: String) -> [String] {
            let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return processes.filter { Int($0) != nil }.compactMap { id in
                FileManager.default.contents(atPath: "/proc/\(id)/cmdline").map {
                    String(decoding: $0, as: UTF8.self)
                }
            }.filter { $0.contains(path) }
        }

        private func demo(_ more: String...) async throws -> (Int32?, Report?, String) {
            let program = TestPaths.programs.appendingPathComponent("sitewatch")
            let base = more.contains("--for") ? [] : ["--for", "60s"]
            let (status, output) = try await RunningProgram.run(
                program, ["demo", "--headless", "--json", "--lang", "en"] + base + more, within: 90)
            // The report is the last thing printed, and begins on a line of its own.
            let report = output.range(of: "\n{").map { output[$0.lowerBound...] } ?? ""
            return (status, try? JSONDecoder().decode(Report.self, from: Data(report.utf8)), output)
        }
    }
}
