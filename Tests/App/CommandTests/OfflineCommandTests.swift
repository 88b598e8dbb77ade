import ArgumentParser
import Facility
import Foundation
import Historian
import SiteConfig
import Testing

@testable import sitewatch

/// A folder of its own for one test.
private struct Folder: ~Copyable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "cli-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

@Suite struct `Commands on files` {
    @Test func `a new site is written, passes the check and its stories`() async throws {
        let folder = try Folder()
        let site = ["--config", folder.path + "/site"]
        let written = await run(["init"] + site)
        #expect(written.code == 0)
        #expect(written.out.contains("\(folder.path)/site/site.yaml"))
        #expect(written.err.contains("`sitewatch check --config \(folder.path)/site`"))
        let checked = await run(["check"] + site)
        #expect(checked.code == 0, "\(checked.out)")
        #expect(checked.lines.dropLast().last?.hasPrefix("errors: 0,") == true)
        let tested = await run(["rules", "test"] + site)
        #expect(tested.code == 0, "\(tested.out)")
        let again = await run(["init"] + site)
        #expect(again.code == 1)
        #expect(again.err.contains("nothing was written"))
    }

    @Test func `what is wrong is said with its place, all at once, in both languages and as JSON`()
        async throws
    {
        let folder = try Folder()
        let site = ["--config", folder.path]
        _ = await run(["init"] + site)
        let file = folder.path + "/site.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try (text + "\ncolour: red\nshape: round\n").write(toFile: file, atomically: true, encoding: .utf8)
        let english = await run(["check"] + site)
        #expect(english.code == 2)
        let problems = english.lines.filter { $0.hasPrefix("site.yaml:") }
        #expect(problems.count == 2)
        #expect(problems.allSatisfy { $0.contains(": error: ") })
        let chinese = await run(["check", "--lang", "zh"] + site)
        #expect(chinese.lines.filter { $0.contains(": 错误: ") }.count == 2)
        let json = await run(["check", "--json"] + site)
        #expect(json.code == 2)
        let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
        #expect(report?["version"] as? Int == 1)
        #expect(report?["errors"] as? Int == 2)
        let files = (report?["problems"] as? [[String: Any]])?.compactMap { $0["file"] as? String } ?? []
        #expect(files.filter { $0 == "site.yaml" }.count == 2)
        #expect(await run(["rules", "test"] + site).code == 2)
    }

    @Test(arguments: [
        ("/etc/sitewatch", ""), ("/srv/a-b", " --config /srv/a-b"), ("my site", " --config 'my site'"),
        ("o'hara", " --config 'o'\\''hara'"),
    ])
    func `a command that is recommended can be typed as it is`(folder: String, suffix: String) throws {
        #expect(try SiteOptions.parse(["--config", folder]).suffix == suffix)
    }

    @Test func `a story that comes out otherwise is a finding`() async throws {
        let folder = try Folder()
        let site = ["--config", folder.path]
        _ = await run(["init"] + site)
        let file = folder.path + "/rules/site.test.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let wrong = text.replacing("unacknowledged", with: "shelved")
        #expect(wrong != text)
        try wrong.write(toFile: file, atomically: true, encoding: .utf8)
        let written = await run(["rules", "test"] + site)
        #expect(written.code == 2)
        #expect(written.out.contains("FAILED"))
        #expect(written.out.contains("rules/site.test.yaml:"))
        let json = await run(["rules", "test", "--json"] + site)
        let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
        #expect((report?["failed"] as? Int ?? 0) > 0)
    }

    @Test func `the schema of every file is JSON, alone and together`() async throws {
        let all = await run(["schema"])
        let together = try JSONSerialization.jsonObject(with: Data(all.out.utf8)) as? [String: Any]
        #expect(together?.keys.sorted() == Schema.File.allCases.map(\.rawValue).sorted())
        for name in together?.keys.map({ $0 }) ?? [] {
            let one = await run(["schema", name, "--lang", "zh"])
            #expect((try? JSONSerialization.jsonObject(with: Data(one.out.utf8))) != nil)
        }
        #expect(await run(["schema", "boats"]).code == 64)
    }

    @Test func `profiles are listed, shown and tested without a site`() async throws {
        let folder = try Folder()
        let site = ["--config", folder.path, "--lang", "en"]
        let list = await run(["profiles", "--json"] + site)
        #expect(list.code == 0, "\(list.err)")
        let document = try JSONSerialization.jsonObject(with: Data(list.out.utf8)) as? [String: Any]
        #expect((document?["profiles"] as? [Any])?.count ?? 0 > 35)
        let shown = await run(["profiles", "show", "dry-transformer-controller"] + site)
        #expect(shown.code == 0 && shown.out.contains("coil:0-3") && shown.out.contains("input:0-2"))
        let unknown = await run(["profiles", "show", "dry-transformer-controler"] + site)
        #expect(unknown.code == 1 && unknown.err.contains("dry-transformer-controller"))
        let tested = await run(["profiles", "test", "dse-gencomm", "zigbee-leak-sensor"] + site)
        #expect(tested.code == 0, "\(tested.out)")
        #expect(tested.out.contains("profiles: 2,"))
    }

