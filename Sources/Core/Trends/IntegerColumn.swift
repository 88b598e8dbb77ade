/// A row of whole numbers in as few bytes as the known encodings reach.
///
/// A predictor turns the numbers into small residuals, a coder writes the residuals. Both are registered
/// here, one line each; the byte in front of a column names the pair.
enum IntegerColumn {
    /// How to predict the next number. One line per predictor; the order is of no meaning.
    static let predictors: [any Predictor.Type] = [
        ValuePredictor.self,
        DeltaPredictor.self,
        SecondDeltaPredictor.self,
        QuickLevelPredictor.self,
        SlowLevelPredictor.self,
        TrendPredictor.self,
    ]

    /// How to write residuals. One line per coder; the order is of no meaning but to speed.
    static let coders: [any ResidualCoder.Type] = [
        PackedCoder.self,
        RunLengthCoder.self,
        RangeCoder.self,
        DictionaryCoder.self,
    ]

    /// How much time to spend on finding the shortest form.
    enum Effort {
        /// For blocks that live minutes in memory.
        case quick
        /// For chunks that live years on disk.
        case thorough
        /// The same for what many chunks share: a few bits less are worth more time to read them.
        case utmost

        /// Reading probabilities takes five times as long as reading bits, so it must spare at least this part of the
        /// column: of noise it spares less.
        var rangeGain: Int { self == .utmost ? 64 : 12 }
    }

    /// Writes numbers; the reader must be told how many there are.
    static func encode(_ numbers: [Int64], effort: Effort, to writer: inout ByteWriter) {
        guard !numbers.isEmpty else { return }
        let plain = plain(numbers, effort: effort)
        if effort != .quick, let coded = DictionaryCoder.coded(numbers, below: plain.count - 1) {
            writer.write(ValuePredictor.code << 4 | DictionaryCoder.code)
            return writer.write(coded)
        }
        writer.write(plain)
    }

    /// A column as every coder but the dictionary writes it, whose own columns these are.
    static func plain(_ numbers: [Int64], effort: Effort) -> [UInt8] {
        var best: Choice?
        var ranged: Choice?
        for predictor in effort == .quick ? Self.quick : Self.predictors {
            guard let residuals = predictor.residuals(of: numbers) else { continue }
            for coder in coders {
                let limit = best?.cost ?? .max
                if let cost = coder.cost(of: residuals, below: limit), cost < limit {
                    best = Choice(cost: cost, predictor: predictor, coder: coder, residuals: residuals)
                }
            }
            // Nothing shorter than this is to be expected.
            if let cost = best?.cost, cost <= 4 { break }
            guard effort != .quick else { continue }
            let estimate = RangeCoder.estimate(of: residuals)
            if estimate < ranged?.cost ?? .max {
                ranged = Choice(
                    cost: estimate, predictor: predictor, coder: RangeCoder.self, residuals: residuals)
            }
        }
        guard let best else { preconditionFailure("the value predictor takes every column") }
        if let ranged, best.cost > rangeFrom {
            let coded = RangeCoder.coded(ranged.residuals)
            if coded.count * effort.rangeGain < best.cost * (effort.rangeGain - 1) {
                return [ranged.predictor.code << 4 | RangeCoder.code] + coded
            }
        }
        var writer = ByteWriter(capacity: best.cost + 16)
        writer.write(best.predictor.code << 4 | best.coder.code)
        best.coder.encode(best.residuals, to: &writer)
        return writer.bytes
    }

    /// A pair of predictor and coder, and what it would cost.
    private struct Choice {
        let cost: Int
        let predictor: any Predictor.Type
        let coder: any ResidualCoder.Type
        let residuals: [Int64]
    }

    /// Reads a known count of numbers.
    static func decode(
        count: Int, isPlain: Bool = false, from reader: inout ByteReader
    ) throws(CodecError) -> [Int64] {
        guard count > 0 else { return [] }
        let byte = try reader.byte()
        guard let predictor = predictors.first(where: { $0.code == byte >> 4 }),
            let coder = coders.first(where: { $0.code == byte & 0x0F }),
            !isPlain || coder.code != DictionaryCoder.code
        else { throw .malformed }
        var numbers = try coder.decode(count: count, from: &reader)
        predictor.restore(&numbers)
        return numbers
    }

    /// Columns that are shorter already have nothing to gain from probabilities.
    private static let rangeFrom = 8

    private static let quick: [any Predictor.Type] = [ValuePredictor.self, DeltaPredictor.self]
}

/// Foretells each number from those before it.
protocol Predictor: SendableMetatype {
    /// The number on disk; never given to another predictor.
    static var code: UInt8 { get }
    /// What is left of each number after the prediction; nil if the numbers are out of its range.
    static func residuals(of numbers: [Int64]) -> [Int64]?
    /// Turns residuals back into numbers, in place.
    static func restore(_ residuals: inout [Int64])
}

/// Writes residuals.
protocol ResidualCoder: SendableMetatype {
    /// The number on disk; never given to another coder.
    static var code: UInt8 { get }
    /// The bytes it would write, nearly; nil as soon as it is clear that they are not below a bound.
    static func cost(of residuals: [Int64], below bound: Int) -> Int?
    /// Writes the residuals.
    static func encode(_ residuals: [Int64], to writer: inout ByteWriter)
    /// Reads a known count of residuals.
    static func decode(count: Int, from reader: inout ByteReader) throws(CodecError) -> [Int64]
}

/// The bytes a number takes in groups of 7 bits.
@inline(__always)
func varintLength(_ number: UInt64) -> Int {
    (70 - (number | 1).leadingZeroBitCount) / 7
}
