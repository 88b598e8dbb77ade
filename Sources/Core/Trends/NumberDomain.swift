/// A way to see float64 values as whole numbers without losing a bit.
///
/// Equipment measures in steps; in its own steps a value is a small whole number that compresses well. A
/// value the domain cannot give back bit for bit has no whole number here and is kept apart.
struct NumberDomain: Hashable, Sendable {
    /// How whole numbers stand for values; the raw value is what is stored.
    enum Rule: UInt8, CaseIterable {
        /// The 64 bits as they are: whole numbers, contacts, places of texts.
        case bits = 0
        /// `integer / 10^digits`, a decimal fraction rounded to float64.
        case decimal = 1
        /// The same rounded to float32 first: a decimal that came through a float32 register.
        case decimalOfFloat = 2
        /// `integer * factor`: a raw register times its scale.
        case scaled = 3
        /// The bits of the float32 with the same value, ordered like the values.
        case float = 4
        /// The bits of the float64, ordered like the values.
        case double = 5
        /// The decimal fraction next to the value; how many float64 lie between is kept beside.
        case near = 6
    }

    /// How whole numbers stand for values.
    let rule: Rule
    /// Decimal digits behind the point, 0 to 15.
    let digits: UInt8
    /// 10^digits, or the factor of a scaled register.
    let factor: Double

    static let bits = NumberDomain(rule: .bits, digits: 0, factor: 1)
    static let float = NumberDomain(rule: .float, digits: 0, factor: 1)
    static let double = NumberDomain(rule: .double, digits: 0, factor: 1)

    static func decimal(_ digits: Int) -> NumberDomain {
        NumberDomain(rule: .decimal, digits: UInt8(digits), factor: powers[digits])
    }

    static func decimalOfFloat(_ digits: Int) -> NumberDomain {
        NumberDomain(rule: .decimalOfFloat, digits: UInt8(digits), factor: powers[digits])
    }

    static func near(_ digits: Int) -> NumberDomain {
        NumberDomain(rule: .near, digits: UInt8(digits), factor: powers[digits])
    }

    static func scaled(_ factor: Double) -> NumberDomain {
        NumberDomain(rule: .scaled, digits: 0, factor: factor)
    }

    /// The whole number of a value's bits; nil if it would not give back exactly these bits.
    @inline(__always)
    func integer(of bits: UInt64) -> Int64? {
        switch rule {
        case .bits: return Int64(bitPattern: bits)
        case .double: return ordered(Int64(bitPattern: bits))
        case .decimal: return checked(Double(bitPattern: bits) * factor, bits)
        case .decimalOfFloat: return checked(Double(bitPattern: bits) * factor, bits)
        case .near:
            let steps = Double(bitPattern: bits) * factor
            guard abs(steps) < Self.limit else { return nil }
            let integer = Int64(steps.rounded(.toNearestOrEven))
            return offset(of: bits, from: integer).magnitude <= Self.offsetLimit ? integer : nil
        case .scaled: return checked(Double(bitPattern: bits) / factor, bits)
        case .float:
            let float = Float(Double(bitPattern: bits))
            guard Double(float).bitPattern == bits else { return nil }
            let pattern = Int32(bitPattern: float.bitPattern)
            return Int64(pattern ^ ((pattern &>> 31) & Int32.max))
        }
    }

    /// The whole number next to a value in steps, if it gives back the bits; -0, for one, does not.
    @inline(__always)
    private func checked(_ steps: Double, _ bits: UInt64) -> Int64? {
        guard abs(steps) < Self.limit else { return nil }
        let integer = Int64(steps.rounded(.toNearestOrEven))
        return self.bits(of: integer) == bits ? integer : nil
    }

    /// The bits of the value a whole number stands for.
    @inline(__always)
    func bits(of integer: Int64) -> UInt64 {
        switch rule {
        case .bits: return UInt64(bitPattern: integer)
        case .double: return UInt64(bitPattern: ordered(integer))
        case .decimal, .near: return (Double(integer) / factor).bitPattern
        case .decimalOfFloat: return Double(Float(Double(integer) / factor)).bitPattern
        case .scaled: return (Double(integer) * factor).bitPattern
        case .float:
            let pattern = Int32(truncatingIfNeeded: integer)
            return Double(Float(bitPattern: UInt32(bitPattern: pattern ^ ((pattern &>> 31) & Int32.max))))
                .bitPattern
        }
    }

