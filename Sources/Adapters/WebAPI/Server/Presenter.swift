import Facility

/// Turns values of the core into entries of documents: times in the site's zone, values in words.
struct Presenter: Sendable {
    let site: Site
    let now: Int64
    let catalog: MessageCatalog

    /// An instant with milliseconds and the site's offset.
    func time(_ wallMilliseconds: Int64) -> String {
        site.zone.iso(wallMilliseconds, milliseconds: true)
    }

    /// An instant with milliseconds and the site's offset, if there is one.
    func time(_ wallMilliseconds: Int64?) -> String? {
        wallMilliseconds.map { time($0) }
    }

    /// A text of the catalogue in both languages.
    func both(_ message: Message) -> Bilingual {
        Bilingual(zh: catalog.text(message, in: .zh), en: catalog.text(message, in: .en))
    }

    /// A value as people read it, unit and state name included.
    func text(_ value: Value, of point: Point) -> Bilingual {
        switch value {
        case .text(let text): return Bilingual(zh: text, en: text)
        case .flag(let flag):
            return point.state(flag ? 1 : 0)?.label ?? both(Message(flag ? "value.true" : "value.false"))
        case .integer(let integer):
            if let state = point.state(integer) { return state.label }
            return withUnit(String(integer), point)
        case .number(let number):
            return withUnit(NumberText.text(number, resolution: point.resolution), point)
        }
    }

    private func withUnit(_ text: String, _ point: Point) -> Bilingual {
        let whole = point.unit.map { "\(text) \($0.symbol)" } ?? text
        return Bilingual(zh: whole, en: whole)
    }
}

/// Numbers as people read them.
enum NumberText {
    /// A number with as many decimals as its resolution has, or with six significant digits.
    static func text(_ number: Double, resolution: Double?) -> String {
        guard number.isFinite else { return String(number) }
        let decimals = resolution.map(decimals) ?? significant(number)
        return fixed(number, decimals: decimals, keepsZeros: resolution != nil)
    }

    /// How many decimals a step has: 2 for 0.05.
    private static func decimals(of step: Double) -> Int {
        var scaled = step.magnitude
        for count in 0..<9 {
            if (scaled - scaled.rounded()).magnitude < 1e-6 * max(1, scaled) && scaled >= 1 - 1e-9 {
                return count
            }
            scaled *= 10
        }
        return 9
    }

    private static func significant(_ number: Double) -> Int {
        var whole = number.magnitude
        var decimals = 5
        while whole >= 10 && decimals > 0 {
            whole /= 10
            decimals -= 1
        }
        while whole < 1 && whole > 0 && decimals < 9 {
            whole *= 10
            decimals += 1
        }
        return decimals
    }

    private static func fixed(_ number: Double, decimals: Int, keepsZeros: Bool) -> String {
        var power = 1.0
        for _ in 0..<decimals { power *= 10 }
        let scaled = (number.magnitude * power).rounded()
        // Beyond 2^53 there are no decimals left to show.
        guard scaled < 9_007_199_254_740_992 else { return String(number) }
        let digits = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        var text = String(padded.dropLast(decimals))
        var fraction = padded.suffix(decimals)
        if !keepsZeros {
            while fraction.last == "0" { fraction = fraction.dropLast() }
        }
        if !fraction.isEmpty { text += "." + fraction }
        return number < 0 && scaled > 0 ? "-" + text : text
    }
}
