import Facility
import Foundation
import Synchronization
import TestSupport
import Testing
import Trends

@testable import Historian

/// A disk whose room a test sets, and a clock that it moves.
private final class SetDisk: Sendable {
    private struct State {
        var free: Int64
        var uptime: Int64 = 1_000_000
        var looks = 0
    }

    static let megabyte: Int64 = 1 << 20
    private let state: Mutex<State>

    init(freeMegabytes: Int64) { state = Mutex(State(free: freeMegabytes << 20)) }

    var looks: Int { state.withLock { $0.looks } }

    func set(freeMegabytes: Int64, passing milliseconds: Int64 = 1000) {
        state.withLock {
            $0.free = freeMegabytes << 20
            $0.uptime += milliseconds
        }
    }

    var space: DiskSpace {
        state.withLock { state in
            state.looks += 1
            let total = 1000 * Self.megabyte
            return DiskSpace(totalBytes: total, freeBytes: state.free, usedBytes: total - state.free)
        }
    }

    var moment: Moment {
        let uptime = state.withLock { $0.uptime }
        return Moment(wallMilliseconds: firstOfMarch + uptime, uptimeMilliseconds: uptime)
    }

    func room(reserve: Int64? = nil) -> DiskRoom {
        DiskRoom(reserveBytes: reserve, clock: { self.moment }, look: { self.space })
    }

    func open(_ folder: String, reserveMegabytes: Int64 = 100) throws -> HistoryStore {
        try HistoryStore(
            folder: folder, points: [point(0, "a", every: 1000)],
            settings: HistorySettings(
                syncMilliseconds: 10, sealSamples: 240, bufferSamples: 10_000, tailMegabytes: 8,
                reserveBytes: reserveMegabytes << 20), boot: "boot", clock: { self.moment },
            disk: { self.space })
    }
}

/// Readings of the one point, one a second, from a number on; a mix that no coder makes much smaller.
private func readings(_ first: Int, _ count: Int) -> [Sample] {
    (first..<first + count).map { number in
        let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        return Sample(
            PointID(0), .number(Double(bitPattern: mixed >> 2 | 1 << 61)),
            at: firstOfMarch + Int64(number) * 1000)
    }
}

private func names(_ folder: String, _ prefix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(prefix) }.sorted()
}

/// Appends until the disk takes no more; how many readings were acknowledged.
private func fillTail(_ store: HistoryStore, from first: Int = 0) async -> Int {
    var next = first
    while next < first + 3_000_000 {
        store.append(readings(next, 4000))
        next += 4000
        do throws(HistoryError) { try await store.flush() } catch { break }
    }
    return Int(store.statistics().synced)
}

@Suite struct DiskRoomTests {
    @Test func `roll-ups wait first, then seals and new files of the tail`() {
        let disk = SetDisk(freeMegabytes: 300)
        let room = disk.room(reserve: 100 << 20)
        func allowed() -> [Bool] { [.rollUp, .seal, .tail(8 << 20)].map { room.allows($0) } }
        #expect(allowed() == [true, true, true])
        disk.set(freeMegabytes: 199)
        #expect(allowed() == [false, true, true])
        disk.set(freeMegabytes: 107)
        #expect(allowed() == [false, true, false])
        disk.set(freeMegabytes: 99)
        #expect(allowed() == [false, false, false])
        disk.set(freeMegabytes: 300)
        #expect(allowed() == [true, true, true])
    }

    @Test func `the disk is looked at once a second at most`() {
        let disk = SetDisk(freeMegabytes: 300)
        let room = disk.room()
        for _ in 0..<100 { _ = room.allows(.seal) }
        disk.set(freeMegabytes: 0, passing: 999)
        #expect(room.allows(.seal))
        #expect(disk.looks == 1)
        disk.set(freeMegabytes: 0, passing: 1)
        #expect(!room.allows(.seal))
        #expect(disk.looks == 2)
    }

    @Test func `by itself a twentieth is kept, never more than suits the disk`() {
        func reserve(_ total: Int64, _ set: Int64? = nil) -> Int64 {
            SetDisk(freeMegabytes: 1).room(reserve: set)
                .reserve(of: DiskSpace(totalBytes: total, freeBytes: 0, usedBytes: total))
        }
        #expect(reserve(1 << 30) == (1 << 30) / 20)
        #expect(reserve(64 << 30) == 256 << 20)
        #expect(reserve(64 << 30, 1 << 30) == 1 << 30)
        #expect(reserve(1 << 30, 1 << 30) == 256 << 20)
    }