    @Test func `a point that is read otherwise than expected is a finding, with its line`() async throws {
        let folder = try Folder()
        let profiles = folder.path + "/profiles"
        try FileManager.default.createDirectory(atPath: profiles, withIntermediateDirectories: true)
        let profile =
            "profile: mine\nclass: meter\nsource: \"page 7\"\npoints:\n"
            + "  voltage: {register: \"input:0\", type: uint16, scale: 0.1, unit: V}\n"
        try profile.write(toFile: profiles + "/mine.yaml", atomically: true, encoding: .utf8)
        let untold = await run(["profiles", "test", "mine", "--config", folder.path, "--lang", "en"])
        #expect(untold.code == 2 && untold.err.contains("mine.test.yaml"))
        let cases =
            "cases:\n  - name: \"a\"\n    registers: {\"input:0\": [2304]}\n    expect: {voltage: 2304}\n"
        try cases.write(toFile: profiles + "/mine.test.yaml", atomically: true, encoding: .utf8)
        let tested = await run(["profiles", "test", "--config", folder.path, "--lang", "en"])
        #expect(tested.code == 2)
        #expect(
            tested.out.contains("profiles/mine.test.yaml:4:14: voltage should be 2304, but is 230.4"),
            "\(tested.out)")
        let json = await run(["profiles", "test", "--json", "--config", folder.path, "--lang", "en"])
        let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
        #expect(report?["failed"] as? Int == 1)
    }

    @Test func `history is read from the files of a daemon that is stopped`() async throws {
        let folder = try Folder()
        let points = [
            Point(
                id: PointID(0), asset: "P1", name: "pressure", label: Bilingual(zh: "压力", en: "Pressure"),
                kind: .gauge, expectedMilliseconds: 1000),
            Point(
                id: PointID(1), asset: "P1", name: "running", label: Bilingual(zh: "运行", en: "Running"),
                kind: .state, expectedMilliseconds: 1000),
        ]
        try FileManager.default.createDirectory(
            atPath: folder.path + "/history", withIntermediateDirectories: true)
        do {
            let store = try HistoryStore(folder: folder.path + "/history", points: points, boot: "boot") {
                Moment(wallMilliseconds: five, uptimeMilliseconds: 100_000)
            }
            store.append([
                Sample(PointID(0), .number(0.1), at: five - 3000),
                Sample(PointID(0), .number(0.4), at: five - 2000),
                Sample(PointID(0), failed: .timeout, at: five - 1000),
                Sample(PointID(1), .flag(true), at: five - 3000),
            ])
            try await store.flush()
        }
        let source = ["--data", folder.path, "--config", folder.path]
        let zone = ["TZ": "Asia/Shanghai"]
        let samples = await run(
            ["history", "P1.pressure", "P1.running", "--csv"] + source, environment: zone)
        #expect(samples.err == "")
        #expect(
            samples.lines == [
                "time,point,value,quality,reason", "2026-03-06T16:59:57.000+08:00,P1.pressure,0.1,good,",
                "2026-03-06T16:59:58.000+08:00,P1.pressure,0.4,good,",
                "2026-03-06T16:59:59.000+08:00,P1.pressure,,bad,timeout",
                "2026-03-06T16:59:57.000+08:00,P1.running,1,good,", "",
            ])
        let sums = await run(
            ["history", "P1.pressure", "--from", "2026-03-06 16:00", "--step", "1h", "--agg", "min,max"]
                + source, environment: zone)
        #expect(
            sums.lines == [
                "time\tpoint\tmin\tmax\tcount\tbad",
                "2026-03-06T16:00:00.000+08:00\tP1.pressure\t0.1\t0.4\t2\t1",
                "",
            ])
        let json = await run(["history", "P1.running", "--json"] + source, environment: zone)
        #expect(json.out.contains(#""value" : true"#))
        let unknown = await run(["history", "P1.colour"] + source)
        #expect(unknown.code == 1)
        #expect(unknown.err.contains("P1.colour"))
    }

    @Test func `a folder without history is said by name`() async {
        let written = await run(["history", "P1.pressure", "--data", "/nowhere"])
        #expect(written.code == 1)
        #expect(written.err.contains("/nowhere/history"))
    }

    @Test func `without the shared files the reason names the variable`() async {
        let written = await run(["check"], environment: ["SITEWATCH_SHARE": "/nowhere"])
        #expect(written.code == 1)
        #expect(written.err.contains("SITEWATCH_SHARE"))
    }
}
