import Facility
import Testing

@testable import Trends

private func stored(_ samples: [HistoricSample], deadband: Double?, heartbeat: Int64 = 60_000) -> [Int] {
    var filter = StorageFilter(deadband: deadband, heartbeatMilliseconds: heartbeat)
    return samples.indices.filter { filter.handle(samples[$0]) }
}

private func series(_ values: [Double], step: Int64 = 1000) -> [HistoricSample] {
    values.enumerated().map { HistoricSample(wallMilliseconds: Int64($0) * step, value: .number($1)) }
}

@Test func `without a dead-band everything is stored`() {
    #expect(stored(series([1, 1, 1]), deadband: nil) == [0, 1, 2])
}

@Test func `small movements are stored only once they add up to the dead-band`() {
    #expect(stored(series([20, 20.3, 20.5, 20.6, 20.9, 19]), deadband: 0.5) == [0, 3, 5])
    #expect(stored(series([1, 1, 2, 2, 1]), deadband: 0) == [0, 2, 4])
}

@Test func `an unchanged value is stored once per heartbeat`() {
    #expect(stored(series(Array(repeating: 5, count: 10)), deadband: 1, heartbeat: 3000) == [0, 3, 6, 9])
}

@Test func `a change of quality is stored even when the value stands still`() {
    var samples = series([5, 5, 5, 5])
    samples[1] = HistoricSample(wallMilliseconds: 1000, value: .number(5), quality: .uncertain(.stale))
    samples[2] = HistoricSample(wallMilliseconds: 2000, value: nil, quality: .bad(.timeout))
    #expect(stored(samples, deadband: 1) == [0, 1, 2, 3])
}

@Test func `states and texts are stored when they change`() {
    let values: [Value?] = [
        .flag(true), .flag(true), .flag(false), .text("a"), .text("a"), .integer(1), nil, nil,
    ]
    let samples = values.enumerated().map { HistoricSample(wallMilliseconds: Int64($0), value: $1) }
    #expect(stored(samples, deadband: 0) == [0, 2, 3, 5, 6])
}

@Test func `a value that is not a number is stored when it comes and when it goes`() {
    #expect(stored(series([1, .nan, .nan, 1, .infinity, .infinity]), deadband: 5) == [0, 1, 3, 4])
}

@Test func `a reading stamped before the last one is stored`() {
    let samples = [5000, 4000, 4500].map { HistoricSample(wallMilliseconds: $0, value: .number(1)) }
    #expect(stored(samples, deadband: 1) == [0, 1])
}
