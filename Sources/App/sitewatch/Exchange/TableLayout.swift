import ArgumentParser
import Facility

/// Which column of a table file holds what.
struct TableLayout: Hashable {
    /// Where the values are.
    enum Values: Hashable {
        /// One value a row, of the point that the row names.
        case named(point: Int, value: Int, quality: Int?, reason: Int?)
        /// One value a row, all of one point.
        case single(point: String, value: Int, quality: Int?, reason: Int?)
        /// A column for each point.
        case columns([Column])
    }

    /// A column of values of one point.
    struct Column: Hashable {
        let place: Int
        let point: String
    }

    /// What somebody said about the columns.
    struct Wishes {
        var point: String?
        var timeColumn: String?
        var valueColumn: String?
        /// Pairs of a heading and a point.
        var map: [(column: String, point: String)] = []
        /// Whether headings may name points that nobody knows.
        var addsPoints = false
    }

    /// Where the times are.
    let time: Int
    let values: Values
    /// Headings of columns that are not read.
    let unread: [String]

    /// How many cells a row needs.
    var width: Int {
        let last =
            switch values {
            case .named(let point, let value, _, _): max(point, value)
            case .single(_, let value, _, _): value
            case .columns(let columns): columns.map(\.place).min() ?? 0
            }
        return max(time, last) + 1
    }

    private static let times: Set = [
        "time", "timestamp", "datetime", "date", "date time", "date_time", "ts", "时间", "日期", "时间戳", "采集时间",
        "日期时间",
    ]
    private static let points: Set = ["point", "tag", "测点", "点名", "位号"]
    private static let valueNames: Set = ["value", "值", "数值", "测量值"]
    private static let qualities: Set = ["quality", "质量", "品质"]
    private static let reasons: Set = ["reason", "原因"]

    /// The layout of a file without headings, as an export has it: time, point, value, quality.
    init?(headless count: Int, _ wishes: Wishes) {
        guard count >= 2, wishes.timeColumn == nil, wishes.valueColumn == nil, wishes.map.isEmpty else {
            return nil
        }
        time = 0
        unread = []
        if let point = wishes.point {
            values = .single(point: point, value: 1, quality: count > 2 ? 2 : nil, reason: nil)
        } else {
            guard count >= 3 else { return nil }
            values = .named(point: 1, value: 2, quality: count > 3 ? 3 : nil, reason: nil)
        }
    }

    /// Finds the columns by their headings.
    init(_ headings: [String], _ wishes: Wishes, isKnown: (String) -> Bool) throws {
        func place(of heading: String) throws -> Int {
            guard let place = headings.firstIndex(of: heading) else {
                throw CommandFailure(
                    Message(
                        "exchange.no-column",
                        ["column": .text(heading), "columns": .text(headings.joined(separator: ", "))]),
                    .validationFailure)
            }
            return place
        }
        func place(among names: Set<String>) -> Int? {
            headings.firstIndex { names.contains($0.lowercased()) }
        }
        let time = try wishes.timeColumn.map { try place(of: $0) } ?? place(among: Self.times) ?? 0
        self.time = time
        let quality = place(among: Self.qualities)
        let reason = place(among: Self.reasons)
        let value = try wishes.valueColumn.map { try place(of: $0) } ?? place(among: Self.valueNames)
        let mapped = try wishes.map.map { Column(place: try place(of: $0.column), point: $0.point) }
        if let point = wishes.point {
            let others = headings.indices.filter { $0 != time && $0 != quality && $0 != reason }
            guard let value = value ?? (others.count == 1 ? others[0] : nil) else {
                throw CommandFailure(
                    Message("exchange.no-value-column", ["columns": .text(headings.joined(separator: ", "))]),
                    .validationFailure)
            }
            values = .single(point: point, value: value, quality: quality, reason: reason)
            unread = headings.indices.filter { ![time, value, quality, reason].contains($0) }.map {
                headings[$0]
            }
            return
        }
        if mapped.isEmpty, let point = place(among: Self.points), let value {
            values = .named(point: point, value: value, quality: quality, reason: reason)
            unread = headings.indices.filter { ![time, point, value, quality, reason].contains($0) }
                .map { headings[$0] }
            return
        }
        let taken = Set(mapped.map(\.place) + [time])
        let named = headings.indices.filter { place in
            !taken.contains(place)
                && (isKnown(headings[place]) || wishes.addsPoints && headings[place].contains("."))
        }.map { Column(place: $0, point: headings[$0]) }
        let columns = (mapped + named).sorted { $0.place < $1.place }
        guard !columns.isEmpty else {
            throw CommandFailure(
                Message("exchange.no-points", ["columns": .text(headings.joined(separator: ", "))]),
                .validationFailure)
        }
        values = .columns(columns)
        unread = headings.indices.filter { place in
            !taken.contains(place) && !columns.contains { $0.place == place }
        }
        .map { headings[$0] }
    }
}
