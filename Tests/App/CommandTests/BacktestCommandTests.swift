import Facility
import Foundation
import Testing
import Trends

@testable import sitewatch

@Suite struct `Rules on the past` {
    /// A site of one pump with one rule, and its pressure over twenty minutes as a table file.
    private static func site(_ work: (_ folder: String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "past-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = [
            "site.yaml": "id: past\nname: {zh: 过去, en: Past}\ntimezone: Asia/Shanghai\n",
            "buses.yaml": "buses:\n  broker: {kind: mqtt, host: 127.0.0.1}\n",
            "notify.yaml": """
            channels:
              told: {kind: mqtt, bus: broker}
            routes:
              default:
                steps:
                  - {after: 0s, via: [told]}

            """,
            "profiles/gauge.yaml": """
            profile: gauge
            class: pump
            name: {zh: 压力表, en: Gauge}
            source: made up
            topic: "gauge/{asset}"
            expect_every: 1s
            points:
              pressure: {json: /pressure, type: number, unit: MPa, name: {zh: 压力, en: Pressure}}

            """,
            "assets/pumps.yaml": """
            assets:
              P1: {class: pump, name: {zh: 一号泵, en: Pump 1}, location: B1, profile: gauge, bus: broker}

            """,
            "rules/pumps.yaml": rules(delay: "10s"),
            "new/pumps.yaml": rules(delay: "60s"),
            "past.csv": """
            time,P1.pressure
            2026-03-01 08:00:00,0.40
            2026-03-01 08:01:00,0.10
            2026-03-01 08:01:30,0.40
            2026-03-01 08:10:00,0.10
            2026-03-01 08:15:00,0.40

            """,
        ]
        for (name, text) in files {
            let path = "\(folder)/\(name)"
            let parent = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try await work(folder)
    }

    private static func rules(delay: String) -> String {
        """
        rules:
          - id: pump.low
            match: {class: pump}
            when: "pressure < 0.2 MPa"
            delay: {raise: \(delay), clear: 0s}
            priority: p3
            text: {zh: "{device} 压力低", en: "{device} pressure low"}

        """
    }

    private static func span(_ folder: String) -> [String] {
        [
            "--csv", folder + "/past.csv", "--from", "2026-03-01 08:00", "--to", "2026-03-01 08:20",
            "--config",
            folder,
        ]
    }

    @Test func `are told in a table, as JSON and event by event`() async throws {
        try await Self.site { folder in
            let told = await run(["rules", "backtest"] + Self.span(folder))
            #expect(told.code == 2, "\(told.out)\(told.err)")
            #expect(told.out.contains("pump.low"))
            #expect(told.out.contains("messages: told 4"))
            let json = await run(["rules", "backtest", "--json"] + Self.span(folder))
            let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
            let rule = (report?["rules"] as? [[String: Any]])?.first { $0["rule"] as? String == "pump.low" }
            #expect(rule?["activations"] as? Int == 2)
            #expect(rule?["active_ms"] as? Int == 20_000 + 290_000)
            let lines = await run(["rules", "backtest", "pump.low", "--events"] + Self.span(folder))
            #expect(lines.code == 0)
            #expect(lines.lines.filter { $0.contains("raised") }.count == 2)
            #expect(lines.lines.filter { $0.contains("cleared") }.count == 2)
        }
    }

    /// The rows of the file in any order, with rows outside of the span and one that is written twice.
    @Test func `are asked of a table file in any order, and nothing of it is left`() async throws {
        try await Self.site { folder in
            let rows = [
                "2026-03-01 08:15:00,0.40", "2026-03-01 09:10:00,0.10", "2026-03-01 08:01:00,0.30",
                "2026-03-01 08:10:00,0.10", "2026-02-28 23:00:00,0.10", "2026-02-28 21:00:00,0.40",
                "2026-03-01 08:00:30,0.40", "2026-03-01 08:01:30,0.40", "2026-03-01 08:01:00,0.10",
            ]
            try ("time,P1.pressure\n" + rows.joined(separator: "\n") + "\n")
                .write(toFile: folder + "/past.csv", atomically: true, encoding: .utf8)
            let told = await run(["rules", "backtest", "--events", "--json"] + Self.span(folder))
            let raised = told.lines.filter { $0.contains("\"raised\"") }
            // What the pressure was in the night holds until the first row of the day.
            #expect(raised.count == 3, "\(told.out)\(told.err)")
            for (line, minute) in zip(raised, ["08:00:10", "08:01:10", "08:10:10"]) {
                #expect(line.contains("2026-03-01T\(minute)"), "\(line)")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory())
            #expect(left.filter { $0.hasPrefix("sitewatch-samples-") } == [])
        }
    }

    @Test func `another version of them is compared with the old one`() async throws {
        try await Self.site { folder in
            let told = await run(
                ["rules", "diff", folder + "/rules", folder + "/new"] + Self.span(folder))
            #expect(told.code == 2, "\(told.out)\(told.err)")
            #expect(told.out.contains("pump.low: the same 0, added 0, removed 1, moved 1"))
            let same = await run(
                ["rules", "diff", folder + "/rules", folder + "/rules/pumps.yaml"] + Self.span(folder))
            #expect(same.code == 0, "\(same.out)\(same.err)")
        }
    }

    @Test func `are given delays that drop what is fleeting`() async throws {
        try await Self.site { folder in
            let told = await run(["rules", "backtest", "--suggest"] + Self.span(folder))
            #expect(told.code == 0, "\(told.err)")
            #expect(told.out.contains("delay: {raise: 45s, clear: 0s}"))
            #expect(told.out.contains("activations: 2 as it is, 1 as proposed"))
        }
    }

    @Test func `that are not there are named with the nearest`() async throws {
        try await Self.site { folder in
            let told = await run(["rules", "backtest", "pump.lov"] + Self.span(folder))
            #expect(told.err.contains("did you mean pump.low?"))
        }
    }

    @Test func `samples of many points come in one order of time, whatever parts they come in`() async throws
    {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var all: [(Int64, Int)] = []
            let sources = (0..<Int.random(in: 0...6, using: &random)).map { number in
                var wall: Int64 = 0
                var parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    (0..<Int.random(in: 0...5, using: &random)).map { _ in
                        wall += Int64.random(in: 0...3, using: &random)
                        all.append((wall, number))
                        return HistoricSample(wallMilliseconds: wall, value: .number(1))
                    }
                }
                parts.reverse()
                let queue = Queue(parts)
                return (point: PointID(number), parts: { queue.next() } as SampleMerge.Parts)
            }
            var merge = try await SampleMerge(sources)
            var found: [(Int64, Int)] = []
            try await merge.forEach { found.append(($0.wallMilliseconds, Int($0.point.index))) }
            let expected = all.sorted { $0 < $1 }
            #expect(found.elementsEqual(expected) { $0 == $1 })
        }
    }

    private final class Queue {
        private var parts: [[HistoricSample]]

        init(_ parts: [[HistoricSample]]) { self.parts = parts }

        func next() -> [HistoricSample]? { parts.popLast() }
    }
}
