import Facility

/// The rule at the end of a zone file: what holds after its last listed change, as in `EST5EDT,M3.2.0,M11.1.0`.
struct ZoneRule: Hashable, Sendable {
    /// A day of every year.
    enum Day: Hashable, Sendable {
        /// `J60`: day 1 to 365, the leap day never counted.
        case julian(Int)
        /// `59`: day 0 to 365, the leap day counted.
        case ordinal(Int)
        /// `M3.2.0`: month, week 1 to 5 (5 is the last), weekday 0 Sunday to 6.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    /// A change between standard and summer time.
    struct Change: Hashable, Sendable {
        let day: Day
        /// Seconds after the local midnight at which the day begins; may be negative or more than a day.
        let seconds: Int

        /// Local seconds since 1970 in a year.
        func localSeconds(year: Int) -> Int64 {
            Int64(dayNumber(year: year)) * 86400 + Int64(seconds)
        }

        private func dayNumber(year: Int) -> Int {
            let newYear = ZoneRule.dayNumber(year, 1, 1)
            switch day {
            case .julian(let day):
                let isLeap = ZoneRule.dayNumber(year, 3, 1) - newYear == 60
                return newYear + day - 1 + (isLeap && day >= 60 ? 1 : 0)
            case .ordinal(let day):
                return newYear + day
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(dayNumber: ZoneRule.dayNumber(year, month, 1))
                let ahead = (weekday - first.weekday % 7 + 7) % 7
                let next =
                    month == 12 ? ZoneRule.dayNumber(year + 1, 1, 1) : ZoneRule.dayNumber(year, month + 1, 1)
                let found = first.dayNumber + ahead + (week - 1) * 7
                return found < next ? found : found - 7
            }
        }
    }

    /// Summer time: its offset and when it begins and ends.
    struct Summer: Hashable, Sendable {
        let offsetSeconds: Int
        let start: Change
        let end: Change
    }

    let standardOffsetSeconds: Int
    let summer: Summer?

    /// Seconds to add to UTC at an instant.
    func offset(at seconds: Int64) -> Int {
        guard let summer else { return standardOffsetSeconds }
        let local = seconds + Int64(standardOffsetSeconds)
        let day = Int((local >= 0 ? local : local - 86399) / 86400)
        let year = CivilDate(dayNumber: day).components.year
        let start = summer.start.localSeconds(year: year) - Int64(standardOffsetSeconds)
        let end = summer.end.localSeconds(year: year) - Int64(summer.offsetSeconds)
        let isSummer =
            start < end ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
        return isSummer ? summer.offsetSeconds : standardOffsetSeconds
    }

    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        guard let date = CivilDate(year: year, month: month, day: day) else {
            preconditionFailure("no day \(year)-\(month)-\(day)")
        }
        return date.dayNumber
    }
}

extension ZoneRule {
    /// Reads a rule; nil if the text is not one.
    init?(_ text: some StringProtocol) {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard reader.name(), let west = reader.time() else { return nil }
        let standard = -west
        guard !reader.isAtEnd else {
            self.init(standardOffsetSeconds: standard, summer: nil)
            return
        }
        guard reader.name() else { return nil }
        var summerOffset = standard + 3600
        if reader.next != UInt8(ascii: ",") {
            guard let west = reader.time() else { return nil }
            summerOffset = -west
        }
        guard let start = reader.change(), let end = reader.change(), reader.isAtEnd else { return nil }
        self.init(
            standardOffsetSeconds: standard,
            summer: Summer(offsetSeconds: summerOffset, start: start, end: end))
    }

    /// Takes a rule apart from the left.
    private struct Reader {
        var rest: ArraySlice<UInt8>

        var next: UInt8? { rest.first }
        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard next == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// `EST` or `<+1030>`.
        mutating func name() -> Bool {
            if take("<") {
                while let character = next, character != UInt8(ascii: ">") {
                    rest.removeFirst()
                    guard character > 32 else { return false }
                }
                return take(">")
            }
            let letters = rest.prefix { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }

        /// Digits, no more than a zone file ever has.
        mutating func number() -> Int? {
            let digits = rest.prefix { (48...57).contains($0) }
            guard (1...4).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
        }

        /// `5`, `-10:30`, `+25:00:00`, in seconds.
        mutating func time() -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = hours * 3600
            for size in [60, 1] where take(":") {
                guard let part = number(), part < 60 else { return nil }
                seconds += part * size
            }
            return isNegative ? -seconds : seconds
        }

        /// `,M3.2.0/3`.
        mutating func change() -> Change? {
            guard take(","), let day = day() else { return nil }
            guard take("/") else { return Change(day: day, seconds: 7200) }
            guard let seconds = time() else { return nil }
            return Change(day: day, seconds: seconds)
        }

        mutating func day() -> Day? {
            if take("J") {
                guard let day = number(), (1...365).contains(day) else { return nil }
                return .julian(day)
            }
            guard take("M") else {
                guard let day = number(), (0...365).contains(day) else { return nil }
                return .ordinal(day)
            }
            guard let month = number(), (1...12).contains(month), take("."), let week = number(),
                (1...5).contains(week), take("."), let weekday = number(), (0...6).contains(weekday)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
