/// Turns roll-ups into chunks and back.
///
/// A chunk is `format, checksum, grain, hold, count` and then columns. Numbers of a point that measures in
/// decimal steps are kept as whole steps; sums and integrals are then those of the steps, which adding floats
/// can miss by their last bits. Everything else comes back bit for bit.
public enum RollUpCodec {
    /// The version of the layout, the first byte of every chunk.
    public static let format: UInt8 = 0x41

    /// Seals the roll-up of a day.
    public static func encode(_ rollUp: RollUp) -> [UInt8] {
        let rows = rollUp.rows
        var writer = ByteWriter(capacity: 64 + rows.count * 16)
        writer.write(format)
        writer.write(fixed: UInt32(0))
        writer.write(rollUp.grain.rawValue)
        writer.write(varint: UInt64(bitPattern: rows.first?.holdMilliseconds ?? 0))
        writer.write(varint: UInt64(rows.count))
        for column in WholeColumn.allCases {
            let numbers = rows.map { column.number(of: $0, rollUp.grain) }
            IntegerColumn.encode(numbers, effort: .thorough, to: &writer)
        }
        FigureColumns.write(rows.filter { $0.usable > 0 }, to: &writer)
        writer.patch(fixed: CRC32C.checksum(writer.bytes, from: 5), at: 1)
        return writer.bytes
    }

    /// Reads the roll-up of a day.
    public static func decode(_ bytes: [UInt8]) throws(CodecError) -> RollUp {
        var reader = try ChunkCodec.checked(bytes, format: format)
        guard let grain = HistoryGrain(rawValue: try reader.byte()), grain != .reading else {
            throw .malformed
        }
        let hold = Int64(bitPattern: try reader.varint())
        let count = try reader.count(atMost: RollUp.rowLimit)
        var columns: [[Int64]] = []
        for _ in WholeColumn.allCases {
            columns.append(try IntegerColumn.decode(count: count, from: &reader))
        }
        var rows: [ChunkSummary] = []
        for index in 0..<count {
            rows.append(try WholeColumn.row(columns.map { $0[index] }, grain, holdMilliseconds: hold))
        }
        try FigureColumns.read(into: &rows, from: &reader)
        return RollUp(grain: grain, rows: rows)
    }
}

/// The columns of whole numbers that every row has; the order is that on disk.
private enum WholeColumn: Int, CaseIterable {
    case span
    case count
    case unusable
    /// From the start of the span to the first reading.
    case start
    /// From the first to the last reading.
    case length
    /// From the first reading to the first usable one.
    case firstUsable
    /// From the last usable reading to the last one.
    case lastUsable
    case uncovered
    case worstQuality

    func number(of row: ChunkSummary, _ grain: HistoryGrain) -> Int64 {
        switch self {
        case .span: row.firstMilliseconds / grain.milliseconds
        case .count: Int64(row.count)
        case .unusable: Int64(row.count - row.usable)
        case .start: row.firstMilliseconds % grain.milliseconds
        case .length: row.lastMilliseconds - row.firstMilliseconds
        case .firstUsable: (row.first?.wallMilliseconds ?? row.firstMilliseconds) - row.firstMilliseconds
        case .lastUsable: row.lastMilliseconds - (row.last?.wallMilliseconds ?? row.lastMilliseconds)
        case .uncovered: row.lastMilliseconds - row.firstMilliseconds - row.coveredMilliseconds
        case .worstQuality: Int64(row.worstQuality)
        }
    }

    /// Spans of known years, whatever the grain.
    private static let spans = 0..<(HistoryMonth.known.upperBound / HistoryGrain.minute.milliseconds)

