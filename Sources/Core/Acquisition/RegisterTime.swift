internal import Facility

/// Dates and times as devices hold them, in ISO 8601.
///
/// Seconds and milliseconds since 1970 are UTC and say so; what a device keeps as date and time of day is its own
/// local time, which no register tells the zone of: those texts have none.
enum RegisterTime {
    /// What a time register says.
    enum Reading: Hashable {
        case text(String)
        /// The device itself marks its clock as invalid.
        case invalid
        /// The bits are no date.
        case undecodable
    }

    /// Seconds since 1970 UTC.
    static func unix(seconds: Int64) -> Reading {
        .text(utc(seconds) + "Z")
    }

    /// Milliseconds since 1970 UTC.
    static func unix(milliseconds: Int64) -> Reading {
        // The last day of the year 9999: nothing behind it is written with four digits.
        guard (0..<253_402_300_800_000).contains(milliseconds) else { return .undecodable }
        return .text("\(utc(milliseconds / 1000)).\(digits(milliseconds % 1000, 3))Z")
    }

    /// The four registers of IEC 60870-5, the first in the most significant bits.
    static func iec(_ raw: UInt64) -> Reading {
        guard raw != .max, raw & 0x80 << 16 == 0 else { return .invalid }
        let date = (
            year: 2000 + Int(raw >> 48 & 0x7F), month: Int(raw >> 40 & 0xF), day: Int(raw >> 32 & 0x1F)
        )
        let (hour, minute) = (raw >> 24 & 0x1F, raw >> 16 & 0x3F)
        let milliseconds = raw & 0xFFFF
        guard let day = CivilDate(year: date.year, month: date.month, day: date.day), hour < 24, minute < 60,
            milliseconds < 60_000
        else { return .undecodable }
        return .text(
            "\(day)T\(digits(hour, 2)):\(digits(minute, 2)):\(digits(milliseconds / 1000, 2))"
                + ".\(digits(milliseconds % 1000, 3))")
    }

    /// Six pairs of decimal digits in 48 bits, the year in the most significant ones.
    static func bcd(_ raw: UInt64) -> Reading {
        guard raw != 0xFFFF_FFFF_FFFF else { return .invalid }
        var pairs: [Int] = []
        for shift in stride(from: UInt64(40), through: 0, by: -8) {
            let (tens, ones) = (raw >> (shift + 4) & 0xF, raw >> shift & 0xF)
            guard tens <= 9, ones <= 9 else { return .undecodable }
            pairs.append(Int(10 * tens + ones))
        }
        guard let day = CivilDate(year: 2000 + pairs[0], month: pairs[1], day: pairs[2]), pairs[3] < 24,
            pairs[4] < 60, pairs[5] < 60
        else { return .undecodable }
        return .text("\(day)T\(digits(pairs[3], 2)):\(digits(pairs[4], 2)):\(digits(pairs[5], 2))")
    }

    private static func utc(_ seconds: Int64) -> String {
        let day = CivilDate(dayNumber: Int(seconds / 86_400))
        let rest = seconds % 86_400
        return "\(day)T\(digits(rest / 3600, 2)):\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2))"
    }

    private static func digits(_ number: some BinaryInteger, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
}
