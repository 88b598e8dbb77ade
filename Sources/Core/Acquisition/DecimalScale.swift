/// `raw * scale * 10^exponent + offset`, computed so that 123 at a scale of 0.1 is 12.3 and not 12.3000000000000007.
///
/// People write scales as decimal fractions, which binary floating point cannot hold. With the fraction kept
/// as whole numbers, `(raw * multiplier + addend) / divisor` rounds once, to the nearest representable value.
struct DecimalScale: Hashable, Sendable {
    let multiplier: Double
    let addend: Double
    let divisor: Double

    init(scale: Double, offset: Double, exponent: Int = 0) {
        guard let (scaleDigits, scalePower) = Self.decimal(scale),
            let (offsetDigits, offsetExponent) = Self.decimal(offset)
        else {
            self.init(multiplier: scale, addend: offset, power: exponent)
            return
        }
        let scaleExponent = scalePower + exponent
        let places = max(0, -scaleExponent, -offsetExponent)
        guard places <= 22,
            let multiplier = Self.shift(scaleDigits, places + scaleExponent),
            let addend = Self.shift(offsetDigits, places + offsetExponent)
        else {
            self.init(multiplier: scale, addend: offset, power: exponent)
            return
        }
        let divisor = Self.power(places)
        self.init(multiplier: multiplier, addend: addend, divisor: divisor)
    }

    /// A scale that is no short decimal: as near as a product comes.
    private init(multiplier: Double, addend: Double, power: Int) {
        let power10 = Self.power(abs(power))
        self.init(
            multiplier: power < 0 ? multiplier / power10 : multiplier * power10, addend: addend, divisor: 1)
    }

    private init(multiplier: Double, addend: Double, divisor: Double) {
        self.multiplier = multiplier
        self.addend = addend
        self.divisor = divisor
    }

    func callAsFunction(_ raw: Double) -> Double {
        (raw * multiplier + addend) / divisor
    }

    private static func power(_ exponent: Int) -> Double {
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// The digits and the power of ten of the shortest decimal that means this number.
    private static func decimal(_ number: Double) -> (digits: Int64, exponent: Int)? {
        guard number.isFinite else { return nil }
        var digits: Int64 = 0
        var exponent = 0
        var isFraction = false
        let parts = number.magnitude.description.split(separator: "e")
        for character in parts[0] {
            guard character != "." else {
                isFraction = true
                continue
            }
            guard let digit = character.wholeNumberValue, digits < 1 << 53 else { return nil }
            digits = digits * 10 + Int64(digit)
            if isFraction { exponent -= 1 }
        }
        if parts.count == 2 { exponent += Int(parts[1]) ?? 0 }
        while digits != 0, digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
        if digits == 0 { exponent = 0 }
        return (number < 0 ? -digits : digits, exponent)
    }

    /// `digits * 10^places` if it is exact.
    private static func shift(_ digits: Int64, _ places: Int) -> Double? {
        var product = digits
        for _ in 0..<max(0, places) {
            guard product.magnitude < 1 << 49 else { return nil }
            product *= 10
        }
        return product.magnitude <= 1 << 53 ? Double(product) : nil
    }
}