    /// Puts a row together but for its figures.
    static func row(
        _ numbers: [Int64], _ grain: HistoryGrain, holdMilliseconds: Int64
    ) throws(CodecError) -> ChunkSummary {
        func number(_ column: WholeColumn) -> Int64 { numbers[column.rawValue] }
        // The checksum held: what does not fit here was written by mistake, not changed by the disk.
        let times = 0..<grain.milliseconds
        guard let count = Int32(exactly: number(.count)), (0...Int64(count)).contains(number(.unusable)),
            times.contains(number(.start)), times.contains(number(.length)),
            times.contains(number(.start) + number(.length)), times.contains(number(.firstUsable)),
            times.contains(number(.lastUsable)), (0...number(.length)).contains(number(.uncovered)),
            spans.contains(number(.span))
        else { throw .malformed }
        var row = ChunkSummary(holdMilliseconds: holdMilliseconds)
        row.count = Int(count)
        row.usable = Int(count) - Int(number(.unusable))
        row.firstMilliseconds = number(.span) * grain.milliseconds + number(.start)
        row.lastMilliseconds = row.firstMilliseconds + number(.length)
        row.coveredMilliseconds = number(.length) - number(.uncovered)
        row.worstQuality = UInt8(truncatingIfNeeded: number(.worstQuality))
        if row.usable > 0 {
            row.first = .init(
                wallMilliseconds: row.firstMilliseconds + number(.firstUsable), number: 0)
            row.last = .init(wallMilliseconds: row.lastMilliseconds - number(.lastUsable), number: 0)
        }
        return row
    }
}

/// The figures of the rows that have usable numbers.
private enum FigureColumns {
    /// Sums of whole steps, each foretold from figures written before it.
    private struct Steps {
        var sum: Int64
        var integral: Int64
        var increase: Int64

        /// Whole steps this large are still exact as floats.
        private static let limit = 9_007_199_254_740_992.0

        init(sum: Int64, integral: Int64, increase: Int64) {
            (self.sum, self.integral, self.increase) = (sum, integral, increase)
        }

        /// The sums of a row in steps; nil unless all three are whole steps but for rounding.
        init?(_ row: ChunkSummary, _ domain: NumberDomain) {
            guard let sum = Self.steps(row.sum, domain), let integral = Self.steps(row.integral, domain),
                let increase = Self.steps(row.increase, domain)
            else { return nil }
            self.init(sum: sum, integral: integral, increase: increase)
        }

        private static func steps(_ figure: Double, _ domain: NumberDomain) -> Int64? {
            let steps = domain.rule == .scaled ? figure / domain.factor : figure * domain.factor
            guard abs(steps) < limit else { return nil }
            let whole = steps.rounded()
            return abs(steps - whole) < 0.01 ? Int64(whole) : nil
        }

        /// What the figures before foretell.
        static func sum(_ base: Base, usable: Int) -> Int64 {
            Int64(usable) &* ((base.first &+ base.last) / 2)
        }

        static func integral(_ sum: Int64, usable: Int, covered: Int64) -> Int64 {
            let foretold = Double(sum) / Double(usable) * Double(covered)
            return abs(foretold) < limit ? Int64(foretold) : 0
        }

        static func increase(_ base: Base) -> Int64 { max(0, base.last &- base.first) }
    }

    /// The four readings of a row that stand for themselves, in their domain.
    private struct Base {
        var first: Int64
        var last: Int64
        var minimum: Int64
        var maximum: Int64

        init(_ row: ChunkSummary, _ domain: NumberDomain) {
            func whole(_ number: Double?) -> Int64 {
                number.flatMap { domain.integer(of: $0.bitPattern) } ?? 0
            }
            first = whole(row.first?.number)
            last = whole(row.last?.number)
            minimum = whole(row.minimum)
            maximum = whole(row.maximum)
        }

        init(_ columns: [[Int64]], _ index: Int) {
            first = columns[0][index]
            last = first &+ columns[1][index]
            minimum = min(first, last) &- columns[2][index]
            maximum = max(first, last) &+ columns[3][index]
        }

        /// What is written of it, column by column.
        static let columns: [@Sendable (Base) -> Int64] = [
            { $0.first }, { $0.last &- $0.first }, { min($0.first, $0.last) &- $0.minimum },
            { $0.maximum &- max($0.first, $0.last) },
        ]
    }

