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
