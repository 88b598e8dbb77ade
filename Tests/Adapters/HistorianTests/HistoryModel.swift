import Facility
import Foundation
import Historian
import Synchronization
import TestSupport
import Trends

/// The same sequence for the same seed, on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &self) < part }
}

/// 2026-03-01T00:00:00Z
let firstOfMarch: Int64 = 1_772_323_200_000
let minute: Int64 = 60_000
let hour: Int64 = 3_600_000
let day: Int64 = 86_400_000

/// A clock that stands until it is set.
final class SetClock: Sendable {
    let wall: Mutex<Int64>

    init(_ wall: Int64) { self.wall = Mutex(wall) }
}

/// A history in a folder of its own, and what must be in it.
final class Site {
    let folder: TemporaryFolder
    var points: [Point]
    var settings: HistorySettings
    /// What the store takes for the time of day; it counts as uptime too.
    var wall: Int64 {
        get { clock.wall.withLock { $0 } }
        set { clock.wall.withLock { $0 = newValue } }
    }
    private let clock: SetClock
    /// By path and time, what was appended last.
    private(set) var expected: [String: [Int64: HistoricSample]] = [:]
    private(set) var store: HistoryStore

    init(
        _ points: [Point], settings: HistorySettings = HistorySettings(sealSamples: 240, tailMegabytes: 8),
        wall: Int64 = firstOfMarch
    ) throws {
        folder = try TemporaryFolder("history")
        self.points = points
        self.settings = settings
        clock = SetClock(wall)
        store = try Self.open(folder.url.path, points, settings, clock)
    }

    var path: String { folder.url.path }

    private static func open(
        _ folder: String, _ points: [Point], _ settings: HistorySettings, _ clock: SetClock
    ) throws(HistoryError) -> HistoryStore {
        try HistoryStore(folder: folder, points: points, settings: settings, boot: "boot") {
            let wall = clock.wall.withLock { $0 }
            return Moment(wallMilliseconds: wall, uptimeMilliseconds: wall - firstOfMarch)
        }
    }

    /// Lets the store work by itself after a time has passed, for one round at least.
    ///
    /// With no time passing the store must not have tried to sync before.
    func run(passing milliseconds: Int64) async throws {
        let store = store
        wall += milliseconds
        let uptime = wall - firstOfMarch
        let run = Task { try await store.run() }
        let hasWorked = await eventually { store.lastAttemptUptimeMilliseconds == uptime }
        run.cancel()
        // A round under way is finished first, upkeep and all.
        try await run.value
        guard hasWorked else { throw SiteError.standsStill }
    }

    /// Gives the history a limit from the next opening on.
    func limit(bytes: Int64) {
        settings.retention = RetentionPlan(keep: settings.retention.keep, limitBytes: bytes)
    }

    private enum SiteError: Error { case standsStill }

    /// Ends the store without any farewell, as a crash would, and opens it again.
    func reopen() async throws {
        // The old one must let go of the folder first.
        let other = try TemporaryFolder("pause")
        store = try Self.open(other.url.path, [], settings, clock)
        // A job that has given its answer may hold on to the old one for a moment.
        for _ in 0..<500 {
            do throws(HistoryError) {
                store = try Self.open(path, points, settings, clock)
                return
            } catch {
                guard case .inUse = error else { throw error }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        throw HistoryError.inUse(folder: path)
    }

    func append(_ samples: [Sample]) {
        store.append(samples)
        for sample in samples {
            expected[points[Int(sample.point.index)].path, default: [:]][sample.wallMilliseconds] =
                HistoricSample(sample)
        }
    }

    /// What a query must give.
    func wanted(_ path: String, from: Int64 = 0, to: Int64 = .max) -> [HistoricSample] {
        expected[path, default: [:]].values
            .filter { $0.wallMilliseconds >= from && $0.wallMilliseconds < to }
            .sorted { $0.wallMilliseconds < $1.wallMilliseconds }
    }

    /// Whether every point reads back as it was appended.
    func isExact() async throws -> Bool {
        for path in expected.keys {
            let got = try await store.samples(of: path, from: 0, to: .max)
            if !isSame(got, wanted(path)) { return false }
        }
        return true
    }
}

func point(
    _ index: Int, _ name: String, kind: Point.Kind = .gauge, every milliseconds: Int64? = 5000,
    deadband: Double? = nil, shelf: String = ""
) -> Point {
    Point(
        id: PointID(index), asset: "P2", name: name, label: Bilingual(zh: name, en: name), kind: kind,
        resolution: 0.1, expectedMilliseconds: milliseconds, deadband: deadband, shelf: shelf)
}

/// Equal in every bit: NaN equals itself, and 0 is not -0.
func isSame(_ left: [HistoricSample], _ right: [HistoricSample]) -> Bool {
    left.count == right.count
        && zip(left, right).allSatisfy { left, right in
            guard left.wallMilliseconds == right.wallMilliseconds, left.quality == right.quality else {
                return false
            }
            switch (left.value, right.value) {
            case (.number(let left), .number(let right)): return left.bitPattern == right.bitPattern
            case (.text(let left), .text(let right)): return left.utf8.elementsEqual(right.utf8)
            case (let left, let right): return left == right
            }
        }
}
