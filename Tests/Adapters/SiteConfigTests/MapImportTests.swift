import Acquisition
import Facility
import Foundation
import Testing

@testable import SiteConfig

/// The profile of a text of YAML; nil with anything wrong in it.
private func profile(_ yaml: String) -> DeviceProfile? {
    let problems = ProblemList()
    let root = YAMLReader.read(SourceText(file: "x.yaml", text: yaml), problems: problems)
    let file = root.flatMap { ProfileFile.form.read($0, problems) }
    return problems.errorCount == 0 ? file?.profile : nil
}

private func shipped() -> [String] {
    let folder = "\(Checkout.root)/config/profiles"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }.sorted().map {
        "\(folder)/\($0)"
    }
}

@Suite struct `Register tables` {
    @Test(arguments: shipped(), [false, true])
    func `every shipped profile comes back the same from its table`(path: String, isChinese: Bool) throws {
        let before = try #require(profile(String(contentsOfFile: path, encoding: .utf8)))
        let table = try #require(MapExport.csv(path: path, isChinese: isChinese))
        let result = MapImport.read(table, file: "map.csv", .init(profile: "other"))
        #expect(result.problems == [])
        let yaml = try #require(result.yaml)
        #expect(profile(yaml) == before)
        // What a spreadsheet with another separator saves is the same table.
        let again = MapImport.read(
            DelimitedText(
                table, isKnown: { $0 == "register" || $0 == "寄存器" || $0 == "json" || $0 == "metric" }
            ).rows.map { row in
                row.map { "\"" + $0.text.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ";")
            }.joined(separator: "\r\n"), file: "map.csv", .init(profile: "other"))
        #expect(again.yaml == result.yaml)
    }

    @Test func `there are shipped profiles to try`() {
        #expect(shipped().count > 10)
    }

    @Test func `a maker's table in Chinese becomes a profile`() throws {
        let table = """
            电表点表,,,,,
            名称,地址,数据类型,倍率,单位,功能码
            A相电压,0x0000,无符号16位,0.1,V,03
            有功功率,0x0002,浮点数,1,kw,03
            继电器状态,5.3,,,,03
            电能,64H,DWORD (CDAB),/100,kWh,03/06
            """
        let result = MapImport.read(
            table, file: "电表.csv", .init(profile: "dianbiao", assetClass: "meter", base: 0))
        #expect(result.problems == [])
        let yaml = try #require(result.yaml)
        let found = try #require(profile(yaml))
        guard case .modbus(let map) = found.map else {
            Issue.record("no Modbus profile")
            return
        }
        #expect(
            map.points.map { "\($0.register)" } == ["holding:0", "holding:2", "holding:5", "holding:100"])
        #expect(map.points.map(\.type) == [.uint16, .float32, .bool, .uint32])
        #expect(map.points[0].meaning.label.zh == "A相电压")
        #expect(map.points[0].scaling.scale == 0.1)
        #expect(map.points[1].meaning.unit?.symbol == "kW")
        #expect(map.points[2].bits == 3...3)
        #expect(map.points[3].scaling.scale == 0.01)
    }

    @Test func `tabs, decimal commas and numbers of a manual are read`() throws {
        let table = "Tag\tAddress\tType\tFactor\nvoltage\t30001\tu16\t0,1\nenergy\t40011\tulong\t1\n"
        let result = MapImport.read(table, file: "m.tsv", .init(profile: "m", assetClass: "meter"))
        #expect(result.problems == [])
        let yaml = try #require(result.yaml)
        #expect(
            yaml.contains("voltage: {register: \"input:0\", type: uint16, scale: 0.1}")
                || yaml.contains("voltage: {register: input:0, type: uint16, scale: 0.1}"), "\(yaml)")
        #expect(yaml.contains("holding:10"), "\(yaml)")
    }

    @Test func `every problem is told with its row and column, and nothing comes out`() {
        let table = """
            point,address,type,scale,unit
            a,holding:1,uint17,0.1,V
            b,40002,uint16,zero,V
            c,,uint16,1,V
            d,holding:70000,uint16,1,V
            e,7,uint16,1,Volt
            """
        let result = MapImport.read(table, file: "m.csv", .init(profile: "m", assetClass: "meter"))
        #expect(result.yaml == nil)
        let places = result.problems.map { "\($0.position.line):\($0.position.column) \($0.message.key)" }
        #expect(
            places == [
                "2:3 config.unknown", "3:4 config.expected", "4:1 import.no-address", "5:2 import.address",
                "6:2 import.base",
            ])
    }

    @Test(arguments: [
        ("", "import.no-heading"), ("a,b\n1,2\n", "import.no-heading"),
        ("point,address\n\"a,holding:1\n", "import.open-quote"),
        ("point,address,type\n", "import.no-points"),
        ("point,address,type\na,holding:1,uint16\na,holding:2,uint16\n", "import.twice"),
        ("point,address,type,words\na,holding:1,uint32,1\n", "import.registers-of-type"),
        ("point,address,type\na,0x0010,uint16\n", "import.no-table"),
    ])
    func `a table that is none is refused with the reason`(table: String, reason: String) {
        let result = MapImport.read(table, file: "m.csv", .init(profile: "m", assetClass: "meter"))
        #expect(result.yaml == nil)
        #expect(result.problems.contains { $0.message.key == reason }, "\(result.problems)")
    }

    @Test func `what can only be written is left out`() throws {
        let table = "point,address,type,access\na,holding:1,uint16,R\nb,holding:2,uint16,W\n"
        let result = MapImport.read(table, file: "m.csv", .init(profile: "m", assetClass: "meter"))
        #expect(result.points == 1)
        #expect(result.problems.map(\.severity) == [.warning])
    }

    @Test func `texts of every encoding a spreadsheet writes are read`() {
        let text = "名称,address\n水泵,1\n"
        let units = Array(text.utf16)
        let little: [UInt8] =
            [0xFF, 0xFE] + units.reduce(into: []) { $0 += [UInt8($1 & 0xFF), UInt8($1 >> 8)] }
        let big: [UInt8] =
            [0xFE, 0xFF] + units.reduce(into: []) { $0 += [UInt8($1 >> 8), UInt8($1 & 0xFF)] }
        for bytes in [Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8), little, big] {
            #expect(TableText.text(bytes, gbk: { _ in nil }) == text)
        }
        #expect(TableText.text([0xB1, 0xC3], gbk: { _ in "泵" }) == "泵")
        #expect(TableText.text([0x50, 0x4B, 3, 4, 0, 0], gbk: { _ in nil }) == nil)
    }
}
