import Facility
import Foundation
import Spreadsheet
import Testing
import Trends
import WebAPI

@testable import sitewatch

/// Reads a workbook with openpyxl, a reader that knows nothing of us; nil where it is not installed.
private func read(_ file: String) throws -> [String: Any]? {
    let python = repository.appending(path: ".build/python/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else { return nil }
    let script = """
        import json, sys, openpyxl
        book = openpyxl.load_workbook(sys.argv[1])
        print(json.dumps({sheet.title: {
            "rows": [[str(cell) if hasattr(cell, "year") else cell for cell in row]
                     for row in sheet.iter_rows(values_only=True)],
            "types": [[cell.data_type for cell in row] for row in sheet.iter_rows(min_row=2, max_row=4)],
            "freeze": sheet.freeze_panes, "filter": sheet.auto_filter.ref,
            "curves": [series.yVal.numRef.f for chart in sheet._charts for series in chart.series],
        } for sheet in book}))
        """
    let process = Process()
    process.executableURL = python
    process.arguments = ["-c", script, file]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONSerialization.jsonObject(with: data) as? [String: Any]
}

private func sheet(_ book: [String: Any], _ name: String) throws -> [String: Any] {
    try #require(book[name] as? [String: Any])
}

@Suite struct `A spreadsheet of history` {
    private let zone = ["TZ": "Asia/Shanghai"]

    @Test func `times are times, numbers are numbers and texts are never computed`() async throws {
        let folder = try await DataFolder()
        try await folder.fill(
            [
                HistoricSample(wallMilliseconds: five - 2000, value: .number(0.25)),
                HistoricSample(wallMilliseconds: five - 1000, value: nil, quality: .bad(.timeout)),
                HistoricSample(wallMilliseconds: five - 500, value: .number(.nan)),
            ], of: "P1.pressure")
        try await folder.fill(
            [HistoricSample(wallMilliseconds: five - 1000, value: .text("=1+1"))], of: "P1.note")
        let file = folder.path + "/book.xlsx"
        let written = await run(
            ["history", "P1.pressure", "P1.note", "--xlsx", file] + folder.source, environment: zone)
        #expect((written.code, written.err) == (0, ""))
        guard let book = try read(file) else { return }
        let values = try sheet(book, "Values")
        #expect(values["freeze"] as? String == "A2")
        #expect(values["filter"] as? String == "A1:F5")
        #expect(values["curves"] as? [String] == ["Values!$C$2:$C$4"])
        let rows = try #require(values["rows"] as? [[Any]])
        #expect(rows[1].prefix(3).map { "\($0)" } == ["2026-03-06 16:59:58", "P1.pressure", "0.25"])
        #expect(rows[2].suffix(2).map { "\($0)" } == ["bad", "no answer in time"])
        #expect("\(rows[4][2])" == "=1+1")
        let types = try #require(values["types"] as? [[String]])
        #expect(types[0][0] == "d" && types[0][2] == "n")
        let query = try #require(try sheet(book, "Query")["rows"] as? [[Any]])
        #expect(query.contains { "\($0[0])" == "Time zone" && "\($0[1])" == "Asia/Shanghai" })
    }

    @Test func `sums are sheets too, in Chinese on request`() async throws {
        let folder = try await DataFolder()
        try await folder.fill(
            (0..<120).map {
                HistoricSample(wallMilliseconds: five - 120_000 + $0 * 1000, value: .integer($0 % 2))
            },
            of: "P1.mode")
        let file = folder.path + "/book.xlsx"
        let written = await run(
            [
                "history", "P1.mode", "--xlsx", file, "--from", "-2m", "--step", "1m", "--agg",
                "avg,worst,time-in:1", "--lang", "zh",
            ] + folder.source, environment: zone)
        #expect(written.code == 0)
        guard let book = try read(file) else { return }
        let rows = try #require(try sheet(book, "数据")["rows"] as? [[Any]])
        #expect(rows.count == 3)
        #expect(rows[1].dropFirst(2).map { "\($0)" } == ["0.5", "正常", "30000", "50", "60", "0"])
        #expect(book["查询"] != nil)
    }

    @Test func `what does not go on one sheet goes on the next`() async throws {
        let path = NSTemporaryDirectory() + "sheets-\(UUID().uuidString.prefix(8)).xlsx"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try SpreadsheetFile(path)
        let table = try SheetSeries(file, "Values", [SheetColumn("n", width: 8)], rowLimit: 100)
        var places: [String] = []
        for number in 0..<250 { places.append(try table.add([.number(Double(number))]).sheet) }
        table.finish()
        try file.close()
        #expect(Set(places) == ["Values", "Values 2", "Values 3"])
        guard let book = try read(path) else { return }
        let last = try #require(try sheet(book, "Values 3")["rows"] as? [[Any]])
        #expect(last.count == 53 && "\(last[52][0])" == "249")
        #expect(try sheet(book, "Values 2")["filter"] as? String == "A1:A100")
    }

    @Test func `a file that cannot be written is said by name and leaves nothing behind`() async throws {
        let folder = try await DataFolder()
        let written = await run(
            ["history", "P1.pressure", "--xlsx", "/nowhere/book.xlsx"] + folder.source)
        #expect(written.code == 1)
        #expect(written.err.contains("/nowhere/book.xlsx"))
    }
}
