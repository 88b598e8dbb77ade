import Facility
import Maintenance

/// The days of a rule found the long way: every day of a span is asked whether it is one.
///
/// Nothing here is shared with the rules themselves but the rule as a value and the days of the calendar.
struct DayByDay {
    let rule: RecurrenceRule
    let start: CivilDate

    /// The days within a number of days from the start.
    func dates(within span: Int) -> [CivilDate] {
        var dates = (0..<span).map { start.advanced(days: $0) }.filter(isDate)
        if !rule.setPositions.isEmpty { dates = dates.filter(hasPosition) }
        if let until = rule.until { dates = dates.filter { $0 <= until } }
        return rule.count.map { Array(dates.prefix($0)) } ?? dates
    }

    private func isDate(_ day: CivilDate) -> Bool {
        let (year, month, number) = day.components
        let first = start.components
        let length = CivilDate.days(inMonth: month, of: year)
        let periods: Int
        switch rule.frequency {
        case .daily: periods = day.dayNumber - start.dayNumber
        case .weekly: periods = week(of: day) - week(of: start)
        case .monthly: periods = (year - first.year) * 12 + month - first.month
        case .yearly: periods = year - first.year
        }
        guard periods % rule.interval == 0 else { return false }
        if !rule.months.isEmpty, !rule.months.contains(month) { return false }
        if !rule.monthDays.isEmpty {
            guard rule.monthDays.contains(number) || rule.monthDays.contains(number - length - 1) else {
                return false
            }
        }
        if !rule.weekdays.isEmpty { return rule.weekdays.contains { suits($0, day) } }
        guard rule.monthDays.isEmpty else { return true }
        switch rule.frequency {
        case .daily: return true
        case .weekly: return day.weekday == start.weekday
        case .monthly: return number == first.day
        case .yearly: return number == first.day && (!rule.months.isEmpty || month == first.month)
        }
    }

    private func suits(_ weekday: RecurrenceRule.Weekday, _ day: CivilDate) -> Bool {
        guard weekday.number == day.weekday else { return false }
        guard let ordinal = weekday.ordinal else { return true }
        // Count the same weekdays before or after it within the span.
        let step = ordinal > 0 ? -7 : 7
        var count = 1
        var other = day.advanced(days: step)
        while isSameSpan(other, day) {
            count += 1
            other = other.advanced(days: step)
        }
        return count == abs(ordinal)
    }

    private func isSameSpan(_ one: CivilDate, _ other: CivilDate) -> Bool {
        let (a, b) = (one.components, other.components)
        let isWithinYear = rule.frequency == .yearly && rule.months.isEmpty
        return a.year == b.year && (isWithinYear || a.month == b.month)
    }

    private func week(of day: CivilDate) -> Int {
        // 1969-12-29 was a Monday.
        let shifted = day.dayNumber + 3 - (rule.weekStart - 1)
        return (shifted - (shifted % 7 + 7) % 7) / 7
    }

    private func hasPosition(_ day: CivilDate) -> Bool {
        let all = period(of: day).filter { isDate($0) }
        guard let index = all.firstIndex(of: day) else { return false }
        return rule.setPositions.contains(index + 1) || rule.setPositions.contains(index - all.count)
    }

    private func period(of day: CivilDate) -> [CivilDate] {
        (-366...366).map { day.advanced(days: $0) }.filter { other in
            let (a, b) = (day.components, other.components)
            return switch rule.frequency {
            case .daily: other == day
            case .weekly: week(of: other) == week(of: day) && other >= start
            case .monthly: a.year == b.year && a.month == b.month
            case .yearly: a.year == b.year
            }
        }
    }
}
