import Testing

@testable import Trends

/// What the coder gives back of what it was given.
private func restored(_ residuals: [Int64]) throws -> [Int64] {
    var writer = ByteWriter()
    RangeCoder.encode(residuals, to: &writer)
    writer.write(0xA5)
    var reader = ByteReader(writer.bytes)
    let restored = try RangeCoder.decode(count: residuals.count, from: &reader)
    // Whatever stands behind the column must be found where it is.
    #expect(try reader.byte() == 0xA5)
    return restored
}

@Test(arguments: UInt64(0)..<200)
func `residuals of every size and sign come out of the range coder as they went in`(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let width = 1 + random.below(64)
    let stillness = [0.0, 0.5, 0.99][random.below(3)]
    let residuals = (0..<[1, 2, 3, 100, 2000][random.below(5)]).map { _ in
        random.chance(stillness) ? 0 : Int64(bitPattern: random.next()) >> Int64(64 - width)
    }
    let isSame = try restored(residuals) == residuals
    #expect(isSame)
}

@Test func `the ends of the range of numbers are residuals too`() throws {
    let residuals: [Int64] = [.min, .max, 0, -1, 1, .min + 1, .max - 1, .min, .min]
    #expect(try restored(residuals) == residuals)
    #expect(try restored([]).isEmpty)
}

@Test func `what never changes costs next to nothing`() {
    #expect(RangeCoder.coded([Int64](repeating: 0, count: 10_000)).count < 20)
}

@Test func `three equally likely steps cost what three equally likely steps must cost`() {
    var random = SeededRandom(5)
    let residuals = (0..<8000).map { _ in Int64(random.below(3) - 1) }
    // log2(3) bits each; learning may cost 3 % more.
    let floor = 8000 * 1.585 / 8
    #expect(Double(RangeCoder.coded(residuals).count) < floor * 1.03)
}

@Test(arguments: UInt64(0)..<100)
func `bytes that are no column of residuals end in numbers or an error, never in a crash`(seed: UInt64) {
    var random = SeededRandom(seed)
    let bytes = (0..<(1 + random.below(200))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    var reader = ByteReader(bytes)
    _ = try? RangeCoder.decode(count: 500, from: &reader)
}
