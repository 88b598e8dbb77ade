import Facility
import Testing

@testable import Trends

/// A reading of any kind, mostly like the one before.
private func sample(_ index: Int, _ random: inout SeededRandom, wildness: Double) -> HistoricSample {
    let time = 1_772_323_200_000 + Int64(index) * 5000
    guard random.chance(wildness) else {
        return HistoricSample(wallMilliseconds: time, value: .number(Double(200 + index % 9) / 10))
    }
    let values: [Value?] = [
        .number(Double(bitPattern: random.next())), .number(-0.0), .number(.nan), .number(.infinity),
        .integer(.max), .integer(.min), .integer(Int64(bitPattern: random.next())), .flag(true), .flag(false),
        .text(""), .text("läuft"), .text("停止"), nil,
    ]
    return HistoricSample(
        wallMilliseconds: random.chance(0.3) ? Int64(random.below(1 << 40)) : time,
        value: values[random.below(values.count)],
        quality: random.chance(0.5) ? .good : .bad(.timeout))
}

@Test(arguments: UInt64(0)..<100)
func `readings that wait come back in their order and bit for bit`(seed: UInt64) {
    var random = SeededRandom(seed)
    let wildness = [0, 0.01, 0.5, 1][random.below(4)]
    let count = [0, 1, 95, 96, 97, 1000][random.below(6)]
    let columns = SampleColumns((0..<count).map { sample($0, &random, wildness: wildness) })
    var packed = PackedReadings()
    for row in columns.rows {
        packed.append(row, texts: columns.texts, resolution: random.chance(0.5) ? 0.1 : nil)
    }
    #expect(packed.count == count)
    let back = packed.columns()
    let isSame =
        back.count == count
        && zip(back.rows, columns.rows).allSatisfy { left, right in
            left.wallMilliseconds == right.wallMilliseconds && left.kind == right.kind
                && left.quality == right.quality
                && (left.kind == .text
                    ? back.texts[Int(left.bits)] == columns.texts[Int(right.bits)]
                    : left.bits == right.bits)
        }
    #expect(isSame)
}
