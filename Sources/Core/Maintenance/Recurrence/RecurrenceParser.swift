internal import Facility

extension RecurrenceRule {
    /// The longest text that is looked at, in bytes.
    static let maximumLength = 2000

    /// Reads a rule as RFC 5545 writes it: `FREQ=MONTHLY;BYDAY=1MO`. Whatever plans do not know is refused.
    public init(parsing text: some StringProtocol) throws(RecurrenceProblem) {
        guard text.utf8.count <= Self.maximumLength else { throw RecurrenceProblem("RRULE", .tooLong) }
        var body = Substring(text.uppercased())
        if body.hasPrefix("RRULE:") { body = body.dropFirst(6) }
        var values: [String: Substring] = [:]
        for part in body.split(separator: ";", omittingEmptySubsequences: false) {
            let name = String(part.prefix { $0 != "=" })
            guard Self.supported.contains(name) else {
                throw RecurrenceProblem(name, Self.known.contains(name) ? .unsupported : .unknown, part)
            }
            guard part.utf8.count > name.utf8.count else { throw RecurrenceProblem(name, .value, part) }
            guard values.updateValue(part.dropFirst(name.count + 1), forKey: name) == nil else {
                throw RecurrenceProblem(name, .twice, part)
            }
        }
        guard let frequency = values["FREQ"] else { throw RecurrenceProblem("FREQ", .missing) }
        try self.init(Self.frequency(frequency))
        if let text = values["INTERVAL"] { interval = try Self.number("INTERVAL", text, 1...99_999) }
        if let text = values["COUNT"] { count = try Self.number("COUNT", text, 1...99_999) }
        if let text = values["UNTIL"] { until = try Self.day(text) }
        if let text = values["WKST"] { weekStart = try Self.weekday("WKST", text).number }
        if let text = values["BYMONTH"] { months = try Self.numbers("BYMONTH", text, 1...12, signed: false) }
        if let text = values["BYMONTHDAY"] {
            monthDays = try Self.numbers("BYMONTHDAY", text, 1...31, signed: true)
        }
        if let text = values["BYSETPOS"] {
            setPositions = try Self.numbers("BYSETPOS", text, 1...366, signed: true)
        }
        if let text = values["BYDAY"] { weekdays = try Self.weekdays(text) }
        try checkTogether()
    }

    private static let supported: Set<String> = [
        "FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "UNTIL", "COUNT",
    ]

    private static let known: Set<String> = [
        "BYHOUR", "BYMINUTE", "BYSECOND", "BYYEARDAY", "BYWEEKNO", "BYEASTER", "RSCALE", "SKIP",
    ]

    private func checkTogether() throws(RecurrenceProblem) {
        if until != nil, count != nil { throw RecurrenceProblem("COUNT", .conflict, "UNTIL") }
        if !setPositions.isEmpty, weekdays.isEmpty, monthDays.isEmpty, months.isEmpty {
            throw RecurrenceProblem("BYSETPOS", .conflict)
        }
        for weekday in weekdays {
            guard let ordinal = weekday.ordinal else { continue }
            let text = "\(ordinal)\(Self.dayNames[weekday.number - 1])"
            switch frequency {
            case .daily, .weekly: throw RecurrenceProblem("BYDAY", .conflict, text)
            case .monthly where abs(ordinal) > 5, .yearly where !months.isEmpty && abs(ordinal) > 5:
                throw RecurrenceProblem("BYDAY", .outside, text)
            case .monthly, .yearly: break
            }
        }
    }

    private static func frequency(_ text: Substring) throws(RecurrenceProblem) -> Frequency {
        if let frequency = Frequency(rawValue: String(text)) { return frequency }
        let isKnown = ["SECONDLY", "MINUTELY", "HOURLY"].contains(String(text))
        throw RecurrenceProblem("FREQ", isKnown ? .unsupported : .value, text)
    }

    private static func number(
        _ part: String, _ text: Substring, _ range: ClosedRange<Int>
    ) throws(RecurrenceProblem) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw RecurrenceProblem(part, .value, text)
        }
        guard text.utf8.count <= 9, let number = Int(text), range.contains(number) else {
            throw RecurrenceProblem(part, .outside, text)
        }
        return number
    }

    private static func numbers(
        _ part: String, _ text: Substring, _ range: ClosedRange<Int>, signed: Bool
    ) throws(RecurrenceProblem) -> [Int] {
        var numbers: [Int] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let isNegative = signed && item.hasPrefix("-")
            let digits = isNegative || (signed && item.hasPrefix("+")) ? item.dropFirst() : item
            let size = try number(part, digits, range)
            let value = isNegative ? -size : size
            if !numbers.contains(value) { numbers.append(value) }
        }
        return numbers
    }

    private static func weekdays(_ text: Substring) throws(RecurrenceProblem) -> [Weekday] {
        var days: [Weekday] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let day = try weekday("BYDAY", item.suffix(2))
            let prefix = item.dropLast(2)
            guard !prefix.isEmpty else {
                if !days.contains(day) { days.append(day) }
                continue
            }
            let ordinals = try numbers("BYDAY", prefix, 1...53, signed: true)
            guard ordinals.count == 1 else { throw RecurrenceProblem("BYDAY", .value, item) }
            let found = Weekday(day.number, ordinal: ordinals[0])
            if !days.contains(found) { days.append(found) }
        }
        return days
    }

    private static func weekday(_ part: String, _ text: Substring) throws(RecurrenceProblem) -> Weekday {
        guard let index = dayNames.firstIndex(of: String(text)) else {
            throw RecurrenceProblem(part, .value, text)
        }
        return Weekday(index + 1)
    }

    /// A day as RFC 5545 writes it, `20261231`; one with a time is refused, because plans know only days.
    private static func day(_ text: Substring) throws(RecurrenceProblem) -> CivilDate {
        guard text.utf8.count == 8, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text),
            let day = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        else { throw RecurrenceProblem("UNTIL", .value, text) }
        return day
    }
}
