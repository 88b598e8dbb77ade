import Alarms
import Facility
import Rules
import Testing

@testable import Engine

/// The bounds of floods and chatter, to the millisecond, and their memory on another boot's clocks.
@Suite struct FloodMemoryTests {
    private static func moment(_ uptime: Int64) -> Moment {
        Moment(wallMilliseconds: 1_772_323_200_000 + uptime, uptimeMilliseconds: uptime)
    }

    /// A flood after alarms at some times, milliseconds.
    private static func flood(_ times: [Int64]) -> FloodMemory {
        var flood = FloodMemory()
        for time in times { _ = flood.note(at: moment(time)) }
        return flood
    }

    @Test(arguments: [(599_999 as Int64, true), (600_000, false)])
    func `more than ten in less than ten minutes are a flood`(last: Int64, isFlood: Bool) {
        let ten = (0..<10).map { $0 * 1000 as Int64 }
        #expect(!Self.flood(ten).isOn)
        #expect(Self.flood(ten + [last]).isOn == isFlood)
    }

    @Test
    func `fewer than five left of the last ten minutes end it, when the fifth newest is ten minutes old`() {
        let times = (0..<11).map { $0 * 1000 as Int64 }
        #expect(Self.flood(times).overUptimeMilliseconds == 606_000)
        #expect(Self.flood(times + [500_000]).overUptimeMilliseconds == 607_000)
        var over = Self.flood(times)
        over.end()
        #expect(!over.isOn && over.overUptimeMilliseconds == nil)
    }

    @Test func `a flood goes on after a reboot as if the clock had gone on`() {
        var flood = Self.flood((0..<11).map { 1_000_000 + $0 * 1000 as Int64 })
        flood.due["night"] = Self.moment(1_500_000)
        let moved = flood.translated { Self.moment($0.uptimeMilliseconds - 1_000_000) }
        #expect(moved.recent.map(\.uptimeMilliseconds) == (0..<11).map { $0 * 1000 })
        #expect(moved.since?.uptimeMilliseconds == 10_000)
        #expect(moved.due["night"]?.uptimeMilliseconds == 500_000)
        #expect(moved.overUptimeMilliseconds == 606_000)
    }

    // MARK: Chatter

    private static let occurrence = AlarmOccurrence(
        id: OccurrenceID(1), key: AlarmKey(rule: "r", asset: "P1"), priority: .p3, state: .unacknowledged,
        text: Bilingual(zh: "t", en: "t"), guidance: nil, beganWallMilliseconds: 0, raisedWallMilliseconds: 0,
        evidence: [],
        reason: AlarmReason(
            position: SourcePosition(file: "f", line: 1, column: 1), expression: "x", delayMilliseconds: 0))

    private static func chatter(
        _ times: [Int64], _ limits: RuleDefinition.Chatter
    ) -> (memory: ChatterMemory, begins: [Bool]) {
        var memory = ChatterMemory(key: occurrence.key)
        let begins = times.map { memory.note(occurrence, limits, at: moment($0)) }
        return (memory, begins)
    }

    @Test func `so many activations within a span are a chatter, the last one on its end included`() {
        let limits = RuleDefinition.Chatter(
            activations: 3, withinMilliseconds: 60_000, quietMilliseconds: 600_000)
        #expect(Self.chatter([0, 30_000, 60_000], limits).begins == [false, false, true])
        #expect(Self.chatter([0, 30_000, 60_001], limits).begins == [false, false, false])
        let long = Self.chatter([0, 10_000, 20_000, 300_000, 310_000], limits)
        #expect(long.begins == [false, false, true, false, false])
        #expect(long.memory.episode?.count == 5)
        #expect(long.memory.overUptimeMilliseconds(limits) == 310_000 + 600_000)
        let quiet = Self.chatter([0, 10_000], limits).memory
        #expect(quiet.overUptimeMilliseconds(limits) == 10_000 + 60_001)
    }

    @Test func `an alarm that comes once does not chatter, however few are asked for`() {
        let limits = RuleDefinition.Chatter(
            activations: 1, withinMilliseconds: 60_000, quietMilliseconds: 600_000)
        #expect(Self.chatter([0, 1000, 2000], limits).begins == [false, false, false])
    }

    @Test func `what came before a reboot counts after it`() {
        let limits = RuleDefinition.Chatter(
            activations: 3, withinMilliseconds: 60_000, quietMilliseconds: 600_000)
        var moved = Self.chatter([1_000_000, 1_010_000], limits).memory.translated {
            Self.moment($0.uptimeMilliseconds - 1_000_000)
        }
        #expect(moved.activations.map(\.uptimeMilliseconds) == [0, 10_000])
        let begins = moved.note(Self.occurrence, limits, at: Self.moment(20_000))
        #expect(begins)
    }
}
