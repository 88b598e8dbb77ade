import Facility
import Testing

@testable import Trends

@Test(arguments: UInt64(0)..<300)
func `whatever a point delivers comes out of its chunk bit for bit`(seed: UInt64) throws {
    var maker = SampleMaker(seed)
    let samples = maker.samples([0, 1, 2, 3, 64, 127, 130, 500, 1440][maker.random.below(9)])
    let columns = SampleColumns(samples)
    let resolution = [nil, 0.1, 1.0, 0.25, .nan, 0][maker.random.below(6)]
    let chunk = ChunkCodec.encode(columns, hints: .init(resolution: resolution))
    let isExact = isSame(try Chunk(chunk).columns().samples, samples)
    #expect(isExact)
    let packed = ChunkCodec.pack(columns, resolution: resolution)
    let isPackedExact = isSame(try ChunkCodec.unpack(packed).samples, samples)
    #expect(isPackedExact)
}

@Test(arguments: UInt64(0)..<40)
func `readings out of order come out in the order they went in`(seed: UInt64) throws {
    var maker = SampleMaker(seed)
    let samples = maker.samples(200).shuffled(using: &maker.random)
    let chunk = try Chunk(ChunkCodec.encode(SampleColumns(samples)))
    let isExact = isSame(try chunk.columns().samples, samples)
    #expect(isExact)
}

@Test(arguments: UInt64(0)..<20)
func `no changed byte of a chunk goes unnoticed`(seed: UInt64) {
    var maker = SampleMaker(seed)
    let chunk = ChunkCodec.encode(SampleColumns(maker.samples(100)))
    for place in chunk.indices {
        var damaged = chunk
        damaged[place] ^= UInt8(1 + maker.random.below(255))
        #expect(throws: CodecError.self) { try Chunk(damaged) }
        #expect(throws: CodecError.self) { try Chunk(Array(chunk[..<place])) }
    }
}

@Test(arguments: UInt64(0)..<200)
func `a chunk that lies although its checksum holds ends in an error, not in a crash`(seed: UInt64) {
    var maker = SampleMaker(seed)
    var bytes = ChunkCodec.encode(SampleColumns(maker.samples(100)))
    for _ in 0..<50 {
        for _ in 0...maker.random.below(3) {
            bytes[5 + maker.random.below(bytes.count - 5)] = UInt8(truncatingIfNeeded: maker.random.next())
        }
        var writer = ByteWriter()
        writer.write(bytes)
        writer.patch(fixed: CRC32C.checksum(bytes, from: 5), at: 1)
        if let chunk = try? Chunk(writer.bytes), chunk.count < 10_000 { _ = try? chunk.columns().samples }
    }
}

@Test func `a chunk of a newer version is refused as such`() {
    var chunk = ChunkCodec.encode(SampleColumns([HistoricSample(wallMilliseconds: 1, value: .flag(true))]))
    chunk[0] = 9
    #expect(throws: CodecError.unknownFormat(9)) { try Chunk(chunk) }
}

@Test func `readings of one device share their times`() throws {
    var maker = SampleMaker(7)
    let samples = maker.samples(300)
    let times = samples.map(\.wallMilliseconds)
    let body = ChunkCodec.encodeTimes(times)
    let decoded = try ChunkCodec.decodeTimes(body)
    #expect(decoded == times)
    let chunk = try Chunk(ChunkCodec.encode(SampleColumns(samples), sharedTimes: 42))
    #expect(chunk.sharedTimes == 42)
    let isExact = isSame(try chunk.columns(times: times).samples, samples)
    #expect(isExact)
    #expect(throws: CodecError.malformed) { try chunk.columns(times: Array(times.dropLast())) }
    #expect(throws: CodecError.malformed) { try chunk.columns() }
}

@Test func `times that keep a beat but for small delays cost what the delays cost, over gaps as well`() throws
{
    var random = SeededRandom(13)
    let times = (0..<1440).map { index in
        Int64(1_700_000_000_000 + index * 5000 + (index > 700 ? 123_456 : 0) + random.below(64))
    }
    let body = ChunkCodec.encodeTimes(times)
    // 6 bits each; to foresee the difference before would take 6.7.
    #expect(body.count < 1440 * 65 / 80)
    let decoded = try ChunkCodec.decodeTimes(body)
    #expect(decoded == times)
}

/// How many bytes a day's quarter of readings takes.
private func bytes(_ values: [Value]) -> Int {
    let samples = values.enumerated().map {
        HistoricSample(wallMilliseconds: 1_700_000_000_000 + Int64($0) * 5000, value: $1)
    }
    return ChunkCodec.encode(SampleColumns(samples), hints: .init(resolution: 0.1)).count
}

@Test func `a steady value, a running counter and a state cost next to nothing`() {
    #expect(bytes((0..<1440).map { _ in .number(22.5) }) < 80)
    #expect(bytes((0..<1440).map { .number(Double($0 * 5)) }) < 90)
    #expect(bytes((0..<1440).map { .integer(Int64($0 / 200)) }) < 110)
    #expect(bytes((0..<1440).map { .flag($0 % 500 < 250) }) < 90)
}

@Test
func `a temperature in tenths costs half a byte, whether it came as float64, float32 or raw times scale`() {
    var random = SeededRandom(3)
    var level = 223
    let tenths = (0..<1440).map { _ in
        level += random.below(3) - 1
        return level
    }
    #expect(bytes(tenths.map { .number(Double($0) / 10) }) < 500)
    #expect(bytes(tenths.map { .number(Double(Float($0) / 10)) }) < 500)
    #expect(bytes(tenths.map { .number(Double($0) * 0.1) }) < 500)
}

@Test func `a sensor whose converter knows few levels costs what it takes to tell which`() {
    var random = SeededRandom(11)
    let levels = [-0.273216, 0.054711, 0.382638, 0.710565, 1.03849, 1.36642]
    let values = (0..<1440).map { _ in Value.number(levels[random.below(levels.count)]) }
    // log2(6) bits each, and 180 bytes for the levels, the header and what has to be learnt.
    #expect(bytes(values) < 1440 * 2585 / 8000 + 180)
}

@Test func `a dictionary within a dictionary is refused`() {
    var writer = ByteWriter()
    for byte: UInt8 in [3, 2, 3, 2, 0, 0] { writer.write(byte) }
    var reader = ByteReader(writer.bytes)
    #expect(throws: CodecError.malformed) { try IntegerColumn.decode(count: 40, from: &reader) }
}

@Test func `decimals with the rounding errors of a sum cost little more than the decimals`() {
    var random = SeededRandom(12)
    let decimals = (0..<1440).map { _ in 65 + Double(random.below(100_000_000)) / 1e8 }
    let sums = decimals.map { $0 + Double(random.below(3) - 1) * $0.ulp }
    #expect(bytes(sums.map { .number($0) }) < bytes(decimals.map { .number($0) }) + 1440 / 4)
}

@Test func `a single glitch does not cost the whole chunk`() {
    var values = (0..<1440).map { Value.number(Double(200 + $0 % 7) / 10) }
    let clean = bytes(values)
    values[700] = .number(.nan)
    values[900] = .number(1.0 / 3)
    #expect(bytes(values) < clean + 40)
}

@Test func `the checksum is CRC-32C`() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
}
