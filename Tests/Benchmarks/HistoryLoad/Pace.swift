import Facility
import Foundation
import Historian

/// Stores readings at their own pace with the store's default settings: so many of them every second.
///
/// Those before `--from` are there already, as if the store had run for an hour or two: what is sealed in the end
/// are chunks as long as they are in life.
struct Pace {
    private let arguments: Arguments
    private let from: Int64

    init(_ arguments: Arguments) {
        self.arguments = arguments
        from = Int64(arguments.text("from")) ?? 0
    }

    func run() async throws {
        let offset = from - realMoment().wallMilliseconds
        let settings = HistorySettings(syncMilliseconds: Int64(arguments.number("sync", or: 1000)))
        let store = try HistoryStore(
            folder: arguments.folder, points: arguments.site.table, settings: settings, boot: "bench"
        ) {
            let moment = realMoment()
            return Moment(
                wallMilliseconds: moment.wallMilliseconds + offset,
                uptimeMilliseconds: moment.uptimeMilliseconds)
        }
        var stream = RecordStream(recordsPerBlock: arguments.number("rate", or: 1000))
        var pending = stream.next(GeneratedSite.sample)
        while let samples = pending, samples[0].wallMilliseconds < from {
            store.append(samples)
            if store.statistics().waiting > 50_000 { try await store.flush() }
            pending = stream.next(GeneratedSite.sample)
        }
        try await store.flush()
        let before = store.statistics().synced
        await tellAndWait(["phase": "filled", "synced": before])
        let startCPU = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - stream.seconds
        try await live(store, &stream, pending)
        var figures = store.statistics().figures
        figures["peak"] = memoryMegabytes("VmHWM")
        figures["live"] = store.statistics().synced - before
        figures["cpu"] = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - startCPU - stream.seconds
        await tellAndWait(figures)
        try await store.seal()
        tell(store.statistics().figures)
    }

    private func live(
        _ store: HistoryStore, _ stream: inout RecordStream, _ first: [Sample]?
    ) async throws {
        let running = Task { try await store.run() }
        var next = uptimeSeconds()
        let end = next + (Double(arguments.text("minutes")) ?? 3) * 60
        var pending = first
        while next < end, let samples = pending {
            store.append(samples)
            next += 1
            try await Task.sleep(for: .seconds(max(0, next - uptimeSeconds())))
            pending = stream.next(GeneratedSite.sample)
        }
        running.cancel()
        try await running.value
    }

    /// The script notes what the disk has taken; then it opens the gate.
    private func tellAndWait(_ figures: [String: Any]) async {
        tell(figures)
        _ = FileHandle(forReadingAtPath: arguments.text("go"))?.readDataToEndOfFile()
    }
}
