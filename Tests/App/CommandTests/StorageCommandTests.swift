import Facility
import Foundation
import Historian
import Ledger
import SystemService
import Testing
import Trends

@testable import sitewatch

/// A data folder with a ledger and a month of readings, the site's files beside it.
private final class Stored {
    let root: String
    var data: String { root + "/data" }
    var config: String { root + "/etc" }
    var history: String { data + "/history" }
    let points = (0..<6).map { index in
        Point(
            id: PointID(index), asset: "P1", name: "value\(index)", label: Bilingual(zh: "值", en: "value"),
            kind: .gauge, expectedMilliseconds: 5000)
    }

    init() async throws {
        root = NSTemporaryDirectory() + "storage-\(UUID().uuidString.prefix(8))"
        let files = FileManager.default
        for folder in ["/data/history", "/etc/credentials"] {
            try files.createDirectory(atPath: root + folder, withIntermediateDirectories: true)
        }
        try "site: {}\n".write(toFile: config + "/site.yaml", atomically: true, encoding: .utf8)
        try "secret".write(toFile: config + "/credentials/hook", atomically: true, encoding: .utf8)
        let ledger = try LedgerStore(path: data + "/ledger.sqlite", boot: "boot", reserveBytes: 1 << 20)
        try ledger.close()
        try await append(from: five, 1500)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func append(from start: Int64, _ count: Int64) async throws {
        let store = try await open(at: start)
        store.append(
            (0..<count).flatMap { index in
                self.points.indices.map {
                    Sample(PointID($0), .number(Double(index * Int64($0 + 1)) / 10), at: start + index * 5000)
                }
            })
        try await store.seal()
        store.append([Sample(PointID(0), .number(1.5), at: start + count * 5000)])
        try await store.flush()
    }

    /// The last store may hold on to the folder for a moment.
    private func open(at wall: Int64) async throws -> HistoryStore {
        for _ in 0..<500 {
            do {
                return try HistoryStore(
                    folder: history, points: points,
                    settings: HistorySettings(sealSamples: 240, tailMegabytes: 8), boot: "boot"
                ) { Moment(wallMilliseconds: wall, uptimeMilliseconds: 0) }
            } catch HistoryError.inUse {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        throw HistoryError.inUse(folder: history)
    }

    func sitewatch(_ arguments: String..., zh: Bool = false) async -> Written {
        await run(arguments + ["--lang", zh ? "zh" : "en"], environment: ["TZ": "Asia/Shanghai"])
    }

    /// Changes one byte of a file, somewhere behind its head.
    func spoil(_ path: String, at share: Double = 0.75) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[Int(Double(bytes.count) * share)] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}

@Suite struct `Stored data` {
    @Test func `that is sound is verified without a word of complaint`() async throws {
        let stored = try await Stored()
        let english = await stored.sitewatch("verify", "--data", stored.data)
        #expect(english.code == 0, "\(english.out)\(english.err)")
        #expect(english.out.contains("findings: 0"))
        #expect(english.err.isEmpty)
        #expect(await stored.sitewatch("verify", "--data", stored.data, zh: true).out.contains("发现问题：0"))
        let json = await stored.sitewatch("verify", "--json", "--data", stored.data)
        let report = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
        #expect(report?["version"] as? Int == 1)
        #expect(report?["samples"] as? Int == 9000)
    }

    @Test func `that is damaged is told of with the file, the place and what to do`() async throws {
        let stored = try await Stored()
        try Data(repeating: 0x41, count: 50_000).write(
            to: URL(fileURLWithPath: stored.history + "/2026-02.sqlite"))
        try stored.spoil(stored.data + "/ledger.sqlite", at: 0)
        let english = await stored.sitewatch("verify", "--data", stored.data)
        #expect(english.code == 2)
        #expect(english.out.contains("history/2026-02.sqlite: cannot be opened"))
        #expect(english.out.contains("ledger.sqlite: the ledger contradicts itself"))
        #expect(english.out.contains("→ "))
        #expect(await stored.sitewatch("verify", "--data", stored.data, zh: true).out.contains("无法打开"))
    }

    @Test func `that is not there cannot be verified`() async throws {
        let missing = await run(["verify", "--data", "/nowhere"])
        #expect(missing.code == 1)
        #expect(missing.err.contains("/nowhere"))
    }

    @Test func `is copied and put back, with everything in it`() async throws {
        let stored = try await Stored()
        let target = stored.root + "/backup"
        let planned = await stored.sitewatch(
            "backup", target, "--data", stored.data, "--config", stored.config, "--dry-run")
        #expect(planned.code == 0)
        #expect(planned.out.contains("history/2026-03.sqlite"))
        #expect(!FileManager.default.fileExists(atPath: target))
        let copied = await stored.sitewatch(
            "backup", target, "--data", stored.data, "--config", stored.config)
        #expect(copied.code == 0, "\(copied.err)")
        #expect(copied.out.contains("left out: credentials/hook"))
        let manifest = try #require(BackupManifest(in: target))
        #expect(manifest.isSound)
        #expect(manifest.files.map(\.path).contains("configuration/site.yaml"))
        #expect(!manifest.files.contains { $0.path.contains("hook") })
        let new = stored.root + "/new"
        let restored = await stored.sitewatch(
            "restore", target, "--data", new, "--config", stored.root + "/newetc")
        #expect(restored.code == 0, "\(restored.err)")
        let reader = try HistoryReader(folder: new + "/history")
        let old = try HistoryReader(folder: stored.history)
        for point in stored.points {
            let path = point.path
            let samples = try await reader.samples(of: path, from: 0, to: .max)
            #expect(try await old.samples(of: path, from: 0, to: .max) == samples)
            #expect(samples.count >= 1500)
        }
        let site = try String(contentsOfFile: stored.root + "/newetc/site.yaml", encoding: .utf8)
        #expect(site == "site: {}\n")
        // The restored folder is one a store goes on with.
        _ = try LedgerStore(path: new + "/ledger.sqlite", boot: "boot", reserveBytes: 1 << 20)
    }

    @Test func `is copied again only where it changed`() async throws {
        let stored = try await Stored()
        let target = stored.root + "/backup"
        try await stored.append(from: five + 40 * 86_400_000, 100)
        let arguments = ["backup", target, "--data", stored.data, "--config", stored.config, "--json"]
        _ = await run(arguments)
        try await stored.append(from: five + 41 * 86_400_000, 100)
        let again = await run(arguments)
        let report = try JSONSerialization.jsonObject(with: Data(again.out.utf8)) as? [String: Any]
        #expect(report?["kept"] as? Int == 1)
        #expect(await stored.sitewatch("restore", target, "--data", stored.root + "/new").code == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: stored.root)
        #expect(names.sorted() == ["backup", "data", "etc", "new"])
    }

    @Test func `is not put back from a backup that is not as it was written`() async throws {
        let stored = try await Stored()
        let target = stored.root + "/backup"
        _ = await stored.sitewatch("backup", target, "--data", stored.data, "--config", stored.config)
        for file in ["history/2026-03.sqlite", "ledger.sqlite", "manifest.json"] {
            let path = target + "/" + file
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try stored.spoil(path, at: 0.5)
            let refused = await stored.sitewatch("restore", target, "--data", stored.root + "/new")
            #expect(refused.code == 1, "\(file)")
            #expect(!FileManager.default.fileExists(atPath: stored.root + "/new"))
            try whole.write(to: URL(fileURLWithPath: path))
        }
        #expect(await stored.sitewatch("restore", target, "--data", stored.root + "/new").code == 0)
        #expect(
            await stored.sitewatch("restore", stored.config, "--data", stored.root + "/x", zh: true).code == 1
        )
    }

    @Test func `that is there is replaced only on request, moved aside, and never under a daemon`()
        async throws
    {
        let stored = try await Stored()
        let target = stored.root + "/backup"
        _ = await stored.sitewatch("backup", target, "--data", stored.data, "--config", stored.config)
        let refused = await stored.sitewatch("restore", target, "--data", stored.data)
        #expect(refused.code == 1)
        #expect(refused.err.contains("--replace"))
        do {
            let lock = try DataFolderLock(folder: stored.data)
            defer { withExtendedLifetime(lock) {} }
            let held = await stored.sitewatch("restore", target, "--data", stored.data, "--replace")
            #expect(held.code == 1, "\(held.out)")
        }
        try "x".write(toFile: stored.data + "/mark", atomically: true, encoding: .utf8)
        let replaced = await stored.sitewatch("restore", target, "--data", stored.data, "--replace")
        #expect(replaced.code == 0, "\(replaced.err)")
        #expect(!FileManager.default.fileExists(atPath: stored.data + "/mark"))
        #expect(FileManager.default.fileExists(atPath: stored.data + ".before-20260306T090000Z/mark"))
    }

    @Test func `is never copied over something else`() async throws {
        let stored = try await Stored()
        let other = await stored.sitewatch("backup", stored.config, "--data", stored.data)
        #expect(other.code == 1)
        #expect(FileManager.default.fileExists(atPath: stored.config + "/site.yaml"))
        let inside = await stored.sitewatch("backup", stored.data + "/b", "--data", stored.data)
        #expect(inside.code == 1)
    }

    @Test func `is saved from a damaged file as a table that tells what was lost`() async throws {
        let stored = try await Stored()
        let file = stored.root + "/2026-03.sqlite.damaged-20260306T000000Z"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: stored.history + "/2026-03.sqlite"))
        for place in 0..<100 { bytes[place] = 0 }
        try bytes.write(to: URL(fileURLWithPath: file))
        let table = stored.root + "/saved.csv"
        let saved = await stored.sitewatch(
            "salvage", file, "--to", table, "--points", stored.history + "/points.sqlite")
        #expect(saved.code == 0, "\(saved.out)\(saved.err)")
        let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 9001)
        #expect(lines[0] == "time,point,value,quality")
        #expect(lines[2] == "2026-03-06T17:00:05.000+08:00,P1.value0,0.1,good")
        let again = await stored.sitewatch("salvage", file, "--to", table)
        #expect(again.code == 1)
        let unnamed = await stored.sitewatch("salvage", file, "--to", stored.root + "/folder", zh: true)
        #expect(unnamed.code == 0)
        #expect(unnamed.out.contains("没有名称的测点：6"))
        #expect(await stored.sitewatch("salvage", "/nowhere", "--to", stored.root + "/y").code == 1)
    }

    @Test func `shows on a terminal how far it is, and leaves no trace of that`() async throws {
        let stored = try await Stored()
        let written = await run(["verify", "--data", stored.data], interactive: true)
        #expect(written.err.contains(" %"))
        #expect(written.err.hasSuffix("\r\u{1B}[K"))
    }
}