    static func write(_ rows: [ChunkSummary], to writer: inout ByteWriter) {
        guard !rows.isEmpty else { return }
        let domain = domain(of: rows)
        domain.write(to: &writer)
        let bases = rows.map { Base($0, domain) }
        for column in Base.columns { write(bases.map(column), to: &writer) }
        let sums = domain.isLinear ? rows.compactMap { Steps($0, domain) } : []
        let isWhole = sums.count == rows.count
        writer.write(isWhole ? 1 : 0)
        guard isWhole else {
            for figure in figures { write(rows.map { $0[keyPath: figure] }, to: &writer) }
            return
        }
        write(zip(zip(rows, bases), sums).map { $1.sum &- Steps.sum($0.1, usable: $0.0.usable) }, to: &writer)
        write(
            zip(rows, sums).map {
                $1.integral
                    &- Steps.integral($1.sum, usable: $0.usable, covered: $0.coveredMilliseconds)
            }, to: &writer)
        write(zip(bases, sums).map { $1.increase &- Steps.increase($0) }, to: &writer)
    }

    static func read(into rows: inout [ChunkSummary], from reader: inout ByteReader) throws(CodecError) {
        let places = rows.indices.filter { rows[$0].usable > 0 }
        guard !places.isEmpty else { return }
        let domain = try NumberDomain(from: &reader)
        var columns: [[Int64]] = []
        for _ in Base.columns {
            columns.append(try IntegerColumn.decode(count: places.count, from: &reader))
        }
        let isWhole = try reader.byte() == 1
        for (index, place) in places.enumerated() {
            let base = Base(columns, index)
            rows[place].first?.number = Double(bitPattern: domain.bits(of: base.first))
            rows[place].last?.number = Double(bitPattern: domain.bits(of: base.last))
            rows[place].minimum = Double(bitPattern: domain.bits(of: base.minimum))
            rows[place].maximum = Double(bitPattern: domain.bits(of: base.maximum))
        }
        guard isWhole else {
            for figure in figures {
                let bits = try ValueColumn.read(count: places.count, from: &reader)
                for (index, place) in places.enumerated() {
                    rows[place][keyPath: figure] = Double(bitPattern: bits[index])
                }
            }
            return
        }
        var sums: [[Int64]] = []
        for _ in 0..<3 { sums.append(try IntegerColumn.decode(count: places.count, from: &reader)) }
        for (index, place) in places.enumerated() {
            let base = Base(columns, index)
            let row = rows[place]
            let sum = sums[0][index] &+ Steps.sum(base, usable: row.usable)
            let integral =
                sums[1][index]
                &+ Steps.integral(sum, usable: row.usable, covered: row.coveredMilliseconds)
            rows[place].sum = domain.value(ofSteps: sum)
            rows[place].integral = domain.value(ofSteps: integral)
            rows[place].increase = domain.value(ofSteps: sums[2][index] &+ Steps.increase(base))
        }
    }

    /// The figures that are not readings themselves, where they are no whole steps.
    private static var figures: [WritableKeyPath<ChunkSummary, Double>] {
        [\.sum, \.integral, \.increase]
    }

    /// A domain that holds every reading of the rows.
    private static func domain(of rows: [ChunkSummary]) -> NumberDomain {
        let bits = rows.flatMap { row in
            [row.first?.number ?? 0, row.last?.number ?? 0, row.minimum, row.maximum].map(\.bitPattern)
        }
        let best = NumberDomain.best(for: bits, resolution: nil)
        let isExact = bits.allSatisfy { bits in best.integer(of: bits).map { best.bits(of: $0) } == bits }
        return isExact ? best : .double
    }

    private static func write(_ numbers: [Int64], to writer: inout ByteWriter) {
        IntegerColumn.encode(numbers, effort: .thorough, to: &writer)
    }

    private static func write(_ numbers: [Double], to writer: inout ByteWriter) {
        ValueColumn(numbers).write(to: &writer)
    }
}
