import Facility
import Foundation
import Historian
import Testing
import Trends
import WebAPI

@testable import sitewatch

/// A data folder with a small site and a history.
final class DataFolder {
    let path = NSTemporaryDirectory() + "exchange-\(UUID().uuidString.prefix(8))"

    static let points = [
        Point(
            id: PointID(0), asset: "P1", name: "pressure", label: Bilingual(zh: "压力", en: "Pressure"),
            kind: .gauge, expectedMilliseconds: 1000),
        Point(
            id: PointID(1), asset: "P1", name: "mode", label: Bilingual(zh: "模式", en: "Mode"), kind: .state,
            expectedMilliseconds: 1000),
        Point(
            id: PointID(2), asset: "P1", name: "note", label: Bilingual(zh: "备注", en: "Note"), kind: .text),
    ]

    init() async throws {
        try FileManager.default.createDirectory(atPath: path + "/history", withIntermediateDirectories: true)
        try await store().flush()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The arguments that name it.
    var source: [String] { ["--data", path, "--config", path] }

    func store() async throws -> HistoryStore {
        // A job that has given its answer may hold on to the store before for a moment.
        for _ in 0..<500 {
            do throws(HistoryError) {
                return try HistoryStore(folder: path + "/history", points: Self.points, boot: "boot") {
                    Moment(wallMilliseconds: five, uptimeMilliseconds: 100_000)
                }
            } catch {
                guard case .inUse = error else { throw error }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        throw HistoryError.inUse(folder: path)
    }

    func fill(_ rows: [HistoricSample], of point: String) async throws {
        let store = try await store()
        try await store.importRows(rows, of: point)
    }

    func write(_ text: String, _ name: String = "table.csv") throws -> String {
        try write(Array(text.utf8), name)
    }

    func write(_ bytes: [UInt8], _ name: String = "table.csv") throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }

    /// Everything of the history, as CSV.
    func everything() async -> [String] {
        await run(["export", "--all"] + source, environment: zone).lines.filter { !$0.isEmpty }
    }
}

private let zone = ["TZ": "Asia/Shanghai"]

private func imported(_ folder: DataFolder, _ arguments: [String]) async -> Written {
    await run(["import"] + arguments + folder.source, environment: zone)
}

@Suite struct `Samples out and in` {
    @Test(arguments: UInt64(1)...4)
    func `what is exported and imported is the same to the last bit`(seed: UInt64) async throws {
        let first = try await DataFolder()
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
        let odd: [Value] = [
            .number(.nan), .number(.infinity), .number(-.infinity), .number(-0.0),
            .number(.leastNonzeroMagnitude),
            .number(21), .number(1e300), .number(0.1), .integer(.max), .integer(.min), .integer(0),
            .flag(true), .flag(false), .text(""), .text("21"), .text("a,\"b\"\r\nc"), .text("=1+1"),
            .text(" 故障 "), .number(Double(bitPattern: 0xFFF8_0000_0000_0001)),
        ]
        for point in DataFolder.points {
            let rows = (0..<900).map { index -> HistoricSample in
                let time = five - 40 * 86_400_000 + Int64(index) * 3_600_000 + Int64(next() % 3_600_000)
                if next() % 9 == 0 {
                    return HistoricSample(
                        wallMilliseconds: time, value: nil,
                        quality: .bad(next() % 2 == 0 ? .timeout : .exception(2)))
                }
                let value: Value =
                    next() % 3 == 0
                    ? odd[Int(next() % UInt64(odd.count))] : .number(Double(bitPattern: next()))
                return HistoricSample(
                    wallMilliseconds: time, value: value,
                    quality: next() % 7 == 0 ? .uncertain(.clockSkew) : .good)
            }
            try await first.fill(rows, of: point.path)
        }
        let (file, again) = (first.path + "/out.csv", first.path + "/again.csv")
        let exported = await run(
            ["export", "--all", "--to-file", file] + first.source, environment: zone)
        #expect((exported.code, exported.err) == (0, ""))
        let second = try await DataFolder()
        let written = await imported(second, [file, "--json"])
        #expect((written.code, written.err) == (0, ""))
        #expect(written.out.contains(#""samples" : 2700"#))
        _ = await run(["export", "--all", "--to-file", again] + second.source, environment: zone)
        let (one, two) = (
            try Data(contentsOf: URL(filePath: file)), try Data(contentsOf: URL(filePath: again))
        )
        #expect(one.count > 100_000)
        let isIdentical = one == two
        #expect(isIdentical)
        for point in DataFolder.points {
            let (left, right) = (
                try await first.store().samples(of: point.path, from: 0, to: .max),
                try await second.store().samples(of: point.path, from: 0, to: .max)
            )
            let (exported, back) = (SampleColumns(left).rows, SampleColumns(right).rows)
            let isSame =
                exported.count == 900 && back.count == 900
                && zip(exported, back).allSatisfy {
                    ($0.bits, $0.kind, $0.quality) == ($1.bits, $1.kind, $1.quality)
                }
            #expect(isSame)
        }
    }

    @Test func `an export has times with their offset, exact numbers and reasons`() async throws {
        let folder = try await DataFolder()
        try await folder.fill(
            [
                HistoricSample(wallMilliseconds: five - 1250, value: .number(21)),
                HistoricSample(wallMilliseconds: five, value: nil, quality: .bad(.timeout)),
                HistoricSample(wallMilliseconds: five + 1, value: .number(0.1), quality: .uncertain(.stale)),
            ], of: "P1.pressure")
        let written = await run(["export", "P1.pressure"] + folder.source, environment: zone)
        #expect(
            written.lines == [
                "time,point,value,quality", "2026-03-06T16:59:58.750+08:00,P1.pressure,21.0,good",
                "2026-03-06T17:00:00.000+08:00,P1.pressure,,timeout",
                "2026-03-06T17:00:00.001+08:00,P1.pressure,0.1,stale", "",
            ])
        let part = await run(
            ["export", "--asset", "P1", "--from", "2026-03-06 17:00", "--to", "now"] + folder.source,
            environment: zone)
        #expect(part.code == 64)
        let unknown = await run(["export", "--asset", "P9"] + folder.source)
        #expect(unknown.code == 1)
        #expect(await run(["export"] + folder.source).code == 64)
        #expect(await run(["export", "P1.pressure", "--all"] + folder.source).code == 64)
        let nowhere = await run(["export", "--all", "--to-file", "/nowhere/x"] + folder.source)
        #expect(nowhere.code == 1)
        #expect(nowhere.err.contains("/nowhere/x"))
    }

    @Test(arguments: [
        "time,point,value\n2026-03-06T16:00:00+08:00,P1.pressure,1.5\n2026-03-06 16:00:01,P1.pressure,2\n",
        "\u{FEFF}Time;Point;Value\r\n2026-03-06 16:00;P1.pressure;1,5\r\n2026/3/6 16:00:01;P1.pressure;2\r\n",
        "timestamp\tP1.pressure\n1772784000000\t1.5\n1772784001\t2\n",
        "\"time\",\"point\",\"value\"\n\"2026-03-06 16:00\",\"P1.pressure\",\"1.5\"\n\"2026-03-06T08:00:01Z\",\"P1.pressure\",\"2\"",
        "2026-03-06 16:00:00.000,P1.pressure,1.5\r2026-03-06T16:00:01.000+0800,P1.pressure,2\r",
    ])
    func `tables are read however they are written`(text: String) async throws {
        let folder = try await DataFolder()
        let written = await imported(folder, [try folder.write(text)])
        #expect(written.code == 0, "\(written.err)")
        #expect(
            await folder.everything() == [
                "time,point,value,quality", "2026-03-06T16:00:00.000+08:00,P1.pressure,1.5,good",
                "2026-03-06T16:00:01.000+08:00,P1.pressure,2.0,good",
            ])
    }

