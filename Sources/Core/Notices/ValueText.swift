public import Facility

/// Writes values as people read them: no digits that mean nothing, and the unit.
public enum ValueText {
    /// A value of a point in both languages; nil if there is none to show.
    public static func text(_ value: Value?, of point: Point, catalog: MessageCatalog) -> Bilingual? {
        switch value {
        case .none: nil
        case .text(let text)?: Bilingual(zh: text, en: text)
        case .flag(let flag)?: state(flag ? 1 : 0, of: point, catalog)
        case .integer(let integer)?:
            point.kind == .state || !point.states.isEmpty
                ? state(integer, of: point, catalog) : quantity(Double(integer), of: point)
        case .number(let number)?:
            point.states.isEmpty
                ? quantity(number, of: point) : Int64(exactly: number).map { state($0, of: point, catalog) }
        }
    }

    /// A number without trailing noise: `12.3`, not `12.299999999999999`.
    ///
    /// Rounded to the step the device reports, if it is known; to six significant digits otherwise.
    public static func number(_ number: Double, resolution: Double? = nil) -> String {
        guard number.isFinite else { return "–" }
        guard number != 0 else { return "0" }
        let decimals = resolution.map(decimals(for:)) ?? decimals(showing: 6, of: number)
        return plain(number, decimals: decimals)
    }

    private static func quantity(_ number: Double, of point: Point) -> Bilingual {
        let digits = self.number(number, resolution: point.resolution)
        guard let unit = point.unit, unit.symbol != "1" else { return Bilingual(zh: digits, en: digits) }
        let text = unit.symbol == "%" ? digits + unit.symbol : "\(digits) \(unit.symbol)"
        return Bilingual(zh: text, en: text)
    }

    private static func state(_ code: Int64, of point: Point, _ catalog: MessageCatalog) -> Bilingual {
        if let state = point.state(code) { return state.label }
        guard code == 0 || code == 1, point.states.isEmpty else {
            return Bilingual(zh: String(code), en: String(code))
        }
        let message = Message(code == 1 ? "value.yes" : "value.no")
        return Bilingual(zh: catalog.text(message, in: .zh), en: catalog.text(message, in: .en))
    }

    /// How many decimals a step has: 0.1 has one, 0.25 two, 5 none.
    private static func decimals(for step: Double) -> Int {
        var decimals = 0
        var scaled = abs(step)
        while decimals < 9, abs(scaled - scaled.rounded()) > 1e-6 * max(scaled, 1e-3) {
            scaled *= 10
            decimals += 1
        }
        return decimals
    }

    /// How many decimals show a number with so many significant digits.
    private static func decimals(showing digits: Int, of number: Double) -> Int {
        var magnitude = abs(number)
        var decimals = digits - 1
        while magnitude >= 10, decimals > 0 {
            magnitude /= 10
            decimals -= 1
        }
        while magnitude < 1, decimals < 12 {
            magnitude *= 10
            decimals += 1
        }
        return decimals
    }

    /// A number with at most so many decimals, without trailing zeros.
    private static func plain(_ number: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(number) * scale).rounded()
        guard scaled < 9e15, let whole = Int64(exactly: scaled) else { return "\(number)" }
        let divisor = Int64(scale)
        var fraction = String(whole % divisor)
        fraction = String(repeating: "0", count: max(0, decimals - fraction.count)) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = number < 0 && whole != 0 ? "-" : ""
        let integer = "\(sign)\(whole / divisor)"
        return decimals == 0 || fraction.isEmpty ? integer : "\(integer).\(fraction)"
    }
}
