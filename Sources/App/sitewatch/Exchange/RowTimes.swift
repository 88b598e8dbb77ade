import Facility
import WebAPI

/// Reads the times of a table file, row by row.
struct RowTimes {
    /// How a time may be written.
    enum Form: String, CaseIterable, Hashable {
        /// `2026-03-06T17:00:05+08:00`, `2026-03-06 17:00`, `2026/3/6 7:05`.
        case iso
        /// Seconds since 1970.
        case seconds = "epoch-s"
        /// Milliseconds since 1970.
        case milliseconds = "epoch-ms"
        /// `3/6/26 17:00`, the month first.
        case monthFirst = "m/d/y"
        /// `6/3/26 17:00`, `06.03.2026 17:00`, the day first.
        case dayFirst = "d/m/y"

        /// Every form.
        static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
    }

    /// Why a time was not read.
    enum Problem: Error, Hashable {
        /// It is no time.
        case invalid
        /// It is one only if somebody says which form it has.
        case ambiguous
    }

    /// The form that somebody named; nil for the one each row has by itself.
    let form: Form?
    /// The zone of times without an offset.
    let zone: SiteZone
    /// The forms met so far.
    private(set) var met: Set<Form> = []

    init(form: Form?, zone: SiteZone) {
        self.form = form
        self.zone = zone
    }

    /// The instant a cell names.
    mutating func instant(_ bytes: [UInt8]) throws(Problem) -> Int64 {
        var scan = ByteScan(bytes)
        let (instant, found) = try read(&scan)
        guard scan.isAtEnd else { throw .invalid }
        met.insert(found)
        return instant
    }

    private func read(_ scan: inout ByteScan) throws(Problem) -> (Int64, Form) {
        guard let first = scan.number(digits: 1...18) else { throw .invalid }
        if scan.isAtEnd || (first.digits >= 9 && scan.peek == UInt8(ascii: ".")) {
            return try epoch(first, &scan)
        }
        guard let separator = scan.take(anyOf: "-/."), let second = scan.number(digits: 1...2),
            scan.take(anyOf: String(Character(Unicode.Scalar(separator)))) != nil,
            let third = scan.number(digits: 1...4)
        else { throw .invalid }
        let (date, found) = try date(first, second, third)
        guard !scan.isAtEnd else { return (TimeExpression.instant(date, ofDay: 0, zone: zone), found) }
        guard scan.take(anyOf: "T t") != nil else { throw .invalid }
        scan.skipBlanks()
        guard let ofDay = clock(&scan) else { throw .invalid }
        scan.skipBlanks()
        if scan.isAtEnd { return (TimeExpression.instant(date, ofDay: ofDay, zone: zone), found) }
        guard let offset = offset(&scan) else { throw .invalid }
        return (Int64(date.dayNumber) * 86_400_000 + ofDay - offset * 1000, found)
    }

    private func epoch(
        _ whole: ByteScan.Number, _ scan: inout ByteScan
    ) throws(Problem) -> (Int64, Form) {
        let fraction = scan.take(anyOf: ".") == nil ? 0 : (scan.fraction() ?? 0)
        switch (form, whole.digits) {
        case (.seconds, ...11), (nil, 10): return (Int64(whole.value) * 1000 + fraction, .seconds)
        case (.milliseconds, ...14), (nil, 13): return (Int64(whole.value), .milliseconds)
        // Fewer digits are a time before 2001, or a date without its dashes.
        case (nil, _): throw .ambiguous
        case (_, _): throw .invalid
        }
    }

    private func date(
        _ first: ByteScan.Number, _ second: ByteScan.Number, _ third: ByteScan.Number
    ) throws(Problem) -> (CivilDate, Form) {
        let date: CivilDate?
        let found: Form
        if first.digits == 4, third.digits <= 2, form != .seconds, form != .milliseconds {
            (date, found) = (CivilDate(year: first.value, month: second.value, day: third.value), .iso)
        } else {
            guard first.digits <= 2, third.digits == 2 || third.digits == 4 else { throw .invalid }
            let year = third.digits == 2 ? 2000 + third.value : third.value
            switch form {
            case .monthFirst:
                (date, found) = (CivilDate(year: year, month: first.value, day: second.value), .monthFirst)
            case .dayFirst:
                (date, found) = (CivilDate(year: year, month: second.value, day: first.value), .dayFirst)
            case nil: throw .ambiguous
            case .iso, .seconds, .milliseconds: throw .invalid
            }
        }
        guard let date else { throw .invalid }
        return (date, found)
    }

    /// `7:05`, `17:00:05`, `17:00:05.250` as milliseconds of the day.
    private func clock(_ scan: inout ByteScan) -> Int64? {
        guard let hours = scan.number(digits: 1...2), hours.value <= 23, scan.take(anyOf: ":") != nil,
            let minutes = scan.number(digits: 2...2), minutes.value <= 59
        else { return nil }
        var total = Int64(hours.value) * 3_600_000 + Int64(minutes.value) * 60_000
        guard scan.take(anyOf: ":") != nil else { return total }
        guard let seconds = scan.number(digits: 2...2), seconds.value <= 59 else { return nil }
        total += Int64(seconds.value) * 1000
        guard scan.take(anyOf: ".,") != nil else { return total }
        return scan.fraction().map { total + $0 }
    }

    /// `Z`, `+08:00`, `+0800` or `+08` in seconds.
    private func offset(_ scan: inout ByteScan) -> Int64? {
        guard let sign = scan.take(anyOf: "Zz+-") else { return nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return 0 }
        guard let hours = scan.number(digits: 2...2), hours.value <= 23 else { return nil }
        var seconds = Int64(hours.value) * 3600
        if !scan.isAtEnd {
            _ = scan.take(anyOf: ":")
            guard let minutes = scan.number(digits: 2...2), minutes.value <= 59 else { return nil }
            seconds += Int64(minutes.value) * 60
        }
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }
}

/// Walks over the characters of one cell.
struct ByteScan {
    /// Digits and what they stand for.
    struct Number {
        let value: Int
        let digits: Int
    }

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { place == bytes.count }

    var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// Takes as many digits as are allowed.
    mutating func number(digits: ClosedRange<Int>) -> Number? {
        var value = 0
        var count = 0
        while let byte = peek, (48...57).contains(byte), count < digits.upperBound {
            value = value * 10 + Int(byte - 48)
            place += 1
            count += 1
        }
        return digits.contains(count) ? Number(value: value, digits: count) : nil
    }

    /// Takes the digits behind a point as milliseconds; what is shorter than one is left out.
    mutating func fraction() -> Int64? {
        guard let number = number(digits: 1...3) else { return nil }
        while let byte = peek, (48...57).contains(byte) { place += 1 }
        return Int64(number.value * [100, 10, 1][number.digits - 1])
    }

    /// Takes one of some characters, if it is next.
    mutating func take(anyOf characters: String) -> UInt8? {
        guard let byte = peek, characters.utf8.contains(byte) else { return nil }
        place += 1
        return byte
    }

    mutating func skipBlanks() {
        while peek == 32 { place += 1 }
    }
}