    @Test func `a short disk gets no new file, its tail is written on, and nothing acknowledged is lost`()
        async throws
    {
        let folder = try TemporaryFolder("room")
        let disk = SetDisk(freeMegabytes: 500)
        var store: HistoryStore? = try disk.open(folder.url.path)
        store?.append(readings(0, 100))
        try await store?.flush()
        disk.set(freeMegabytes: 99)
        let acknowledged = await fillTail(try #require(store), from: 100)
        #expect(acknowledged > 10_000)
        #expect(try names(folder.url.path, "tail-").count == 1)
        #expect(MonthFile.files(in: folder.url.path).isEmpty)
        let held = try #require(store?.statistics())
        #expect(held.waiting > 0 && held.dropped == 0)
        guard case .noSpace? = held.fault else {
            Issue.record("\(String(describing: held.fault))")
            return
        }
        // What waits has a bound.
        let next = acknowledged + held.waiting
        store?.append(readings(next, 30_000))
        let full = try #require(store?.statistics())
        #expect(full.dropped > 0)
        #expect(Int(full.dropped) + full.waiting + acknowledged == next + 30_000)

        // A crash now: all that was acknowledged is there.
        store = nil
        store = try disk.open(folder.url.path)
        let known = try #require(try await store?.samples(of: "P2.a", from: 0, to: .max))
        let wanted = readings(0, acknowledged).map { HistoricSample($0) }
        #expect(isSame(known, wanted))

        // Room comes back: the next round goes on, and chunks are made at once.
        store?.append(readings(next, 10))
        _ = try? await store?.flush()
        disk.set(freeMegabytes: 500)
        try await store?.flush()
        #expect(store?.statistics().fault == nil)
        try await store?.seal()
        #expect(!MonthFile.files(in: folder.url.path).isEmpty)
        let all = try #require(try await store?.samples(of: "P2.a", from: 0, to: .max))
        #expect(isSame(all, wanted + readings(next, 10).map { HistoricSample($0) }))
    }

    @Test func `seals that were refused are made as soon as there is room, not a minute later`() async throws
    {
        let folder = try TemporaryFolder("room")
        let disk = SetDisk(freeMegabytes: 500)
        let store = try disk.open(folder.url.path)
        store.append(readings(0, 100))
        try await store.flush()
        disk.set(freeMegabytes: 50, passing: 61_000)
        store.append(readings(10_000, 10))
        let running = Task { try await store.run() }
        #expect(await eventually(within: 10) { store.statistics().lastSyncUptimeMilliseconds == 1_061_000 })
        try await Task.sleep(for: .milliseconds(100))
        #expect(MonthFile.files(in: folder.url.path).isEmpty)
        disk.set(freeMegabytes: 500, passing: 2000)
        #expect(await eventually(within: 10) { store.statistics().sealed > 0 })
        running.cancel()
        try await running.value
    }

    @Test
    func `between one and two reserves readings are sealed, and roll-ups wait until there is more room`()
        async throws
    {
        let folder = try TemporaryFolder("room")
        let disk = SetDisk(freeMegabytes: 150)
        let store = try disk.open(folder.url.path)
        store.append(readings(0, 86_400))
        store.append(readings(86_400 + 10 * 3600, 10))
        try await store.seal()
        func grains() -> Set<HistoryGrain> { Set(MonthFile.files(in: folder.url.path).map(\.grain)) }
        let running = Task { try await store.run() }
        try await Task.sleep(for: .milliseconds(500))
        #expect(grains() == [.reading])
        disk.set(freeMegabytes: 500)
        #expect(await eventually(within: 20) { grains().contains(.hour) })
        running.cancel()
        try await running.value
    }

    @Test func `the writer foretells for how long there is room`() async throws {
        let folder = try TemporaryFolder("room")
        let disk = SetDisk(freeMegabytes: 500)
        let store = try disk.open(folder.url.path)
        store.append(readings(0, 100))
        try await store.seal()
        #expect(store.statistics().forecast == .unknown)
        #expect(store.statistics().disk?.freeBytes == 500 << 20)
        disk.set(freeMegabytes: 101, passing: 10 * day)
        store.append(readings(10 * 86_400, 100))
        try await store.seal()
        guard case .full(let days) = store.statistics().forecast else {
            Issue.record("\(store.statistics().forecast)")
            return
        }
        // A megabyte is left, and the file took some pages in ten days.
        #expect((10...400).contains(days))
    }

    @Test
    func `on a real disk that others filled the ledger keeps its room, and the history goes on by itself`()
        async throws
    {
        let folder = try TemporaryFolder("full")
        let path = folder.path("disk")
        guard let disk = try SmallDisk.mount(megabytes: 100, at: path, for: "the history on a full disk")
        else {
            return
        }
        let began = ContinuousClock.now
        let store = try HistoryStore(
            folder: path + "/history", points: [point(0, "a", every: 1000)],
            settings: HistorySettings(syncMilliseconds: 10, sealSamples: 240, tailMegabytes: 8),
            boot: "boot",
            clock: {
                let passed = began.duration(to: .now).wholeMilliseconds
                return Moment(wallMilliseconds: firstOfMarch + passed, uptimeMilliseconds: passed)
            },
            disk: {
                let free = disk.freeBytes
                return DiskSpace(totalBytes: 100 << 20, freeBytes: free, usedBytes: (100 << 20) - free)
            })
        store.append(readings(0, 100))
        try await store.flush()
        disk.fill(leaving: 4 << 20)
        try await Task.sleep(for: .milliseconds(1100))
        let acknowledged = await fillTail(store, from: 100)
        #expect(acknowledged > 10_000)
        // A twentieth of the disk was to be left, and all of what there was is left.
        #expect(disk.freeBytes >= 4 << 20)
        disk.fill()
        let next = acknowledged + store.statistics().waiting
        let running = Task { try await store.run() }
        try await Task.sleep(for: .milliseconds(300))
        #expect(store.statistics().fault != nil)
        disk.clear()
        store.append(readings(next, 100))
        let returned = ContinuousClock.now
        #expect(
            await eventually(within: 10) {
                let now = store.statistics()
                return now.fault == nil && now.waiting == 0
            })
        print("the history went on \(returned.duration(to: .now)) after the room came back")
        running.cancel()
        try await running.value
        let all = try await store.samples(of: "P2.a", from: 0, to: .max)
        #expect(isSame(all, readings(0, next + 100).map { HistoricSample($0) }))
    }
}