    @Test func `a table in GBK with Chinese headings is read`() async throws {
        let folder = try await DataFolder()
        // 时间,测点,值
        let heading: [UInt8] = [
            0xCA, 0xB1, 0xBC, 0xE4, 0x2C, 0xB2, 0xE2, 0xB5, 0xE3, 0x2C, 0xD6, 0xB5, 0x0A,
        ]
        let file = try folder.write(heading + Array("2026-03-06 16:00,P1.pressure,3.25\n".utf8))
        #expect(await imported(folder, [file]).code == 0)
        #expect(await folder.everything().last == "2026-03-06T16:00:00.000+08:00,P1.pressure,3.25,good")
    }

    @Test func `wide tables are read by their headings or by --map`() async throws {
        let folder = try await DataFolder()
        let file = try folder.write(
            "datetime;P1.pressure;Drehzahl;Rest\n2026-03-06 16:00:00;1,25;1450;x\n2026-03-06 16:00:01;;1460;x\n"
        )
        let refused = await imported(folder, [file, "--map", "Drehzahl=P1.speed"])
        #expect(refused.code == 1)
        #expect(refused.err.contains("P1.speed"))
        let written = await imported(folder, [file, "--map", "Drehzahl=P1.speed", "--new-points"])
        #expect(written.code == 0)
        #expect(written.err.contains("Rest"))
        #expect(
            await folder.everything().dropFirst() == [
                "2026-03-06T16:00:00.000+08:00,P1.pressure,1.25,good",
                "2026-03-06T16:00:00.000+08:00,P1.speed,1450.0,good",
                "2026-03-06T16:00:01.000+08:00,P1.speed,1460.0,good",
            ])
    }

    @Test func `one point, columns named by hand, months before days`() async throws {
        let folder = try await DataFolder()
        let file = try folder.write("id,when,reading\n7,3/6/26 16:00,2.5\n8,03/06/2026 16:01,2.75\n")
        let columns = [
            file, "--point", "P1.pressure", "--time-column", "when", "--value-column", "reading",
        ]
        let unsure = await imported(folder, columns)
        #expect(unsure.code == 2)
        #expect(unsure.err.contains("--time-format"))
        #expect(await imported(folder, columns + ["--time-format", "m/d/y"]).code == 0)
        #expect(
            await folder.everything().dropFirst() == [
                "2026-03-06T16:00:00.000+08:00,P1.pressure,2.5,good",
                "2026-03-06T16:01:00.000+08:00,P1.pressure,2.75,good",
            ])
        let other = await imported(
            folder, columns + ["--time-format", "m/d/y", "--zone", "UTC", "--dry-run"])
        #expect(other.code == 0)
        #expect(other.out.contains("nothing was written"))
    }

    @Test func `what cannot be read is named by line and the rest is imported`() async throws {
        let folder = try await DataFolder()
        let file = try folder.write(
            """
            time,point,value,quality
            2026-03-06 16:00,P1.pressure,1.0,good
            2026-03-06 16:01,P1.presure,1.0,good
            2026-03-06 16:02,P1.pressure,one,good
            16:03,P1.pressure,1.0,good
            2026-03-06 16:04,P1.pressure
            2026-03-06 16:05,P1.pressure,1.0,splendid
            2026-03-06 16:06,P1.pressure,,
            2027-03-06 16:07,P1.pressure,1.0,good
            2026-03-06 15:00,P1.pressure,2.0,good
            2026-03-06 16:00,P1.pressure,3.0,stale
            2026-02-30 16:00,P1.pressure,3.0,stale
            2026-03-06 16:08,P1.pressure,,timeout

            """)
        let written = await imported(folder, [file])
        #expect(written.code == 2)
        for line in [3, 4, 5, 6, 7, 8, 9, 12] {
            #expect(written.err.contains("table.csv:\(line): "), "\(line)")
        }
        #expect(written.err.contains("P1.pressure?"))
        #expect(
            written.lines[0].contains(
                "imported: 4, points: 1, out of order: 1, same time twice: 1, refused: 8"))
        #expect(
            await folder.everything().dropFirst() == [
                "2026-03-06T15:00:00.000+08:00,P1.pressure,2.0,good",
                "2026-03-06T16:00:00.000+08:00,P1.pressure,3.0,stale",
                "2026-03-06T16:08:00.000+08:00,P1.pressure,,timeout",
            ])
        let chinese = await imported(folder, [file, "--lang", "zh", "--dry-run"])
        #expect(chinese.err.contains("是不是 P1.pressure？"))
        #expect(chinese.lines[0].contains("没有写入任何数据"))
    }

    @Test func `only the first twenty refusals are told, all are counted`() async throws {
        let folder = try await DataFolder()
        let rows = (0..<100).map { "2026-03-06 16:00,P9.x,\($0)" }
        let written = await imported(
            folder, [try folder.write((["time,point,value"] + rows).joined(separator: "\n")), "--json"])
        #expect(written.code == 2)
        #expect(written.err.split(separator: "\n").count == 21)
        #expect(written.out.contains(#""unknown_point" : 100"#))
    }

    @Test func `an unclosed quote does not take the file with it`() async throws {
        let folder = try await DataFolder()
        let rest = (0..<40_000).map {
            "2026-03-05 0\($0 / 3600 % 10):\(10 + $0 / 60 % 50):\(10 + $0 % 50),P1.pressure,1"
        }
        let file = try folder.write(
            "time,point,value\n2026-03-06 16:00,P1.pressure,\"1\n" + rest.joined(separator: "\n"))
        let written = await imported(folder, [file])
        #expect(written.code == 2)
        #expect(written.err.contains("table.csv:2: "))
        #expect(await folder.everything().count > 1000)
    }

    @Test func `what cannot work is said before anything is read`() async throws {
        let folder = try await DataFolder()
        let file = try folder.write("when,what\n2026-03-06 16:00,1\n")
        #expect(await imported(folder, [folder.path + "/nothing.csv"]).code == 1)
        #expect(await imported(folder, [folder.path]).code == 1)
        #expect(await imported(folder, [file]).code == 64)
        #expect(await imported(folder, [file, "--zone", "Mars/Base"]).code == 64)
        #expect(await imported(folder, [file, "--time-column", "x"]).code == 64)
        #expect(await imported(folder, [file, "--time-format", "x"]).code == 64)
        #expect(await imported(folder, [file, "--map", "what"]).code == 64)
        #expect(await imported(folder, [file, "--map", "what=P1.pressure", "--point", "P1.mode"]).code == 64)
        #expect(await imported(folder, [try folder.write("")]).code == 1)
        let busy = try await folder.store()
        let written = await imported(folder, [file, "--point", "P1.pressure"])
        #expect(written.code == 1)
        #expect(written.err.contains("--data"))
        withExtendedLifetime(busy) {}
    }

    @Test func `a dry run writes nothing, not even beside a running daemon`() async throws {
        let folder = try await DataFolder()
        let busy = try await folder.store()
        let written = await imported(
            folder, [try folder.write("time,point,value\n2026-03-06 16:00,P1.pressure,1\n"), "--dry-run"])
        #expect(written.code == 0)
        withExtendedLifetime(busy) {}
        #expect(await folder.everything().count == 1)
    }

    @Test func `times in states and the other sums are columns`() async throws {
        let folder = try await DataFolder()
        try await folder.fill(
            (0..<60).map {
                HistoricSample(
                    wallMilliseconds: five - 60_000 + $0 * 1000, value: .integer($0 < 15 ? 2 : 0),
                    quality: $0 == 40 ? .uncertain(.stale) : .good)
            }, of: "P1.mode")
        let written = await run(
            [
                "history", "P1.mode", "--from", "-1m", "--step", "1m", "--agg",
                "first,sum,mean,coverage,worst,count,time-in:2", "--csv",
            ] + folder.source, environment: zone)
        #expect(
            written.lines == [
                "time,point,sum,first,mean,coverage,worst,time-in:2_ms,time-in:2_percent,count,bad",
                "2026-03-06T16:59:00.000+08:00,P1.mode,30,2,0.5,1.0,stale,15000,25,60,0", "",
            ])
        let json = await run(
            ["history", "P1.mode", "--from", "-1m", "--step", "1m", "--agg", "time-in:2", "--json"]
                + folder.source)
        #expect(json.out.contains(#""worst" : "stale""#))
        #expect(json.out.contains(#""percent" : 25"#))
        let many = await run(
            ["history", "P1.mode", "--from", "1990-01-01", "--step", "1s"] + folder.source)
        #expect(many.code == 64)
        #expect(many.err.contains("--step"))
        let wrong = await run(
            ["history", "P1.mode", "--step", "1m", "--agg", "time-in:colour"] + folder.source)
        #expect(wrong.code == 64)
    }
}

