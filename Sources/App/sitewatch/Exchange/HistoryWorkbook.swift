import Facility
import Foundation
import Spreadsheet
import Trends
import WebAPI

/// Writes what points measured as a spreadsheet: the values with a chart, and what was asked.
struct HistoryWorkbook {
    let source: HistorySource
    let span: Range<Int64>
    let session: Session
    var rowLimit = SpreadsheetFile.rowLimit

    /// Writes the file; it appears when it is whole.
    func write(_ points: [String], _ step: Int64?, _ choice: AggregateChoice, to path: String) async throws {
        let part = path + ".part"
        let known = try await descriptions(of: points)
        do {
            let file = try SpreadsheetFile(part)
            do {
                let count = try await values(known, step, choice, file)
                try query(known, step, count, file)
            } catch {
                // Closing gives the memory back; the file it makes is of no use.
                try? file.close()
                throw error
            }
            try file.close()
            try put(part, in: path)
            let told = [
                "file": Message.Argument.text(path), "points": .text(String(points.count)),
            ]
            session.say(session.text(Message("exchange.workbook", told)))
        } catch let error as SpreadsheetError {
            try? FileManager.default.removeItem(atPath: part)
            throw CommandFailure(error.message)
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw error
        }
    }

    private func put(_ part: String, in path: String) throws {
        do {
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
            try FileManager.default.moveItem(atPath: part, toPath: path)
        } catch {
            throw CommandFailure(Message("exchange.unwritable-file", ["file": .text(path)]))
        }
    }

    private func descriptions(of points: [String]) async throws -> [PointDescription] {
        let known = Dictionary(try await source.points().map { ($0.path, $0) }) { first, _ in first }
        return points.map { known[$0] ?? PointDescription(path: $0) }
    }

    private func values(
        _ points: [PointDescription], _ step: Int64?, _ choice: AggregateChoice, _ file: SpreadsheetFile
    ) async throws -> Int {
        let sums = step == nil ? nil : WorkbookSums(choice, session)
        let columns = [column("time", 24), column("point", 28)] + (sums?.columns ?? sampleColumns)
        let table = try SheetSeries(file, session.text("exchange.sheet.values"), columns, rowLimit: rowLimit)
        var curves: [SheetCurve] = []
        var count = 0
        for point in points {
            var curve = CurveRows(point, session.language, values: sums?.drawnColumn ?? 2)
            if let step, let sums {
                for bucket in try await source.buckets(point.path, span, step, choice) {
                    let time = TimeExpression.instant(bucket.time, now: 0, zone: source.zone) ?? 0
                    curve.take(try table.add([self.time(time), .text(point.path)] + sums.cells(bucket)))
                    count += 1
                }
            } else {
                try await source.rows(point.path, span) { part in
                    for sample in part { curve.take(try table.add(cells(sample, of: point))) }
                    count += part.count
                }
            }
            curves += curve.curves
        }
        table.finish()
        file.addChart(curves, on: table.first, column: columns.count + 1)
        return count
    }

    private var sampleColumns: [SheetColumn] {
        [column("value", 16), column("state", 16), column("quality", 12), column("reason", 24)]
    }

    private func column(_ name: String, _ width: Double) -> SheetColumn {
        SheetColumn(session.text("cli.column.\(name)"), width: width)
    }

    private func cells(_ sample: HistoricSample, of point: PointDescription) -> [SheetCell] {
        let quality = sample.quality
        let reason = quality == .good ? SheetCell.empty : .text(session.reason(quality.word).text)
        var state = SheetCell.empty
        if point.kind == .state, let code = sample.value?.double.flatMap({ Int64(exactly: $0) }) {
            state = .text(point.stateName(code, session.language))
        }
        return [
            time(sample.wallMilliseconds), .text(point.path), value(sample.value), state,
            .text(session.quality(quality.name).text), reason,
        ]
    }

