import Facility
import Foundation
import Historian

/// Stores readings at their own pace with the store's default settings: a fifth of the points every second.
struct Pace {
    private let arguments: Arguments
    private let end: Double

    init(_ arguments: Arguments) {
        self.arguments = arguments
        end = uptimeSeconds() + (Double(arguments.text("minutes")) ?? 3) * 60
    }

    func run() async throws {
        let settings = HistorySettings(
            syncMilliseconds: Int64(arguments.number("sync", or: 1000)))
        let store = try HistoryStore(
            folder: arguments.folder, points: arguments.site.table, settings: settings, boot: "bench",
            clock: realMoment)
        let running = Task { try await store.run() }
        let startCPU = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID)
        var stream = RecordStream(recordsPerBlock: arguments.number("rate", or: 1000))
        var next = uptimeSeconds()
        while next < end, let samples = stream.next(GeneratedSite.sample) {
            store.append(samples)
            next += 1
            try await Task.sleep(for: .seconds(max(0, next - uptimeSeconds())))
        }
        running.cancel()
        try await running.value
        let peak = memoryMegabytes("VmHWM")
        tell(["phase": "live", "appended": store.statistics().appended])
        // The script notes what the disk has taken before it lets the rest be sealed.
        _ = FileHandle(forReadingAtPath: arguments.text("go"))?.readDataToEndOfFile()
        try await store.seal()
        var figures = store.statistics().figures
        figures["cpu"] = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - startCPU - stream.seconds
        figures["peak"] = peak
        tell(figures)
    }
}
