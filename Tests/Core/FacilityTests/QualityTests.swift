import Facility
import Testing

private let faults: [Fault] =
    [
        .neverRead, .noConnection, .timeout, .invalidReply, .sensorFault, .outOfRange, .undecodable, .offline,
        .scaleUnknown, .implausible,
    ] + (0...31).map { Fault.exception($0) }

private let qualities: [Quality] =
    [.good] + Doubt.allCases.map { Quality.uncertain($0) } + faults.map { Quality.bad($0) }

@Test func `every quality comes back from its stored number`() {
    for quality in qualities {
        #expect(Quality(code: quality.code) == quality)
    }
}

@Test func `no two qualities share a number, and every other number is refused`() {
    let known = Set(qualities.map(\.code))
    #expect(known.count == qualities.count)
    for code in UInt8.min...UInt8.max where !known.contains(code) {
        #expect(Quality(code: code) == nil, "\(code)")
    }
}

@Test func `numbers on disk mean what they meant in the first version`() {
    #expect(Quality.good.code == 0)
    #expect(Quality.uncertain(.stale).code == 66)
    #expect(Quality.bad(.timeout).code == 131)
    #expect(Quality.bad(.exception(2)).code == 162)
}

@Test func `only a bad value is kept from the rules`() {
    for quality in qualities {
        if case .bad = quality { #expect(!quality.isUsable) } else { #expect(quality.isUsable) }
    }
}

@Test func `a failed read is a sample without a value`() {
    let sample = Sample(PointID(3), failed: .timeout, at: 1000)
    #expect(sample.value == nil)
    #expect(sample.quality == .bad(.timeout))
}
