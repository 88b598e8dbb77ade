import Facility
import Foundation
import Historian
import Synchronization

/// Prints figures as one line of JSON.
func tell(_ figures: [String: Any]) {
    guard let data = try? JSONSerialization.data(withJSONObject: figures, options: .sortedKeys) else {
        return
    }
    print(String(decoding: data, as: UTF8.self))
    fflush(nil)
}

/// The CPU seconds of this thread or of the whole process.
func cpuSeconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds of a clock that never jumps.
func uptimeSeconds() -> Double { cpuSeconds(of: CLOCK_BOOTTIME) }

/// Megabytes of a line of `/proc/self/status`: `VmRSS`, `VmHWM`.
func memoryMegabytes(_ key: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") }
    let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    return (kilobytes.flatMap { Double($0) } ?? 0) / 1024
}

extension HistoryStatistics {
    /// What the script judges.
    var figures: [String: Any] {
        [
            "appended": appended, "dropped": dropped, "refused": refused, "synced": synced, "sealed": sealed,
            "unsealed": unsealed, "recovered": recovered, "damaged": damaged,
            "fault": fault.map { "\($0)" } ?? sealFault.map { "\($0)" } ?? "",
        ]
    }
}

/// A clock that stands where the newest reading puts it: months pass in seconds.
final class DataClock: Sendable {
    private let newest = Atomic<Int64>(0)

    func move(to wallMilliseconds: Int64) {
        newest.max(wallMilliseconds, ordering: .relaxed)
    }

    var moment: Moment {
        let now = newest.load(ordering: .relaxed)
        return Moment(wallMilliseconds: now, uptimeMilliseconds: now)
    }
}

/// Both clocks as they are.
func realMoment() -> Moment {
    Moment(
        wallMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
        uptimeMilliseconds: Int64(uptimeSeconds() * 1000))
}

extension Array<Double> {
    /// The middle of some measurements.
    var median: Double {
        let ordered = sorted()
        return ordered.isEmpty ? .nan : ordered[ordered.count / 2]
    }
}
