import Facility
import WebAPI

/// An axis of time with marks at round times of the site.
struct TimeAxis {
    /// One mark.
    struct Mark: Hashable {
        let time: Int64
        let text: String
    }

    let marks: [Mark]

    private static let second: Int64 = 1000
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private static let steps: [Int64] =
        [1, 2, 5, 10, 15, 30].map { $0 * second } + [1, 2, 5, 10, 15, 30].map { $0 * minute }
        + [1, 2, 3, 6, 12].map { $0 * hour } + [1, 2, 7, 14].map { $0 * day }
    private static let months = [1, 3, 6, 12, 60]

    /// Chooses the marks of a span so that their texts have room on so many columns.
    init(_ span: Range<Int64>, columns: Int, zone: SiteZone) {
        let length = span.upperBound - span.lowerBound
        if let step = Self.steps.first(where: { step in
            length / step * Int64(Self.width(step) + 2) <= Int64(columns)
        }) {
            marks = Self.marks(span, step, zone)
        } else {
            let step = Self.months.first { length / (Int64($0) * 30 * Self.day) * 9 <= Int64(columns) }
            marks = Self.marks(span, months: step ?? 120, zone)
        }
    }

    private static func width(_ step: Int64) -> Int { step < minute ? 8 : 5 }

    private static func marks(_ span: Range<Int64>, _ step: Int64, _ zone: SiteZone) -> [Mark] {
        func local(_ time: Int64) -> Int64 { time + Int64(zone.offsetSeconds(time)) * 1000 }
        // Weeks begin on a Monday; day 4 of 1970 was one.
        let phase = step >= 7 * day ? 4 * day : 0
        var next = (local(span.lowerBound) - phase) / step * step + phase
        var marks: [Mark] = []
        while next <= local(span.upperBound) + step {
            let date = CivilDate(dayNumber: Int(next / day))
            let time = TimeExpression.instant(date, ofDay: next % day, zone: zone)
            if span.contains(time), time > marks.last?.time ?? .min {
                let isDate = step >= day || next % day == 0
                let clock = zone.clock(time)
                marks.append(
                    Mark(
                        time: time,
                        text: isDate
                            ? String(date.description.suffix(5))
                            : String(step < minute ? clock[...] : clock.prefix(5))))
            }
            next += step
        }
        return marks
    }

    private static func marks(_ span: Range<Int64>, months: Int, _ zone: SiteZone) -> [Mark] {
        let (year, month, _) = zone.date(at: span.lowerBound).components
        var number = (year * 12 + month - 1) / months * months
        var marks: [Mark] = []
        while let date = CivilDate(year: number / 12, month: number % 12 + 1, day: 1) {
            let time = TimeExpression.instant(date, ofDay: 0, zone: zone)
            guard time < span.upperBound else { break }
            if time >= span.lowerBound {
                marks.append(Mark(time: time, text: String(date.description.prefix(7))))
            }
            number += months
        }
        return marks
    }
}