    /// How many float64 lie between a value and the one that a whole number stands for; only `near` allows any.
    @inline(__always)
    func offset(of bits: UInt64, from integer: Int64) -> Int64 {
        Int64(bitPattern: bits) &- Int64(bitPattern: self.bits(of: integer))
    }

    /// Writes the domain.
    func write(to writer: inout ByteWriter) {
        writer.write(rule.rawValue | digits << 4)
        if rule == .scaled { writer.write(fixed: factor.bitPattern) }
    }

    /// Reads a domain.
    init(from reader: inout ByteReader) throws(CodecError) {
        let byte = try reader.byte()
        guard let rule = Rule(rawValue: byte & 0x0F) else { throw .malformed }
        let factor = rule == .scaled ? Double(bitPattern: try reader.fixed()) : Self.powers[Int(byte >> 4)]
        self.init(rule: rule, digits: byte >> 4, factor: factor)
    }

    private init(rule: Rule, digits: UInt8, factor: Double) {
        self.rule = rule
        self.digits = digits
        self.factor = factor
    }

    /// Flips the order of negative floats, so that near values have near numbers; its own inverse.
    @inline(__always)
    private func ordered(_ pattern: Int64) -> Int64 {
        pattern ^ ((pattern &>> 63) & Int64.max)
    }

    /// Below it every whole number is a float64.
    private static let limit = 9_007_199_254_740_992.0

    /// Values further from a decimal fraction than a sum or two of float64 leads are strangers.
    private static let offsetLimit = 15

    static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}

extension NumberDomain {
    /// Whether sums of values are the values of sums.
    var isLinear: Bool {
        switch rule {
        case .decimal, .scaled: true
        case .bits, .decimalOfFloat, .float, .double, .near: false
        }
    }

    /// The value of a sum of whole numbers; only where the domain is linear.
    func value(ofSteps steps: Int64) -> Double { Double(bitPattern: bits(of: steps)) }

    /// The domain that fits most of the values best; `resolution` is the point's own step, if known.
    static func best(for values: [UInt64], resolution: Double?) -> NumberDomain {
        let probes = stride(from: 0, to: values.count, by: max(1, values.count / 32)).map { values[$0] }
        for domain in candidates(resolution) {
            guard domain.fits(probes) else { continue }
            // So many digits are mostly those of rounding errors.
            if domain.digits > 9, let near = nearDomain(probes), near.digits + 2 < domain.digits {
                return near
            }
            return domain
        }
        return nearDomain(probes) ?? .double
    }

    /// The shortest decimal fractions that nearly all values are within rounding errors of: sums and products of
    /// measured decimals. Longer ones than these spare nothing.
    static func nearDomain(_ values: [UInt64]) -> NumberDomain? {
        (1...12).lazy.map(near).first { $0.fits(values) }
    }

    /// Whether nearly all values have a whole number here.
    private func fits(_ values: [UInt64]) -> Bool {
        // A few strangers are kept apart; more of them cost more than they save.
        var strangersLeft = values.count / 16
        for value in values where integer(of: value) == nil {
            guard strangersLeft > 0 else { return false }
            strangersLeft -= 1
        }
        return true
    }

    /// The domain that fits one value best.
    static func best(for value: UInt64) -> NumberDomain {
        for digits in 0...4 {
            if decimal(digits).integer(of: value) != nil { return .decimal(digits) }
        }
        return float.integer(of: value) != nil ? .float : .double
    }

    private static func candidates(_ resolution: Double?) -> [NumberDomain] {
        guard let resolution, resolution > 0, resolution.isFinite else { return plain }
        return plain.prefix(8) + [.scaled(resolution)] + plain.dropFirst(8)
    }

    private static let plain: [NumberDomain] =
        (0...7).map(decimal) + (1...5).map(decimalOfFloat) + [.float] + (8...15).map(decimal)
}
