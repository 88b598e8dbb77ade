import Facility
import Testing

@testable import Trends

private let megabyte: Int64 = 1_000_000
private let day = HistoryDay.milliseconds

private func month(_ text: String) throws -> HistoryMonth { try #require(HistoryMonth(text)) }

/// The first day of March 2026, when January and February each took a megabyte a day.
private func forecast(
    keep: RetentionPlan.Keep = .init(reading: .max), limit: Int64? = nil, room: Int64,
    files: [HistoryFile: Int64]? = nil, first: Int64? = nil, now: Int64? = nil
) throws -> CapacityForecast {
    let stored =
        try files ?? [
            HistoryFile(month("2026-01")): 31 * megabyte, HistoryFile(month("2026-02")): 28 * megabyte,
        ]
    let total = stored.values.reduce(0, +)
    return CapacityForecast(
        files: stored, firstMilliseconds: try first ?? month("2026-01").startMilliseconds, totalBytes: total,
        claimableBytes: room, plan: RetentionPlan(keep: keep, limitBytes: limit),
        wallMilliseconds: try now ?? month("2026-03").startMilliseconds)
}

@Test func `what is kept for ever fills the disk at the pace of the last months`() throws {
    #expect(try forecast(room: 412 * megabyte) == .full(days: 412))
    #expect(try forecast(room: 0) == .full(days: 0))
}

@Test func `months that go make room for those that come`() throws {
    // Kept are 60 days and up to a month more: at most 91 megabytes, 32 more than there are.
    let keep = RetentionPlan.Keep(reading: 60 * day)
    #expect(try forecast(keep: keep, room: 40 * megabyte) == .enough)
    #expect(try forecast(keep: keep, room: 27 * megabyte) == .full(days: 27))
    // A year is more than there is room for.
    #expect(try forecast(keep: .init(reading: 365 * day), room: 200 * megabyte) == .full(days: 200))
}

@Test func `a limit is reached before the disk is full, or never`() throws {
    #expect(try forecast(limit: 100 * megabyte, room: 500 * megabyte) == .limited(days: 41))
    #expect(try forecast(limit: 1000 * megabyte, room: 500 * megabyte) == .full(days: 500))
    let keep = RetentionPlan.Keep(reading: 60 * day)
    #expect(try forecast(keep: keep, limit: 100 * megabyte, room: 500 * megabyte) == .enough)
    #expect(try forecast(limit: 10 * megabyte, room: 500 * megabyte) == .limited(days: 0))
}

@Test func `every shelf and grain grows at its own pace and goes in its own time`() throws {
    let files = try [
        HistoryFile(month("2026-02")): 28 * megabyte,
        HistoryFile(month("2026-02"), shelf: "class-power"): 56 * megabyte,
        HistoryFile(month("2026-02"), grain: .hour): 28 * megabyte / 10,
    ]
    let first = try month("2026-02").startMilliseconds
    // 3.1 megabytes a day.
    #expect(try forecast(room: 310 * megabyte, files: files, first: first) == .full(days: 100))
    // Readings stay for a month at most, rows of an hour for ever: 0.1 a day and what the months need.
    let keep = RetentionPlan.Keep(reading: 1 * day, hour: .max)
    guard case .full(let days) = try forecast(keep: keep, room: 200 * megabyte, files: files, first: first)
    else {
        Issue.record("the rows of an hour must fill the disk")
        return
    }
    #expect((800...2000).contains(days))
}

@Test func `a first month that began late counts from its first reading`() throws {
    let february = try month("2026-02")
    let files = [HistoryFile(february): 10 * megabyte]
    let first = february.endMilliseconds - 10 * day
    #expect(try forecast(room: 50 * megabyte, files: files, first: first) == .full(days: 50))
}

@Test func `nothing is said of less than a day, nor by a clock that was never set`() throws {
    let february = try month("2026-02")
    let files = [HistoryFile(february): megabyte]
    #expect(
        try forecast(room: megabyte, files: files, first: february.endMilliseconds - day / 2) == .unknown)
    #expect(try forecast(room: megabyte, files: [:]) == .unknown)
    #expect(try forecast(room: megabyte, now: 0) == .unknown)
    let old = try month("2023-01")
    #expect(
        try forecast(
            room: megabyte, files: [HistoryFile(old): megabyte], first: old.startMilliseconds,
            now: old.endMilliseconds) == .unknown)
}

@Test func `the most hostile figures neither trap nor take long`() throws {
    for span in [0, day, Int64.max / 2, .max] {
        for now in [Int64.min, 0, 253_402_300_799_999, .max] {
            for room in [Int64.min, 0, .max] {
                _ = try forecast(
                    keep: .init(reading: span), room: room,
                    files: [HistoryFile(month("9999-12")): .max / 4, HistoryFile(month("1970-01")): 1],
                    first: .min, now: now)
            }
        }
    }
}
