import Acquisition
import Facility
import Foundation
import ModbusField
import Testing

/// An answer that comes when something else was asked meanwhile looks like the answer to that on a serial line.
///
/// Thousands of reads, some of them answered 200 ms late, while the answer is awaited for 120 ms only: not one
/// wrong value may come out. `SITEWATCH_LONG=1` makes 10 000 reads of each kind.
@Suite(.serialized) struct LatenessTests {
    /// Reads of three lengths, so that a late answer sometimes fits the next question and sometimes does not.
    private let map = ModbusMap(
        maximumRegisters: 4,
        points: (0..<40).flatMap { read in
            (0...(read % 3)).map { point(100 * read + $0, every: 20) }
        })

    @Test(arguments: ["tcp", "pty"])
    func `no answer that is 200 ms late becomes a wrong value`(kind: String) async {
        let share = isLong ? 0.01 : 0.02
        guard let peer = Peer.hostile(kind, "later", probability: share, late: 0.2) else { return }
        let endpoint = kind == "tcp" ? local(peer) : line(peer.greeting, baud: 115_200)
        let wrong = Wrong(map)
        let poller = ModbusPoller(
            bus: bus(endpoint, [map], timeout: 120), on: .init(), clock: clock, deliver: wrong.check,
            report: { _ in })
        poller.start()
        let reads = isLong ? 10_000 : 600
        #expect(await holds(within: Double(reads) / 60) { poller.statistics().units[0].requests >= reads })
        poller.stop()
        let statistics = poller.statistics().units[0]
        #expect(wrong.samples.isEmpty, "\(wrong.samples.prefix(3))")
        #expect(statistics.timeouts > reads / 200, "too few answers were late: \(statistics)")
        #expect(wrong.good > reads / 4, "\(statistics)")
    }
}
