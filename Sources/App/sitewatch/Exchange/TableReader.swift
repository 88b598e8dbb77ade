import Facility
import SystemService
import Trends
import WebAPI

/// Turns the rows of a table file into samples.
struct TableReader {
    /// What is known of the points the samples may belong to.
    let points: [String: PointDescription]
    let wishes: TableLayout.Wishes
    /// The separator of the file.
    let separator: UInt8
    /// Whether the file is in GBK: some of its characters alone would pass for UTF-8.
    let isGBK: Bool
    /// Samples later than this are a mistake of somebody's clock.
    let latestMilliseconds: Int64
    private(set) var times: RowTimes
    private(set) var report = IntakeReport()
    private(set) var layout: TableLayout?

    init(
        points: [String: PointDescription], wishes: TableLayout.Wishes, separator: UInt8, isGBK: Bool,
        times: RowTimes,
        latestMilliseconds: Int64
    ) {
        self.points = points
        self.wishes = wishes
        self.separator = separator
        self.isGBK = isGBK
        self.times = times
        self.latestMilliseconds = latestMilliseconds
    }

    /// Reads a row: the first one says what the columns are.
    mutating func read(
        _ row: DelimitedStream.Row, take: (_ point: String, _ sample: HistoricSample) throws -> Void
    ) throws {
        guard let layout else { return try begin(row, take: take) }
        report.rows += 1
        do {
            try read(row, layout, take: take)
        } catch let problem as IntakeReport.Problem {
            report.refuse(problem, line: row.line)
        }
    }

    /// Notes samples that others of the same time took the place of.
    mutating func noteDuplicates(_ count: Int) {
        report.duplicates += count
    }

    private mutating func begin(
        _ row: DelimitedStream.Row, take: (_ point: String, _ sample: HistoricSample) throws -> Void
    ) throws {
        let isData = row.fields.first.map { (try? times.instant($0.bytes)) != nil } ?? false
        if isData, let headless = TableLayout(headless: row.fields.count, wishes) {
            layout = headless
            return try read(row, take: take)
        }
        let known = points
        layout = try TableLayout(row.fields.map { text($0.bytes) }, wishes) { known[$0] != nil }
    }

    private mutating func read(
        _ row: DelimitedStream.Row, _ layout: TableLayout,
        take: (_ point: String, _ sample: HistoricSample) throws -> Void
    ) throws {
        guard !row.isTooLong else { throw IntakeReport.Problem(reason: .tooLong, text: "") }
        guard row.fields.count >= layout.width else {
            throw IntakeReport.Problem(reason: .tooFewColumns, text: String(row.fields.count))
        }
        let time = try time(row.fields[layout.time])
        let isPlain = !row.fields[layout.time].isQuoted
        switch layout.values {
        case .named(let point, let value, let quality, let reason):
            let path = text(row.fields[point].bytes)
            let cell = Cell(row, value: value, quality: quality, reason: reason, quotesTexts: isPlain)
            try admit(cell, of: path, at: time, take)
        case .single(let path, let value, let quality, let reason):
            let cell = Cell(row, value: value, quality: quality, reason: reason, quotesTexts: isPlain)
            try admit(cell, of: path, at: time, take)
        case .columns(let columns):
            for column in columns where column.place < row.fields.count {
                let field = row.fields[column.place]
                guard !field.bytes.isEmpty else { continue }
                do {
                    try admit(Cell(field), of: column.point, at: time, take)
                } catch let problem as IntakeReport.Problem {
                    // One bad cell does not take its neighbours with it.
                    report.refuse(problem, line: row.line)
                }
            }
        }
    }

    private mutating func time(_ field: DelimitedStream.Field) throws -> Int64 {
        let instant: Int64
        do throws(RowTimes.Problem) {
            instant = try times.instant(field.bytes)
        } catch {
            let reason: IntakeReport.Reason = error == .ambiguous ? .ambiguousTime : .invalidTime
            throw IntakeReport.Problem(reason: reason, text: text(field.bytes))
        }
        guard HistoryMonth(containing: instant) != nil else {
            throw IntakeReport.Problem(reason: .invalidTime, text: text(field.bytes))
        }
        guard instant <= latestMilliseconds else {
            throw IntakeReport.Problem(reason: .future, text: text(field.bytes))
        }
        return instant
    }

