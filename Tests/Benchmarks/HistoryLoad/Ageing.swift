import Facility
import Foundation
import Historian

/// Lets a filled history stand until its last day is over and rolled up, and tells what that took.
struct Ageing {
    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() async throws {
        let table = arguments.site.table
        // Readings of a day are waited for so long; one that comes later tells that the time is over.
        let later = Int64(arguments.number("end", or: 1_795_132_800_000)) + 10 * 3_600_000
        let settings = HistorySettings(syncMilliseconds: 10)
        let store = try HistoryStore(
            folder: arguments.folder, points: table, settings: settings, boot: "bench"
        ) { Moment(wallMilliseconds: later, uptimeMilliseconds: Int64(uptimeSeconds() * 1000)) }
        store.append([Sample(table[0].id, .number(1), at: later)])
        let start = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID)
        let running = Task { try await store.run() }
        var cpu = 0.0
        var bytes: Int64 = -1
        // Done when nothing has been written for a while.
        while bytes != rolledBytes {
            bytes = rolledBytes
            cpu = cpuSeconds(of: CLOCK_PROCESS_CPUTIME_ID) - start
            try await Task.sleep(for: .seconds(4))
        }
        running.cancel()
        try await running.value
        try await store.seal()
        var figures = store.statistics().figures
        figures["cpu"] = cpu
        figures["peak"] = memoryMegabytes("VmHWM")
        tell(figures)
    }

    private var rolledBytes: Int64 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: arguments.folder)) ?? []
        return names.filter { $0.hasSuffix("min.sqlite") || $0.hasSuffix("h.sqlite") }.reduce(0) {
            sum, name in
            let path = "\(arguments.folder)/\(name)"
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            return sum + ((size ?? nil)?.int64Value ?? 0)
        }
    }
}
