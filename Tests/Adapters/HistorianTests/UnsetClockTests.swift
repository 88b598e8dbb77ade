import Facility
import Foundation
import Synchronization
import TestSupport
import Testing
import Trends

@testable import Historian

/// Both clocks, to be set.
private final class Clocks: Sendable {
    let moment = Mutex(Moment(wallMilliseconds: 20_000, uptimeMilliseconds: 20_000))

    var now: Moment { moment.withLock { $0 } }
}

/// A gateway without a battery: its clock starts in 1970, and somebody sets it later.
private final class Gateway {
    let folder: TemporaryFolder
    let points = [point(0, "a"), point(1, "b", kind: .text)]
    private let clocks = Clocks()
    private(set) var boot = "one"
    private(set) var store: HistoryStore?

    init() throws {
        folder = try TemporaryFolder("unset")
        try open()
    }

    func start() async throws {
        store = nil
        // A job that has given its answer may hold on to the old store for a moment.
        for _ in 0..<200 {
            do throws(HistoryError) { return try open() } catch {
                guard case .inUse = error else { throw error }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func open() throws(HistoryError) {
        let clocks = clocks
        store = try HistoryStore(
            folder: folder.url.path, points: points,
            settings: HistorySettings(syncMilliseconds: 10, sealSamples: 60, tailMegabytes: 8), boot: boot
        ) { clocks.now }
    }

    /// Reads both points every 5 s for a while.
    func read(_ count: Int) async throws {
        for _ in 0..<count {
            let now = clocks.moment.withLock { moment in
                moment = moment.advanced(milliseconds: 5000)
                return moment
            }
            store?.append([
                Sample(PointID(0), .integer(now.uptimeMilliseconds), at: now.wallMilliseconds),
                Sample(PointID(1), .text("t\(now.uptimeMilliseconds)"), at: now.wallMilliseconds),
            ])
        }
        try await store?.flush()
    }

    func setClock(_ wall: Int64) {
        clocks.moment.withLock {
            $0 = Moment(wallMilliseconds: wall, uptimeMilliseconds: $0.uptimeMilliseconds)
        }
    }

    func reboot() async throws {
        boot = "two"
        clocks.moment.withLock { $0 = Moment(wallMilliseconds: 10_000, uptimeMilliseconds: 10_000) }
        try await start()
    }

    /// Lets the store work by itself for a moment.
    func work() async throws {
        guard let store else { return }
        clocks.moment.withLock { $0 = $0.advanced(milliseconds: 61_000) }
        let uptime = clocks.now.uptimeMilliseconds
        let run = Task { try await store.run() }
        _ = await eventually { store.lastAttemptUptimeMilliseconds == uptime }
        run.cancel()
        try await run.value
    }

    func samples(_ path: String, from: Int64 = 0, to: Int64 = .max) async throws -> [HistoricSample] {
        try await store?.samples(of: path, from: from, to: to) ?? []
    }

    /// Wall clock less uptime.
    var offset: Int64 { clocks.now.wallMilliseconds - clocks.now.uptimeMilliseconds }
}

/// Whether every reading stands at the time at which it was read.
private func areRight(_ samples: [HistoricSample], _ offset: Int64) -> Bool {
    samples.allSatisfy { sample in
        switch sample.value {
        case .integer(let uptime): sample.wallMilliseconds == uptime + offset
        case .text(let text): text == "t\(sample.wallMilliseconds - offset)"
        default: false
        }
    }
}

@Test func `what was read before the clock was set gets its right time when it is`() async throws {
    let gateway = try Gateway()
    try await gateway.read(300)
    try await gateway.work()
    #expect(try await gateway.samples("P2.a").count == 300)
    #expect(try await gateway.samples("P2.a", from: TrustedTime.earliest).isEmpty)
    #expect(MonthFile.files(in: gateway.folder.url.path).isEmpty)
    gateway.setClock(firstOfMarch)
    try await gateway.read(100)
    try await gateway.work()
    try await gateway.work()
    try await gateway.work()
    for path in ["P2.a", "P2.b"] {
        let samples = try await gateway.samples(path)
        #expect(samples.count == 400)
        let isRight = areRight(samples, gateway.offset)
        #expect(isRight)
        #expect(try await gateway.samples(path, to: TrustedTime.earliest).isEmpty)
    }
    #expect(gateway.store?.statistics().redated == 600)
    try await gateway.store?.seal()
    try await gateway.start()
    let texts = try await gateway.samples("P2.b")
    #expect(texts.count == 400)
    #expect(gateway.store?.statistics().damaged == 0)
    #expect(
        MonthFile.files(in: gateway.folder.url.path).allSatisfy {
            $0.month == HistoryMonth("2026-03") || $0.month == HistoryMonth("2026-02")
        })
}

@Test func `a restart before or after the clock is set loses no right time`() async throws {
    let gateway = try Gateway()
    try await gateway.read(100)
    try await gateway.start()
    try await gateway.read(100)
    gateway.setClock(firstOfMarch)
    try await gateway.start()
    try await gateway.read(100)
    try await gateway.work()
    try await gateway.work()
    try await gateway.work()
    let samples = try await gateway.samples("P2.a")
    #expect(samples.count == 300)
    let isRight = areRight(samples, gateway.offset)
    #expect(isRight)
}

@Test func `what another boot read before its clock was set stays as it was stamped`() async throws {
    let gateway = try Gateway()
    try await gateway.read(100)
    try await gateway.reboot()
    try await gateway.read(50)
    gateway.setClock(firstOfMarch)
    try await gateway.work()
    try await gateway.work()
    try await gateway.work()
    let undated = try await gateway.samples("P2.a", to: TrustedTime.earliest)
    let dated = try await gateway.samples("P2.a", from: TrustedTime.earliest)
    #expect(dated.count == 50)
    #expect(areRight(dated, gateway.offset))
    #expect(undated.count == 100)
    #expect(areRight(undated, 0))
    // Trimming the clock and starting again moves nothing twice.
    gateway.setClock(firstOfMarch + 500_000)
    try await gateway.start()
    try await gateway.work()
    #expect(try await gateway.samples("P2.a").count == 150)
}
