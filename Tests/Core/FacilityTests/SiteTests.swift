import Facility
import Testing

private let label = Bilingual(zh: "泵", en: "Pump")
private let site = Site(
    id: "riverside", label: label, language: .zh, zone: .fixed("Asia/Shanghai", hours: 8),
    assets: ["P1", "P2"].map { Asset(id: AssetID($0), assetClass: .pump, label: label, location: "B3") },
    points: [("P1", "running"), ("P2", "running"), ("P2", "current")].enumerated().map { index, point in
        Point(id: PointID(index), asset: AssetID(point.0), name: point.1, label: label, kind: .state)
    },
    people: [Person(id: "wang", label: label, language: .zh)])

@Test func `a point is found by its path and by its place`() throws {
    let id = try #require(site.point("P2.current"))
    #expect(site[id].path == "P2.current")
    #expect(site.point("P2.pressure") == nil)
    #expect(site.points(of: "P2").map(\.name) == ["running", "current"])
}

@Test func `assets and people are found by name`() {
    #expect(site.asset("P1")?.assetClass == .pump)
    #expect(site.asset("P9") == nil)
    #expect(site.person("wang") != nil)
    #expect(site.person("li") == nil)
}

@Test func `priorities are ordered by urgency and named as in the files`() {
    #expect(Priority.allCases.sorted() == [.p1, .p2, .p3, .p4])
    #expect(Priority.allCases.map(\.name) == ["p1", "p2", "p3", "p4"])
    #expect(Priority(name: "p2") == .p2)
    #expect(Priority(name: "P2") == nil)
}

@Test func `places in files sort as a reader meets them`() {
    let places = [
        SourcePosition(file: "b.yaml", line: 1, column: 1),
        SourcePosition(file: "a.yaml", line: 10, column: 1),
        SourcePosition(file: "a.yaml", line: 2, column: 9),
        SourcePosition(file: "a.yaml", line: 2, column: 3),
    ]
    #expect(places.sorted().map(\.description) == ["a.yaml:2:3", "a.yaml:2:9", "a.yaml:10:1", "b.yaml:1:1"])
}
