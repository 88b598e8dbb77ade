import Facility
import Foundation
import SiteConfig
import Testing

/// The equipment ledger as a table: it goes round, and what is wrong in it is told with its place.
@Suite struct AssetTableTests {
    private static let table = [
        "id,class,name_zh,name_en,location,parent,criticality,state,contractor,maker,model,serial,commissioned,",
        "warranty_until,expected_life_years,registrations,meters,labels,profile,bus,unit,address,timeout,weight\n",
        "L1,lift,1号客梯,\"Lift 1, north\",A/roof,,high,commissioning,,Hitachi,\"HGE \"\"2\"\"\",007,2020-05-18,",
        "2022-05-17,20,\"special-equipment=31104401; city=沪-0071\",hours=run_hours,system=lifts,,,,,,\n",
        "P2,pump,2号泵,Pump 2,B3/pump-room,,normal,,,,,,,,,,,,generic-vfd-pump,pump-room,3,,500ms,2\n",
    ].joined()

    @Test func `a table that is read and written again is the same, and the file is one of a site`() throws {
        let result = AssetTable.read(Self.table, file: "a.csv")
        #expect(result.problems == [])
        #expect(result.count == 2)
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "assets"), withIntermediateDirectories: true)
        let yaml = try #require(result.yaml)
        try Data(yaml.utf8).write(to: folder.appending(path: "assets/all.yaml"))
        #expect(AssetTable.csv(folder: folder.path) == Self.table)
    }

    @Test func `what a Chinese spreadsheet makes of a ledger is read like the table it came from`() {
        let written = """
            编号;类别;名称;英文名称;位置;投用日期;质保至;从站;总线;模板
            P2;pump;2号泵;Pump 2;B3/pump-room;2020/5/18;2022年5月17日;3.0;pump-room;generic-vfd-pump

            """
        let plain = """
            id,class,name_zh,name_en,location,commissioned,warranty_until,unit,bus,profile
            P2,pump,2号泵,Pump 2,B3/pump-room,2020-05-18,2022-05-17,3,pump-room,generic-vfd-pump

            """
        let result = AssetTable.read(written, file: "a.csv")
        #expect(result.problems == [])
        #expect(result.count == 1)
        #expect(result.yaml == AssetTable.read(plain, file: "a.csv").yaml)
    }

    @Test func `of a wrong heading only the heading is told`() {
        let result = AssetTable.read(
            "id,class,name_cn,name_en,location\nP1,pump,a,b,c\nP2,pump,a,b,c\n", file: "a.csv")
        #expect(result.problems.map(\.position.column) == [3])
    }

    @Test(arguments: [
        ("name,class\nx,pump\n", 1, 1, "assets.no-heading"),
        ("id,clas\nP1,pump\n", 1, 2, "config.unknown"),
        ("id,class,name_zh,name_en,location\n,pump,a,b,c\n", 2, 1, "assets.no-id"),
        ("id,class,name_zh,name_en,location\nP1,pumpe,a,b,c\n", 2, 2, "config.unknown"),
        ("id,class,name_zh,name_en,location,labels\nP1,pump,a,b,c,x\n", 2, 6, "assets.no-pair"),
        ("id,class,name_zh,name_en,location,commissioned\nP1,pump,a,b,c,18.5.2020\n", 2, 6, "config"),
        ("id,class,name_zh,name_en,location\nP1,pump,a,b,c\nP1,pump,a,b,c\n", 3, 1, "import.asset-twice"),
        ("id,class,name_zh,name_en,location\nP1,pump,a,b\n", 2, 1, "config"),
        ("id,class,name_zh,name_en,location\nP1,pump,a,b,\"c\n", 2, 1, "import.open-quote"),
    ])
    func `a wrong row is told with its place, and nothing comes of the table`(
        text: String, row: Int, column: Int, key: String
    ) {
        let result = AssetTable.read(text, file: "a.csv")
        #expect(result.yaml == nil)
        #expect(
            result.problems.contains {
                $0.position.line == row && $0.position.column == column && $0.message.key.hasPrefix(key)
            }, "\(result.problems)")
    }
}
