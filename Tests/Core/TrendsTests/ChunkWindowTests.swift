import Testing

@testable import Trends

@Test(arguments: UInt64(0)..<200)
func `every time lies in exactly one window of each level, in its own month`(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let time = Int64.random(in: 0..<253_402_300_800_000, using: &random)
    let month = try #require(HistoryMonth(containing: time))
    #expect(month.startMilliseconds <= time && time < month.endMilliseconds)
    #expect(HistoryMonth("\(month)") == month)
    for level in 0...ChunkWindow.topLevel {
        let window = try #require(ChunkWindow(containing: time, level: level))
        #expect(window.month == month)
        #expect(window.startMilliseconds <= time && time < window.endMilliseconds)
        #expect(window.endMilliseconds <= month.endMilliseconds)
        #expect(ChunkWindow(containing: window.startMilliseconds, level: level) == window)
        #expect(ChunkWindow(containing: window.endMilliseconds - 1, level: level) == window)
    }
}

@Test func `no two windows of a month share a key, and later windows have larger keys`() throws {
    let month = try #require(HistoryMonth("2024-02"))
    var keys: Set<Int64> = []
    for level in 0...ChunkWindow.topLevel {
        var last: Int64 = 0
        for index in 0..<((29 * 1440 - 1) >> level) + 1 {
            let key = ChunkWindow(month: month, level: level, index: index).key(point: 1_048_575)
            #expect(key > last)
            #expect(keys.insert(key).inserted)
            last = key
        }
    }
}

@Test func `months are those of the calendar in UTC`() throws {
    #expect(HistoryMonth(containing: 0)?.description == "1970-01")
    #expect(HistoryMonth(containing: 1_709_251_199_999)?.description == "2024-02")
    #expect(HistoryMonth(containing: 1_709_251_200_000)?.description == "2024-03")
    #expect(HistoryMonth(containing: -1) == nil)
    #expect(HistoryMonth(containing: 253_402_300_800_000) == nil)
    #expect(HistoryMonth("points") == nil)
    #expect(HistoryMonth("2024-13") == nil)
}

@Test func `a window holds about as many readings as a chunk should`() {
    #expect(ChunkWindow.level(stepMilliseconds: 5000, samples: 1440) == 7)
    #expect(ChunkWindow.level(stepMilliseconds: 1000, samples: 1440) == 5)
    #expect(ChunkWindow.level(stepMilliseconds: 500, samples: 1440) == 4)
    #expect(ChunkWindow.level(stepMilliseconds: 60_000, samples: 1440) == 10)
    #expect(ChunkWindow.level(stepMilliseconds: 900_000, samples: 1440) == ChunkWindow.topLevel)
    #expect(ChunkWindow.level(stepMilliseconds: 1, samples: 16) == 0)
}

@Test func `months that had their time are removed, and the clock must be believable`() throws {
    let plan = RetentionPlan(
        keep: .init(reading: 31 * 86_400_000, hour: 80 * 86_400_000),
        shelves: ["class-power": .init(reading: 20 * 86_400_000)])
    let names = [
        "2025-11", "2025-11.1h", "2025-12", "2025-12.1h", "2026-01", "2026-01+class-power", "2026-02",
    ]
    let files = names.compactMap { HistoryFile(stem: $0) }
    #expect(files.count == names.count)
    let firstOfMarch: Int64 = 1_772_323_200_000
    func expired(_ files: [HistoryFile], _ wall: Int64) -> [String] {
        plan.expired(files, newest: nil, wallMilliseconds: wall).map(\.description)
    }
    #expect(expired(files, firstOfMarch) == ["2025-11", "2025-11.1h", "2025-12", "2026-01+class-power"])
    // A clock before the newest month, before 2024, or at its very beginning removes nothing.
    #expect(expired(files, firstOfMarch - 40 * 86_400_000).isEmpty)
    #expect(expired(Array(files.prefix(1)), 1_600_000_000_000).isEmpty)
    #expect(expired([], firstOfMarch).isEmpty)
    #expect(expired([HistoryFile(try #require(HistoryMonth("2001-01")))], firstOfMarch).count == 1)
    // What a clock stamped that was never set is not old: how old it is nobody knows.
    #expect(expired([HistoryFile(try #require(HistoryMonth("1970-01")))], firstOfMarch).isEmpty)
    // Nor does one before what is still on its way.
    #expect(
        plan.expired(files, newest: HistoryMonth("2026-04"), wallMilliseconds: firstOfMarch).isEmpty)
}
