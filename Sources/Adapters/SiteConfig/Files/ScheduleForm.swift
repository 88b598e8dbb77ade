internal import Facility

/// A part of the week, for rules that ask for the time.
struct ScheduleShape: Shape {
    struct Entry: Sendable {
        /// Whose clock; the site's where nil.
        let zone: Located<String>?
        let days: Set<Int>
        let fromMinutes: Int
        let toMinutes: Int
    }

    /// The days of the week as files write them, Monday first.
    enum Day: String, CaseIterable, Sendable {
        case mon, tue, wed, thu, fri, sat, sun

        /// 1 Monday to 7 Sunday.
        var number: Int { 1 + (Self.allCases.firstIndex(of: self) ?? 0) }
    }

    static let title = "schedule"
    static let example = "{days: [mon, tue], from: \"22:00\", to: \"07:00\"}"
    static let form = Form<Entry>.section(Self.self) { section in
        let zone = section(\.zone)
        let days = section(\.days) ?? Day.allCases
        let from = section(\.from)
        let to = section(\.to)
        guard let from, let to else { return nil }
        guard from != to else {
            section.report(\.to, Message("config.schedule-empty"))
            return nil
        }
        return Entry(
            zone: zone, days: Set(days.map(\.number)), fromMinutes: from, toMinutes: to)
    }

    let zone = Key("tz", Form<String>.text(maximum: 128).located)
    let days = Key("days", Form.list(of: Form<Day>.choice("day"), count: 1...7))
    let from = Key("from", TimeOfDay.start, required: true)
    let to = Key("to", TimeOfDay.end, required: true)
}

/// Times of day as files write them, in quotes; in minutes after midnight.
enum TimeOfDay {
    static let start = form("^([01][0-9]|2[0-3]):[0-5][0-9]$", 0...1439)
    static let end = form("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", 0...1440)

    private static func form(_ pattern: String, _ range: ClosedRange<Int>) -> Form<Int> {
        let text = Form<String>.text(
            pattern: pattern, expected: Message("config.form.time-of-day"),
            accepts: { minutes($0).map(range.contains) == true })
        return text.map { text in
            guard let minutes = minutes(text) else { return .failure(Refusal("config.form.time-of-day")) }
            return .success(minutes)
        }
    }

    private static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int(parts[0]),
            let minutes = Int(parts[1]), (0...24).contains(hours), (0...59).contains(minutes)
        else { return nil }
        return hours * 60 + minutes
    }
}