@Suite struct `Times of table files` {
    private let shanghai = SiteZone.fixed("Asia/Shanghai", hours: 8)

    private func instant(_ text: String, _ form: RowTimes.Form? = nil) -> Int64? {
        var times = RowTimes(form: form, zone: shanghai)
        return try? times.instant(Array(text.utf8))
    }

    @Test(arguments: [
        "2026-03-06T17:00:00+08:00", "2026-03-06T09:00:00Z", "2026-03-06 17:00", "2026/3/6 17:00:00.000",
        "2026-03-06T11:00:00+0200", "2026-03-06 17:00:00,000", "1772787600", "1772787600000",
        "1772787600.000",
        "2026.03.06 17:00",
    ])
    func `a time is read in its own form`(text: String) {
        #expect(instant(text) == five)
    }

    @Test(arguments: [
        "", "x", "2026", "20260306", "2026-13-01", "2026-02-30", "2026-03-06 25:00", "2026-03-06 17:60",
        "2026-03-06 17:00:00+8", "3/6/26 17:00", "06.03.2026 17:00", "2026-03-06 17:00 PM", "2026-03/06",
        "177278760000000000000", "-5",
    ])
    func `what is no time, or may be several, is refused`(text: String) {
        #expect(instant(text) == nil)
    }

    @Test func `a form that is named reads what may be several times`() {
        #expect(instant("3/6/26 17:00", .monthFirst) == five)
        #expect(instant("06.03.2026 17:00", .dayFirst) == five)
        #expect(instant("1772787600", .milliseconds) == 1_772_787_600)
        #expect(instant("3/6/26 17:00", .iso) == nil)
    }
}

@Suite struct `Values as exact texts` {
    @Test func `every number comes back with every bit`() {
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let number = Double(bitPattern: state ^ (state >> 31))
            let text = ExactValue.text(.number(number)) ?? ""
            guard case .number(let back)? = ExactValue.value(text) else {
                Issue.record("\(text)")
                continue
            }
            #expect(back.bitPattern == number.bitPattern)
        }
    }

    @Test(arguments: ["", "one", "0x10", "infinity", "1,5", "1 2", "nan:1", "--1", "1.5MPa"])
    func `what is no number is none`(text: String) {
        #expect(ExactValue.value(text) == nil)
    }

    @Test func `every quality has a word that stands for it`() {
        for code in UInt8.min...UInt8.max {
            guard let quality = Quality(code: code) else { continue }
            #expect(Quality(word: quality.word) == quality)
        }
        #expect(Quality(word: "bad") == .bad(.offline))
        #expect(Quality(word: "splendid") == nil)
    }
}
