/// Writes which numbers there are, and of each only its rank: for sensors whose converter knows few levels.
enum DictionaryCoder: ResidualCoder {
    static let code: UInt8 = 3

    /// More levels than this are never written.
    private static let levelLimit = 1 << 14

    /// Shorter columns have nothing to gain.
    private static let shortest = 32

    static func cost(of residuals: [Int64], below bound: Int) -> Int? {
        // Only writing it tells; `IntegerColumn` tries it last.
        nil
    }

    static func encode(_ residuals: [Int64], to writer: inout ByteWriter) {
        writer.write(coded(residuals, Set(residuals).sorted()))
    }

    /// The bytes of a column; nil if it has too many levels to be shorter than a bound.
    static func coded(_ numbers: [Int64], below bound: Int) -> [UInt8]? {
        guard numbers.count >= shortest, bound > numbers.count / 32 else { return nil }
        // A level costs at least a byte; levels without gaps are their own ranks.
        let limit = min(numbers.count / 4, bound, levelLimit)
        guard let levels = levels(of: numbers, atMost: limit), let first = levels.first,
            let last = levels.last,
            last &- first >= 2 * levels.count
        else { return nil }
        let bytes = coded(numbers, levels)
        return bytes.count < bound ? bytes : nil
    }

    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64] {
        let size = try reader.count(atMost: min(count, levelLimit))
        let steps = try IntegerColumn.decode(count: size, isPlain: true, from: &reader)
        var levels: [Int64] = []
        levels.reserveCapacity(size)
        var last: Int64 = 0
        for step in steps {
            last &+= step
            levels.append(last)
        }
        var numbers = try IntegerColumn.decode(count: count, isPlain: true, from: &reader)
        for index in numbers.indices {
            guard numbers[index] >= 0, numbers[index] < Int64(size) else { throw .malformed }
            numbers[index] = levels[Int(numbers[index])]
        }
        return numbers
    }

    private static func coded(_ numbers: [Int64], _ levels: [Int64]) -> [UInt8] {
        var ranks: [Int64: Int64] = [:]
        var steps: [Int64] = []
        var last: Int64 = 0
        for (rank, level) in levels.enumerated() {
            ranks[level] = Int64(rank)
            steps.append(level &- last)
            last = level
        }
        var writer = ByteWriter()
        writer.write(varint: UInt64(levels.count))
        writer.write(IntegerColumn.plain(steps, effort: .thorough))
        writer.write(IntegerColumn.plain(numbers.map { ranks[$0] ?? 0 }, effort: .thorough))
        return writer.bytes
    }

    /// The numbers that occur, in order; nil if they are more than a limit.
    private static func levels(of numbers: [Int64], atMost limit: Int) -> [Int64]? {
        var levels: Set<Int64> = []
        for number in numbers where levels.insert(number).inserted {
            if levels.count > limit { return nil }
        }
        return levels.sorted()
    }
}
