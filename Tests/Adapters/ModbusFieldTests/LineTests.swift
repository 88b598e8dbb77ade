import Acquisition
import Facility
import Foundation
import ModbusField
import Testing

/// A serial line at 9600 baud on which every byte takes its time. `SITEWATCH_LONG=1` watches it for longer.
@Suite(.serialized) struct LineTests {
    /// The line and the files by which the tests talk to it.
    private final class Line {
        private let folder = FileManager.default.temporaryDirectory.appending(
            path: "line-\(UUID().uuidString)")
        private let peer: Peer
        let device: String

        init?(baud: Int = 9600, turnaround: Double, dead: [Int] = []) {
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            guard let python = Peer.python else { return nil }
            try? Data().write(to: folder.appending(path: "dead"))
            guard
                let peer = Peer(
                    python,
                    [
                        "-c", pacedLine, "\(baud)", "\(turnaround)", folder.appending(path: "dead").path,
                        folder.appending(path: "statistics").path,
                    ])
            else { return nil }
            self.peer = peer
            device = peer.greeting
            silence(dead)
        }

        deinit {
            peer.stop()
            try? FileManager.default.removeItem(at: folder)
        }

        func silence(_ units: [Int]) {
            let text = units.map(String.init).joined(separator: " ")
            try? Data(text.utf8).write(to: folder.appending(path: "dead"), options: .atomic)
        }

        /// Requests, seconds they had to take, seconds that went by, the shortest silence in characters, functions.
        var statistics: [Double] {
            let text = try? String(contentsOf: folder.appending(path: "statistics"), encoding: .utf8)
            return (text ?? "").split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        }
    }

    private func map(_ registers: Int, every period: Int64) -> ModbusMap {
        ModbusMap(points: (0..<registers).map { point($0, every: period) })
    }

    /// The share of the time during which the line was at work, over so many requests.
    private func use(of line: Line, over requests: Double) async -> Double {
        _ = await holds(within: 5) { line.statistics.count >= 5 }
        let before = line.statistics
        guard before.count >= 5 else { return 0 }
        _ = await holds(within: requests / 8) { (line.statistics.first ?? 0) >= before[0] + requests }
        let after = line.statistics
        guard after.count >= 5, after[2] > before[2] else { return 0 }
        return (after[1] - before[1]) / (after[2] - before[2])
    }

    @Test func `a busy line at 9600 baud is used to nine tenths and keeps its silences`() async throws {
        guard let line = Line(turnaround: 0.005) else { return }
        let wrong = Wrong(map(20, every: 20))
        let poller = ModbusPoller(
            bus: bus(ModbusFieldTests.line(line.device, baud: 9600), [map(20, every: 20)], timeout: 500),
            on: .init(),
            clock: clock, deliver: wrong.check, report: { _ in })
        poller.start()
        // The time of a machine that is busy otherwise is lost for the line, so one of several windows counts.
        var uses: [Double] = []
        for _ in 0..<(isLong ? 1 : 6) where uses.allSatisfy({ $0 < 0.9 }) {
            uses.append(await use(of: line, over: isLong ? 700 : 50))
        }
        poller.stop()
        let statistics = line.statistics
        try #require(statistics.count >= 5)
        print("use of a line at 9600 baud: \(uses), shortest silence: \(statistics[3]) characters")
        #expect(uses.contains { $0 >= 0.9 }, "\(uses) of the time the line was at work")
        #expect(statistics[3] >= 3.5, "a silence of \(statistics[3]) characters")
        #expect(statistics[4...].allSatisfy { $0 == 3 })
        #expect(wrong.samples.isEmpty && wrong.good > 0)
    }

    @Test
    func `eight dead units of thirty-two do not slow the others down, and one that returns is read soon`()
        async throws
    {
        let dead = [3, 7, 11, 15, 19, 23, 27, 31]
        guard let line = Line(turnaround: 0.005, dead: dead) else { return }
        let period: Int64 = 2500
        let unit = map(10, every: period)
        let collector = Collector()
        let bus = bus(
            ModbusFieldTests.line(line.device, baud: 9600), Array(repeating: unit, count: 32), timeout: 200)
        let poller = collector.poller(bus)
        poller.start()
        // The dead have to be found out first, at two time-outs each.
        #expect(await holds(within: 15) { poller.statistics().units.filter(\.isDemoted).count == dead.count })
        let first = collector.samples.count
        let cycles = isLong ? 40 : 4
        try? await Task.sleep(for: .milliseconds(Int64(cycles) * period))
        let share = onTime(collector.samples[first...], points: 10, but: dead, every: period)
        print("healthy units beside dead ones at 9600 baud: \(share) of their polls on time")
        #expect(share >= 0.95)
        // One of them returns.
        line.silence(dead.filter { $0 != 7 })
        let returned = ContinuousClock.now
        let limit = Double(period) / 1000 + 5
        #expect(await holds(within: limit) { collector.last(10 * 6)?.quality == .good })
        print("a returning unit was read after \(ContinuousClock.now - returned)")
        poller.stop()
    }

    /// The share of polls that came not later than half a period after the one before, and not left out.
    private func onTime(
        _ samples: ArraySlice<Sample>, points: Int, but dead: [Int], every period: Int64
    ) -> Double {
        var intervals: [Int64] = []
        for unit in (1...32) where !dead.contains(unit) {
            let times = samples.filter { $0.point == PointID(points * (unit - 1)) && $0.quality == .good }
                .map(\.wallMilliseconds)
            intervals += zip(times, times.dropFirst()).map { $1 - $0 }
        }
        return Double(intervals.count { $0 <= period * 3 / 2 }) / Double(max(intervals.count, 1))
    }
}
