import Facility
import Foundation
import Synchronization
import TestSupport
import Testing
import Trends

@testable import Historian

private func rows(_ times: some Sequence<Int64>) -> [HistoricSample] {
    times.map { HistoricSample(wallMilliseconds: $0, value: .number(Double($0 % 1009))) }
}

private func open(
    _ folder: String, settings: HistorySettings = HistorySettings()
) async throws -> HistoryStore {
    // A job that has given its answer may hold on to the store before for a moment.
    for _ in 0..<500 {
        do throws(HistoryError) {
            return try HistoryStore(
                folder: folder, points: [point(0, "a", every: 1000)], settings: settings, boot: "boot"
            ) {
                Moment(wallMilliseconds: firstOfMarch + 20 * day, uptimeMilliseconds: 1)
            }
        } catch {
            guard case .inUse = error else { throw error }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
    throw HistoryError.inUse(folder: folder)
}

/// Tells one task what another one has done.
private final class Switch: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func turnOn() { state.withLock { $0 = true } }
}

@Suite struct `An import into the history` {
    @Test func `rows of the past are there exactly, on the disk, before the call returns`() async throws {
        let folder = try TemporaryFolder("import")
        let store = try await open(folder.url.path)
        let old = rows((0..<5000).map { firstOfMarch + 37 + Int64($0) * 1000 })
        try await store.importRows(old.shuffled(), of: "P2.a")
        let reader = try HistoryReader(folder: folder.url.path)
        #expect(try await reader.samples(of: "P2.a", from: 0, to: .max) == old)
    }

    @Test func `an import run again leaves the same history`() async throws {
        let folder = try TemporaryFolder("import")
        let store = try await open(folder.url.path)
        let first = rows((0..<3000).map { firstOfMarch + Int64($0) * 1000 })
        try await store.importRows(Array(first.prefix(1700)), of: "P2.a")
        try await store.seal()
        try await store.importRows(first, of: "P2.a")
        try await store.seal()
        try await store.importRows(first, of: "P2.a")
        #expect(try await store.samples(of: "P2.a", from: 0, to: .max) == first)
    }

    @Test func `an older value never becomes the latest, not even after a restart`() async throws {
        let folder = try TemporaryFolder("import")
        let now = firstOfMarch + 20 * day
        for isFresh in [false, true] {
            do {
                let store = try await open(folder.url.path)
                if isFresh { store.append([Sample(PointID(0), .number(5), at: now)]) }
                if isFresh { try await store.seal() }
            }
            let store = try await open(folder.url.path)
            try await store.importRows(rows([firstOfMarch, firstOfMarch + 1000]), of: "P2.a")
            #expect(
                try await store.latest(of: "P2.a")?.wallMilliseconds
                    == (isFresh ? now : firstOfMarch + 1000))
        }
        let store = try await open(folder.url.path)
        try await store.importRows(rows([now + 500]), of: "P2.a")
        #expect(try await store.latest(of: "P2.a")?.wallMilliseconds == now + 500)
    }

    @Test func `dead-bands are for the field, not for imports`() async throws {
        let folder = try TemporaryFolder("import")
        let steady = Point(
            id: PointID(0), asset: "P2", name: "a", label: Bilingual(zh: "甲", en: "A"), kind: .gauge,
            expectedMilliseconds: 1000, deadband: 10)
        let store = try HistoryStore(folder: folder.url.path, points: [steady], boot: "boot") {
            Moment(wallMilliseconds: firstOfMarch, uptimeMilliseconds: 1)
        }
        let same = (0..<100).map {
            HistoricSample(wallMilliseconds: firstOfMarch + Int64($0) * 1000, value: .number(1))
        }
        try await store.importRows(same, of: "P2.a")
        #expect(try await store.samples(of: "P2.a", from: 0, to: .max).count == 100)
    }

    @Test func `a point nobody knew is added with the pace of its rows`() async throws {
        let folder = try TemporaryFolder("import")
        let store = try await open(folder.url.path)
        try await store.importRows(
            rows((0..<50).map { firstOfMarch + Int64($0) * 3_600_000 }), of: "X1.hourly", kind: .counter)
        let added = try #require(store.points().first { $0.path == "X1.hourly" })
        #expect(
            (added.kind, added.expectedMilliseconds, added.holdMilliseconds) == (
                .counter, 3_600_000, 10_800_000
            ))
        let reopened = try HistoryReader(folder: folder.url.path)
        #expect(reopened.points().map(\.path) == ["P2.a", "X1.hourly"])
    }

    @Test func `samples of the field are not dropped for an import of any size`() async throws {
        let folder = try TemporaryFolder("import")
        let store = try await open(folder.url.path, settings: HistorySettings(bufferSamples: 10_000))
        let isOver = Switch()
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            tasks.addTask {
                var appended = 0
                while !isOver.isOn {
                    store.append([
                        Sample(
                            PointID(0), .integer(Int64(appended)), at: firstOfMarch + day + Int64(appended))
                    ])
                    appended += 1
                    try await Task.sleep(for: .microseconds(50))
                }
                return appended
            }
            try await store.importRows(
                rows((0..<300_000).map { firstOfMarch + Int64($0) * 100 }), of: "X1.fast")
            isOver.turnOn()
            let appended = try #require(try await tasks.next())
            try await store.flush()
            #expect(store.statistics().dropped == 0)
            let live = try await store.samples(of: "P2.a", from: 0, to: .max)
            #expect(live.count == appended)
        }
        #expect(try await store.samples(of: "X1.fast", from: 0, to: .max).count == 300_000)
    }

    @Test func `times no equipment means are refused and counted`() async throws {
        let folder = try TemporaryFolder("import")
        let store = try await open(folder.url.path)
        try await store.importRows(rows([-5, 253_402_300_800_000, firstOfMarch]), of: "P2.a")
        #expect(store.statistics().refused == 2)
        #expect(try await store.samples(of: "P2.a", from: 0, to: .max).count == 1)
    }
}

