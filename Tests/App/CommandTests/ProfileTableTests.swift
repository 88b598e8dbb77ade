import Foundation
import Testing

@testable import sitewatch

@Suite struct `Register tables on the command line` {
    @Test func `a profile goes out as a table and comes back as a file`() async throws {
        let folder = NSTemporaryDirectory() + "map-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = await run(["profiles", "export", "generic-vfd-pump", "--config", folder, "--lang", "zh"])
        #expect(table.code == 0, "\(table.err)")
        #expect(table.out.contains("测点,寄存器"))
        try table.out.write(toFile: folder + "/map.csv", atomically: true, encoding: .utf8)
        let out = folder + "/pump.yaml"
        let imported = await run(["profiles", "import", folder + "/map.csv", "--out", out])
        #expect(imported.code == 0, "\(imported.err)")
        #expect(try String(contentsOfFile: out, encoding: .utf8).hasPrefix("profile: generic-vfd-pump\n"))
        let again = await run(["profiles", "import", folder + "/map.csv", "--out", out])
        #expect(again.code == 1)
        #expect(again.err.contains(out))
    }

    @Test func `a problem is told with row and column, and nothing is written`() async throws {
        let folder = NSTemporaryDirectory() + "map-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // GBK: 名称,地址,类型 and one row.
        let gbk: [UInt8] = [
            0xC3, 0xFB, 0xB3, 0xC6, 0x2C, 0xB5, 0xD8, 0xD6, 0xB7, 0x2C, 0xC0, 0xE0, 0xD0, 0xCD, 0x0A,
            0xB5, 0xE7, 0xD1, 0xB9, 0x2C, 0x34, 0x30, 0x30, 0x30, 0x31, 0x2C, 0x75, 0x31, 0x37, 0x0A,
        ]
        try Data(gbk).write(to: URL(fileURLWithPath: folder + "/a.csv"))
        let refused = await run(
            ["profiles", "import", folder + "/a.csv", "--class", "meter", "--out", folder + "/a.yaml"])
        #expect(refused.code == 2)
        #expect(refused.err.contains("a.csv: row 2, column C: error:"), "\(refused.err)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/a.yaml"))
        let json = await run(["profiles", "import", folder + "/a.csv", "--class", "meter", "--json"])
        #expect(json.code == 2)
        #expect(json.out.contains("\"cell\" : \"C2\""), "\(json.out)")
        #expect(await run(["profiles", "import", folder + "/none.csv"]).code == 1)
        #expect(await run(["profiles", "import", folder + "/a.csv", "--base", "2"]).code == 64)
        #expect(await run(["profiles", "export", "no-such-profile", "--config", folder]).code == 1)
    }
}
