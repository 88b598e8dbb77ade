import Facility
import Trends

/// The same sequence for the same seed, on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &self) < part }
}

/// Readings as equipment, and as malice, would deliver them.
struct SampleMaker {
    var random: SeededRandom
    private let style: Int
    private let scale: Double
    private var level: Double
    private var count: Int64

    init(_ seed: UInt64) {
        random = SeededRandom(seed)
        style = random.below(12)
        scale = [1, 10, 100, 1000][random.below(4)]
        level = Double.random(in: -1000...1000, using: &random)
        count = Int64(random.below(1_000_000))
    }

    mutating func value() -> Value {
        level += Double.random(in: -1...1, using: &random)
        if random.chance(0.3) { count += Int64(random.below(20)) }
        switch style {
        case 0, 1: return .number((level * scale).rounded() / scale)
        case 2: return .number(Double(count) * 0.1)
        case 3: return .number(Double(Float(level)))
        case 4: return .number(Double(Float((level * 10).rounded() / 10)))
        case 5: return .number(Double(bitPattern: random.next()))
        case 6: return .integer(count)
        case 7: return .integer(Int64(bitPattern: random.next()))
        case 8: return .flag(count % 60 < 30)
        case 9: return .text(["", "run", "故障", "e\u{301}", "\u{E9}"][random.below(5)])
        case 10:
            let odd = [0.0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 1e300, 0.1 + 0.2]
            return .number(random.chance(0.2) ? odd[random.below(odd.count)] : level.rounded())
        default: return [.number(level), .integer(count), .flag(true), .text("\(count)")][random.below(4)]
        }
    }

    mutating func quality() -> Quality {
        guard random.chance(0.02) else { return .good }
        let all: [Quality] =
            Doubt.allCases.map { .uncertain($0) }
            + [.bad(.timeout), .bad(.offline), .bad(.exception(4)), .bad(.neverRead), .bad(.outOfRange)]
        return all[random.below(all.count)]
    }

    mutating func sample(at wallMilliseconds: Int64) -> HistoricSample {
        let quality = quality()
        let isMissing = !quality.isUsable && random.chance(0.9)
        return HistoricSample(
            wallMilliseconds: wallMilliseconds, value: isMissing ? nil : value(), quality: quality)
    }

    /// Readings in order of time: regular, with jitter and gaps, or anywhere in the range of numbers.
    mutating func samples(_ count: Int) -> [HistoricSample] {
        var time = Int64(1_700_000_000_000) + Int64(random.below(1_000_000_000))
        let step = [Int64(500), 1000, 5000, 60_000][random.below(4)]
        let rhythm = random.below(4)
        var times: [Int64] = []
        for _ in 0..<count {
            if random.chance(0.01) { time += Int64(random.below(3_600_000)) }
            time += step
            switch rhythm {
            case 0, 1: times.append(time)
            case 2: times.append(time + Int64(random.below(Int(step / 2))))
            default: times.append(Int64(bitPattern: random.next()))
            }
        }
        if rhythm == 3 { times = Set(times).sorted() }
        return times.map { sample(at: $0) }
    }
}

/// Equal in every bit: NaN equals itself, 0 is not -0, and two spellings of é differ.
func isSame(_ left: HistoricSample, _ right: HistoricSample) -> Bool {
    guard left.wallMilliseconds == right.wallMilliseconds, left.quality == right.quality else {
        return false
    }
    switch (left.value, right.value) {
    case (.number(let left), .number(let right)): return left.bitPattern == right.bitPattern
    case (.text(let left), .text(let right)): return left.utf8.elementsEqual(right.utf8)
    case (let left, let right): return left == right
    }
}

func isSame(_ left: [HistoricSample], _ right: [HistoricSample]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy(isSame)
}