@Suite struct `Time in states of the store` {
    @Test func `the store and a reader tell the same, sealed or not`() async throws {
        let folder = try TemporaryFolder("states")
        let store = try await open(folder.url.path)
        let codes = (0..<5000).map { index in
            HistoricSample(
                wallMilliseconds: firstOfMarch + Int64(index) * 1000, value: .integer(Int64(index / 600 % 3)))
        }
        try await store.importRows(codes, of: "X1.mode", kind: .state)
        for _ in 0..<2 {
            let held = try await store.stateTimes(
                of: "X1.mode", code: 1, from: firstOfMarch, to: firstOfMarch + 4_800_000,
                stepMilliseconds: 1_200_000)
            #expect(held.map(\.heldMilliseconds) == [600_000, 0, 600_000, 600_000])
            let reader = try HistoryReader(folder: folder.url.path)
            #expect(
                try await reader.stateTimes(
                    of: "X1.mode", code: 1, from: firstOfMarch, to: firstOfMarch + 4_800_000,
                    stepMilliseconds: 1_200_000) == held)
            try await store.seal()
        }
        await #expect(throws: HistoryError.invalidSpan) {
            try await store.stateTimes(of: "X1.mode", code: 1, from: 5, to: 5, stepMilliseconds: 1)
        }
        #expect(
            try await store.stateTimes(of: "no.such", code: 1, from: 0, to: 10, stepMilliseconds: 5).count
                == 2)
    }

    @Test func `millions of rows pass by without staying in memory`() async throws {
        let folder = try TemporaryFolder("states")
        let store = try await open(folder.url.path)
        let count: Int64 = 3_000_000
        for start in stride(from: Int64(0), to: count, by: 250_000) {
            try await store.importRows(
                (start..<(start + 250_000)).map {
                    HistoricSample(
                        wallMilliseconds: firstOfMarch + $0 * 500, value: .integer($0 / 7200 % 2))
                }, of: "X1.mode", kind: .state)
            try await store.seal()
        }
        let reader = try HistoryReader(folder: folder.url.path)
        let before = try residentBytes()
        let held = try await reader.stateTimes(
            of: "X1.mode", code: 1, from: firstOfMarch, to: firstOfMarch + count * 500,
            stepMilliseconds: day)
        #expect(held.reduce(0) { $0 + $1.count } == Int(count))
        #expect(held.reduce(0) { $0 + $1.heldMilliseconds } == 208 * 3_600_000)
        // As rows they would be 72 MB, as samples 150 MB.
        #expect(try residentBytes() - before < 24 << 20)
    }

    private func residentBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(Int(status.split(separator: " ")[1])) * 4096
    }
}
