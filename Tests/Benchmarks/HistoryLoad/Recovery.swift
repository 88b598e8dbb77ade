import Facility
import Foundation
import Historian

/// Fills the tail at the pace of the data, one sync a second of it, seals nothing, and waits to be killed.
struct Fill {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() async throws {
        let clock = DataClock()
        let store = try HistoryStore(
            folder: arguments.folder, points: arguments.site.table, boot: "bench"
        ) { clock.moment }
        var stream = RecordStream(recordsPerBlock: arguments.number("rate", or: 1000))
        var syncs = 0
        while let samples = stream.next(GeneratedSite.sample) {
            clock.move(to: samples[0].wallMilliseconds)
            store.append(samples)
            try await store.flush()
            syncs += 1
            if syncs % 50 == 0, isLastFileNearlyFull { break }
        }
        tell(store.statistics().figures)
        while true { pause() }
    }

    /// The tail has eight files; nothing may be sealed to make room.
    private var isLastFileNearlyFull: Bool {
        guard let file = FileHandle(forReadingAtPath: "\(arguments.folder)/tail-7"),
            let length = try? file.seekToEnd()
        else { return false }
        try? file.seek(toOffset: length - (512 << 10))
        return (try? file.read(upToCount: 4096))?.contains { $0 != 0 } ?? false
    }
}

/// Opens a history and tells how long that took.
struct Start {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() throws {
        let points = arguments.site.table
        let cpu = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID)
        let start = uptimeSeconds()
        let store = try HistoryStore(
            folder: arguments.folder, points: points, boot: "bench", clock: realMoment)
        let seconds = uptimeSeconds() - start
        var figures = store.statistics().figures
        figures["seconds"] = seconds
        figures["cpu"] = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - cpu
        figures["peak"] = memoryMegabytes("VmHWM")
        tell(figures)
    }
}

/// Lays out the files of the tail, which is done once in the life of a history, and leaves nothing needed in them.
struct Warm {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() async throws {
        let store = try HistoryStore(
            folder: arguments.folder, points: arguments.site.table, boot: "bench", clock: realMoment)
        let start = realMoment().wallMilliseconds - 86_400_000
        var count: Int64 = 0
        while !FileManager.default.fileExists(atPath: "\(arguments.folder)/tail-7") {
            store.append((0..<8).map { Sample(PointID($0), .flag(true), at: start + count) })
            count += 1
            try await store.flush()
        }
        try await store.seal()
        tell(store.statistics().figures)
    }
}
