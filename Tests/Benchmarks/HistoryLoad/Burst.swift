import Facility
import Foundation
import Historian
import SystemService

/// Stores everything as fast as the store takes it, and nothing faster: no reading may be dropped.
struct Burst {
    private let arguments: Arguments

    /// So many readings wait at most before the disk is waited for.
    private static let waitingLimit = 50_000

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() async throws {
        let points = arguments.site.table
        // As the daemon does when it has started.
        MemoryFootprint.releaseStartUpPages()
        let before = memoryMegabytes("VmRSS")
        let clock = DataClock()
        var stream = RecordStream()
        var pending = stream.next(GeneratedSite.sample)
        clock.move(to: pending?.first?.wallMilliseconds ?? 0)
        let settings = HistorySettings(syncMilliseconds: 100)
        let startCPU = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - stream.seconds
        let start = uptimeSeconds()
        let store = try HistoryStore(
            folder: arguments.folder, points: points, settings: settings, boot: "bench",
            clock: { clock.moment }, didSeal: MemoryFootprint.releaseFreePages)
        let running = Task { try await store.run() }
        while let samples = pending {
            store.append(samples)
            clock.move(to: samples[samples.count - 1].wallMilliseconds)
            if store.statistics().waiting > Self.waitingLimit { try await store.flush() }
            pending = stream.next(GeneratedSite.sample)
        }
        running.cancel()
        try await running.value
        let peak = memoryMegabytes("VmHWM")
        try await store.seal()
        var figures = store.statistics().figures
        figures["wall"] = uptimeSeconds() - start
        figures["cpu"] = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - startCPU - stream.seconds
        figures["reading"] = stream.seconds
        figures["before"] = before
        figures["peak"] = peak
        figures["peakAtSeal"] = memoryMegabytes("VmHWM")
        tell(figures)
    }
}