    private mutating func admit(
        _ cell: Cell, of path: String, at time: Int64,
        _ take: (_ point: String, _ sample: HistoricSample) throws -> Void
    ) throws {
        let known = points[path]
        guard known != nil || wishes.addsPoints && !path.isEmpty else {
            throw IntakeReport.Problem(
                reason: .unknownPoint, text: path,
                // With many points and many rows a look for the nearest would take longer than the import.
                near: report.named.count < IntakeReport.namedLimit
                    ? NearestName.nearest(to: path, among: Array(points.keys)) : nil)
        }
        let sample = try sample(cell, of: known, at: time)
        report.take(path, at: time)
        try take(path, sample)
    }

    private func sample(
        _ cell: Cell, of point: PointDescription?, at time: Int64
    ) throws -> HistoricSample {
        var quality = Quality.good
        if let word = cell.quality, !word.isEmpty {
            guard let known = Quality(word: word) else {
                throw IntakeReport.Problem(reason: .invalidQuality, text: word)
            }
            quality = known
        }
        guard quality.isUsable else {
            return HistoricSample(wallMilliseconds: time, value: nil, quality: quality)
        }
        guard !cell.field.bytes.isEmpty || cell.field.isQuoted else {
            throw IntakeReport.Problem(reason: .noValue, text: "")
        }
        let text = text(cell.field.bytes)
        guard let value = value(text, cell, of: point) else {
            throw IntakeReport.Problem(reason: .invalidNumber, text: text)
        }
        return HistoricSample(wallMilliseconds: time, value: value, quality: quality)
    }

    private func value(_ text: String, _ cell: Cell, of point: PointDescription?) -> Value? {
        // In a file that quotes only texts, a quoted cell is a text whatever it looks like.
        if cell.quotesTexts, cell.field.isQuoted { return .text(text) }
        if point?.kind == .text {
            return cell.quotesTexts ? ExactValue.value(text) ?? .text(text) : .text(text)
        }
        var figures = text
        if separator != UInt8(ascii: ",") || cell.field.isQuoted, !text.contains(".") {
            figures = text.replacing(",", with: ".", maxReplacements: 1)
        }
        if let value = ExactValue.value(figures) {
            guard !cell.isExact, point?.kind != .state, case .integer(let integer) = value,
                let number = Double(exactly: integer)
            else { return value }
            // Elsewhere a measurement that happens to be whole is written without its point.
            return .number(number)
        }
        return point?.states.first { $0.name == text }.map { .integer($0.code) }
    }

    /// The characters of a cell, in the encoding of the file; where that does not fit, in the other one.
    private func text(_ bytes: [UInt8]) -> String {
        if isGBK, let text = textOfGBK(bytes) { return text }
        return String(validating: bytes, as: UTF8.self) ?? textOfGBK(bytes)
            ?? String(decoding: bytes, as: UTF8.self)
    }
}

/// The cells of one sample.
private struct Cell {
    let field: DelimitedStream.Field
    /// The reason, or else the quality; nil where there is no such column.
    let quality: String?
    /// Whether whole numbers are told from others, as an export does.
    let isExact: Bool
    /// Whether quotes say that it is a text, as in an export.
    let quotesTexts: Bool

    init(_ field: DelimitedStream.Field) {
        self.field = field
        (quality, isExact, quotesTexts) = (nil, false, false)
    }

    init(_ row: DelimitedStream.Row, value: Int, quality: Int?, reason: Int?, quotesTexts: Bool) {
        func word(_ place: Int?) -> String? {
            guard let place, place < row.fields.count else { return nil }
            return String(decoding: row.fields[place].bytes, as: UTF8.self)
        }
        field = row.fields[value]
        let why = word(reason)
        self.quality = why?.isEmpty == false ? why : word(quality)
        isExact = quality != nil
        self.quotesTexts = quotesTexts && quality != nil
    }
}
