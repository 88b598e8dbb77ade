import Foundation
import TestSupport
import Testing

extension IntegrationTests {
    /// What a daemon wrote down, against what its stored history makes of the same rules.
    struct BacktestTests {
        /// One entry of a journal; numbers of occurrences count differently with the daemon's own alarms among them.
        private struct Entry: Hashable, CustomStringConvertible {
            let alarm: String
            let kind: String
            let state: String
            let note: String
            let milliseconds: Int

            init(_ document: [String: Any]) throws {
                func text(_ key: String) -> String { document[key] as? String ?? "" }
                alarm = "\(text("rule"))@\(text("asset"))"
                kind = text("kind")
                state = text("state")
                note = text("note").replacing(/[0-9]+/, with: "#")
                let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                milliseconds = Int((try format.parse(text("time")).timeIntervalSince1970 * 1000).rounded())
            }

            var description: String { "\(milliseconds % 1_000_000) \(alarm) \(kind) \(state) \(note)" }
        }

        /// Delays, latches, ladders, windows, silence, and one that explains another.
        private static let rules = """
            rules:
              - id: test.pressure
                match: {class: pump}
                when: "running && discharge_pressure < 0.20 MPa"
                clear_when: "discharge_pressure > 0.25 MPa"
                delay: {raise: 2s, clear: 3s}
                priority: p3
                text: {zh: "{device} 压力低", en: "{device} pressure low"}
              - id: test.ladder
                match: {class: pump}
                levels:
                  - {priority: p4, when: "discharge_pressure < 0.25 MPa", deadband: 0.02 MPa, delay: {raise: 1s, clear: 2s}}
                  - {priority: p3, when: "discharge_pressure < 0.12 MPa", deadband: 0.02 MPa, delay: {raise: 3s, clear: 2s}}
                text: {zh: "{device} 压力", en: "{device} pressure"}
              - id: test.starts
                match: {class: pump}
                when: "count(running, 2m) >= 1 || held(!running && on_duty, 8s)"
                priority: p4
                text: {zh: "{device} 启动", en: "{device} starts"}
              - id: test.lately
                match: {class: lift}
                when: "within(fault, 20s)"
                priority: p4
                caused_by: [test.trapped]
                text: {zh: "{device} 近期故障", en: "{device} had a fault"}
              - id: test.trapped
                match: {class: lift}
                when: "trapped_passenger"
                delay: {raise: 1s, clear: 2s}
                latch: true
                priority: p3
                text: {zh: "{device} 困人", en: "{device} passenger trapped"}
              - id: test.fire
                match: {class: fire_panel}
                when: "fire_alarm"
                on_unknown: raise
                priority: p3
                text: {zh: "{device} 火警", en: "{device} fire alarm"}
            """

        @Test func `a backtest of what a daemon stored is the journal that it wrote, entry for entry`()
            async throws
        {
            let site = try await SiteUnderTest("backtest", rules: Self.rules)
            let from = Int(Date().timeIntervalSince1970) - 1
            let daemon = try await site.start()
            try #require(
                try await eventually(within: 30) {
                    try await site.quality(of: "P1.discharge_pressure") == "good"
                })
            let rounds = ProcessInfo.processInfo.environment["SITEWATCH_LONG"] == "1" ? 8 : 1
            for _ in 0..<rounds { try await live(site) }
            let journal = try await site.list("api/v1/alarms/journal?limit=1000", "entries").reversed()
                .filter { $0["asset"] as? String != "sitewatch" }.map(Entry.init)
            // That readings end with the daemon is in the history, and was no news to it.
            let stopped = Int(Date().timeIntervalSince1970 * 1000)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended(within: 10) == 0)
            let to = Int(Date().timeIntervalSince1970) + 1
            func time(_ second: Int) -> String {
                Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)
            }
            let played = try await site.command(
                "rules", "backtest", "--events", "--json", "--from", time(from), "--to", time(to), "--data",
                site.data)
            try #require(played.status == 0, "\(played.output)")
            let found = try played.output.split(separator: "\n").filter { $0.hasPrefix("{") }.map { line in
                try Entry(
                    #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]))
            }.filter { !$0.alarm.hasSuffix("@sitewatch") && $0.milliseconds <= stopped }
            #expect(Set(journal.map(\.kind)).isSuperset(of: ["raised", "cleared", "suppressed"]))
            #expect(Set(journal.map(\.alarm)).count > 8, "\(journal)")
            compare(journal, found)
        }

        /// Faults of the equipment and of its bus, one after another and some at once.
        private func live(_ site: SiteUnderTest) async throws {
            try await site.simulate("inject P1 discharge-low")
            try await site.simulate("inject L1 trapped-passenger")
            try await Task.sleep(for: .seconds(12))
            try await site.simulate("clear P1 discharge-low")
            try await site.simulate("inject L2 controller-fault")
            try await Task.sleep(for: .seconds(8))
            try await site.simulate("comm pump-room refuse")
            try await Task.sleep(for: .seconds(15))
            try await site.simulate("comm fire refuse")
            try await site.simulate("clear L1 trapped-passenger")
            try await Task.sleep(for: .seconds(15))
            try await site.simulate("comm pump-room normal")
            try await site.simulate("comm fire normal")
            try await site.simulate("clear L2 controller-fault")
            try await Task.sleep(for: .seconds(25))
        }

        /// Each alarm went through the same, and never more than a second apart.
        private func compare(_ journal: [Entry], _ found: [Entry]) {
            let lived = Dictionary(grouping: journal, by: \.alarm)
            let played = Dictionary(grouping: found, by: \.alarm)
            for alarm in Set(lived.keys).union(played.keys).sorted() {
                let (left, right) = (lived[alarm] ?? [], played[alarm] ?? [])
                let isSame =
                    left.map { [$0.kind, $0.state, $0.note] } == right.map { [$0.kind, $0.state, $0.note] }
                #expect(isSame, "\(alarm): lived \(left), played \(right)")
                for (one, other) in zip(left, right) where isSame {
                    let apart = abs(one.milliseconds - other.milliseconds)
                    #expect(apart <= 1000, "\(apart) ms between \(one) and \(other)")
                }
            }
        }
    }
}
