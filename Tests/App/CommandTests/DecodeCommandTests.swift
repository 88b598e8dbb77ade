import Foundation
import Testing

@testable import sitewatch

@Suite struct `Decoding registers` {
    @Test(arguments: [
        ["4366", "8000"], ["0x43668000"], ["43668000"], ["43,66,80,00"], ["43", "66", "80", "00"],
        ["0x4366", "0x8000"], ["4366,8000"], ["[0x4366, 0x8000]"], ["17254", "32768", "--decimal"],
        ["[17254, 32768]", "--decimal"],
    ])
    func `takes them however people copy them`(arguments: [String]) async throws {
        let written = await run(["decode"] + arguments + ["--near", "230.5"])
        #expect(written.code == 0)
        #expect(written.err == "")
        #expect(written.lines.first == "registers\ttype\tbyte_order\treading\tscale\tmatch")
        #expect(written.lines[1] == "0-1\tfloat32\tABCD\t230.5\t1\tnear")
    }

    @Test func `shows the plausible readings, and with --all the others too`() async {
        let few = await run(["decode", "4366", "8000"])
        #expect(few.lines.contains("0-1\tfloat32\tABCD\t230.5\t\tplausible"))
        #expect(few.lines.contains("0\tbits\t-\t0100 0011 0110 0110\t\tplausible"))
        #expect(!few.out.contains("unlikely"))
        let all = await run(["decode", "4366", "8000", "--all"])
        #expect(all.lines.contains("0\tuint8 high\t-\t67\t\tunlikely"))
        #expect(all.lines.contains("0-1\tuint32\tCDAB\t2147500902\t\tunlikely"))
        let chinese = await run(["decode", "BBF0", "BEAF", "--lang", "zh"], interactive: true)
        #expect(chinese.out.contains("火警"))
        #expect(chinese.out.contains("合理"))
        #expect(chinese.err.contains("--all"))
    }

    @Test func `says which scale makes a number come near`() async {
        let written = await run(["decode", "0901", "--near", "230.5", "--csv"])
        #expect(written.lines[1] == "0,uint16,AB,2305,0.1,near")
        let none = await run(["decode", "0901", "--near", "7"])
        #expect(none.code == 0)
        #expect(none.err.contains("no reading comes near 7.0"))
    }

    @Test func `writes JSON with exact numbers`() async throws {
        let written = await run(["decode", "FFFF FFFF FFFF FFFE", "--all", "--json"])
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(written.out.utf8)) as? [String: Any])
        #expect(document["version"] as? Int == 1)
        #expect(document["registers"] as? [Int] == [65535, 65535, 65535, 65534])
        let readings = try #require(document["readings"] as? [[String: Any]])
        let long = readings.first { $0["type"] as? String == "int64" && $0["order"] as? String == "ABCDEFGH" }
        #expect(long?["value"] as? Int == -2)
        let unsigned = readings.first {
            $0["type"] as? String == "uint64" && $0["order"] as? String == "ABCDEFGH"
        }
        #expect(unsigned?["text"] as? String == "18446744073709551614")
    }

    @Test(
        arguments: [
            (["43G6"], "43G6"), (["0x"], "0x"), (["43", "66", "80"], "3 bytes"), (["4366800"], "4366800"),
            (["65536", "--decimal"], "65536"), ([","], "at least one"), (["４３６６"], "４３６６"),
            ([String(repeating: "0000", count: 126)], "126"),
        ] as [([String], String)])
    func `refuses what is none, and says why`(arguments: [String], reason: String) async {
        let written = await run(["decode"] + arguments)
        #expect(written.code == 64)
        #expect(written.out == "")
        #expect(written.err.contains(reason))
    }

    @Test(arguments: [
        [], ["4366", "--decimal", "-1"], ["4366", "--near", "x"], ["4366", "--near", "nan"],
        ["4366", "--json", "--csv"],
    ])
    func `refuses wrong options`(arguments: [String]) async {
        #expect(await run(["decode"] + arguments).code == 64)
    }
}