    private func value(_ value: Value?) -> SheetCell {
        switch value {
        case .text(let text): .text(SafeText.plain(text))
        // A spreadsheet's numbers are floats: longer ones are shown, not rounded.
        case .integer(let integer): Double(exactly: integer).map { .number($0) } ?? .text(String(integer))
        case .number, .flag: value?.double.map { .number($0) } ?? .empty
        case nil: .empty
        }
    }

    /// An instant as a clock at the site shows it.
    private func time(_ instant: Int64) -> SheetCell {
        .time(localMilliseconds: instant + Int64(source.zone.offsetSeconds(instant)) * 1000)
    }

    private func query(
        _ points: [PointDescription], _ step: Int64?, _ count: Int, _ file: SpreadsheetFile
    ) throws {
        let sheet = try file.addSheet(
            session.text("exchange.sheet.query"),
            [
                SheetColumn(session.text("exchange.sheet.what"), width: 20),
                SheetColumn(session.text("exchange.sheet.content"), width: 48),
            ])
        func add(_ key: String, _ cell: SheetCell) {
            sheet.add([.text(session.text("exchange.sheet.\(key)")), cell])
        }
        add("site", source.site.map { .text($0[session.language]) } ?? .empty)
        for point in points {
            let unit = point.unit.map { ", \($0)" } ?? ""
            add("point", .text(SafeText.plain(point.title(session.language) + unit)))
        }
        add("from", time(span.lowerBound))
        add("to", time(span.upperBound))
        add("step", .text(step.map { TimeText.span($0) } ?? session.text("exchange.sheet.samples")))
        add("zone", .text(source.zone.name))
        add("made", time(session.terminal.now()))
        add("rows", .number(Double(count)))
    }
}

/// The rows of one point, as curves of a chart: one for each sheet they are on.
private struct CurveRows {
    private let point: PointDescription
    private let name: String
    private let values: Int
    private var rows: [(sheet: String, first: Int, last: Int)] = []

    init(_ point: PointDescription, _ language: Language, values: Int) {
        self.point = point
        self.values = values
        name = point.title(language) + (point.unit.map { ", \($0)" } ?? "")
    }

    mutating func take(_ place: (sheet: String, row: Int)) {
        if let last = rows.last, last.sheet == place.sheet {
            rows[rows.count - 1].last = place.row
        } else {
            rows.append((place.sheet, place.row, place.row))
        }
    }

    var curves: [SheetCurve] {
        guard point.kind != .text else { return [] }
        return rows.map {
            SheetCurve(name: name, sheet: $0.sheet, times: 0, values: values, rows: $0.first...$0.last)
        }
    }
}

/// The columns of sums on a sheet.
private struct WorkbookSums {
    private let sums: [Aggregate]
    private let states: [String]
    private let session: Session

    init(_ choice: AggregateChoice, _ session: Session) {
        sums = Aggregate.allCases.filter { choice.sums.contains($0) && $0 != .count }
        states = choice.states
        self.session = session
    }

    var columns: [SheetColumn] {
        let titles =
            sums.map { session.text("cli.column.\($0.rawValue)") }
            + states.flatMap { state in
                ["ms", "percent"].map { unit in
                    session.text(Message("cli.column.time_in_\(unit)", ["state": .text(state)]))
                }
            } + ["count", "bad"].map { session.text("cli.column.\($0)") }
        return titles.map { SheetColumn($0, width: 14) }
    }

    /// The column the chart draws: the mean where there is one, else the first.
    var drawnColumn: Int { 2 + (sums.firstIndex(of: .avg) ?? 0) }

    func cells(_ bucket: BucketEntry) -> [SheetCell] {
        let figures = sums.map { sum -> SheetCell in
            sum == .worst
                ? .text(
                    bucket.worst == "good" ? session.quality("good").text : session.reason(bucket.worst).text)
                : bucket[sum].map { .number($0) } ?? .empty
        }
        let times = states.flatMap { state -> [SheetCell] in
            let time = bucket.timeIn?.first { $0.state == state }
            return [
                time.map { .number(Double($0.ms)) } ?? .empty, time?.percent.map { .number($0) } ?? .empty,
            ]
        }
        return figures + times + [.number(Double(bucket.count)), .number(Double(bucket.bad))]
    }
}
