import Testing

/// The checks are checked: each finds what is planted, and leaves its good neighbour alone.

// MARK: Layers

@Test(arguments: [
    ("Sources/Core/Facility/A.swift", "public import Foundation"),
    ("Sources/Core/Facility/A.swift", "import Collections"),
    ("Sources/Core/Rules/A.swift", "import Alarms"),
    ("Sources/Core/Rules/Functions/A.swift", "internal import Glibc"),
    ("Sources/Core/Alarms/A.swift", "@preconcurrency import Dispatch"),
    ("Sources/Core/Maintenance/A.swift", "import struct Foundation.Date"),
    ("Sources/Core/Engine/A.swift", "import Acquisition"),
    ("Sources/Core/Novel/A.swift", "import Facility"),
    ("Sources/Adapters/Ledger/A.swift", "import Historian"),
    ("Sources/Adapters/Ledger/A.swift", "import SiteDaemon"),
    ("Sources/Adapters/Delivery/A.swift", "import GRDB"),
    ("Sources/Adapters/Delivery/A.swift", "import NIOCore"),
    ("Sources/Adapters/WebAPI/A.swift", "import CCurl"),
    ("Sources/App/sitewatch/A.swift", "import GRDB"),
    ("Sources/App/SiteDaemon/A.swift", "import CModbus"),
    ("simulators/EquipmentModels/A.swift", "import Facility"),
    ("simulators/SiteSimulator/A.swift", "import CModbus"),
    ("Tests/Core/RulesTests/A.swift", "@testable import Ledger"),
])
func `an import against the arrows is found`(path: String, text: String) {
    #expect(Layers.findings(in: SwiftFile(path: path, text: "\n" + text)).map(\.line) == [2])
}

@Test(arguments: [
    ("Sources/Core/Engine/A.swift", "public import Rules\nimport OrderedCollections"),
    (
        "Sources/Core/Facility/A.swift",
        "// import Foundation\n/* import /* import Glibc */ */ let a = \"import GRDB\""
    ),
    ("Sources/Adapters/Ledger/A.swift", "import GRDB\nimport Foundation\npublic import Alarms"),
    ("Sources/Adapters/MQTTField/A.swift", "internal import CMosquitto"),
    ("Sources/App/SiteDaemon/A.swift", "import Ledger\nimport WebAPI\nimport Foundation"),
    ("simulators/SiteSimulator/A.swift", "import EquipmentModels\nimport CMosquitto"),
    ("Tests/Core/RulesTests/A.swift", "@testable import Rules\nimport Testing"),
])
func `an import along the arrows is left alone`(path: String, text: String) {
    #expect(Layers.findings(in: SwiftFile(path: path, text: text)).isEmpty)
}

// MARK: Banned code

private func banned(_ path: String, _ text: String) -> [Finding] {
    BannedCode.all.flatMap { $0.findings(in: SwiftFile(path: path, text: text)) }
}

@Test(arguments: [
    ("Sources/Core/Rules/A.swift", "let now = Date()"),
    ("Sources/Core/Rules/A.swift", "let now = ContinuousClock.now"),
    ("Sources/Core/Rules/A.swift", "let now = Date . now"),
    ("Sources/Core/Rules/A.swift", "let file = FileManager.default"),
    ("Sources/Core/Rules/A.swift", "let value = await other()"),
    ("Sources/Core/Rules/A.swift", "public actor Loop {}"),
    ("Tests/Core/RulesTests/A.swift", "try await Task.sleep(for: .seconds(1))"),
    ("Sources/Adapters/Ledger/A.swift", "print(\"here\")"),
    ("Sources/Adapters/Ledger/A.swift", "let text = \"\\(try! value())\""),
    ("Sources/Adapters/Ledger/A.swift", "fatalError(\"no\")"),
    ("Sources/Adapters/Ledger/A.swift", "let a = b as! C"),
    ("Sources/Adapters/WebAPI/A.swift", "Task {\n    await run()\n}"),
    ("Sources/Adapters/WebAPI/A.swift", "Task(priority: .low) { }"),
    ("Sources/Adapters/MQTTField/A.swift", "Task.detached { }"),
    ("Sources/Adapters/WebAPI/A.swift", "let child = Process()"),
    ("Sources/App/SiteDaemon/A.swift", "let a = unsafe pointer.pointee"),
    ("Sources/App/SiteDaemon/A.swift", "nonisolated(unsafe) var count = 0"),
    ("Sources/App/SiteDaemon/A.swift", "final class A: @unchecked Sendable {}"),
    ("Sources/Adapters/ModbusField/A.swift", "unsafe modbus_write_register(context, 1, 2)"),
])
func `code that its place forbids is found`(path: String, text: String) {
    #expect(!banned(path, "\n" + text).isEmpty)
    #expect(banned(path, "\n" + text).allSatisfy { $0.line == 2 })
}

@Test(arguments: [
    ("Sources/Core/Rules/A.swift", "/// Never calls Date() or try!\nlet text = \"Date() print( try!\""),
    (
        "Sources/Core/Rules/A.swift",
        "let a = #\"\\(Date())\"#\nlet b = \"\"\"\n    print(\"\"\n    try!\n    \"\"\""
    ),
    ("Tests/Core/RulesTests/A.swift", "@Test func `a Date() that is said, not read`() {}"),
    ("Sources/Adapters/Ledger/A.swift", "console.print(line)\nfunc print(_ line: String) {}"),
    ("Sources/Adapters/Ledger/A.swift", "let date = Date(timeIntervalSince1970: 0)"),
    ("Sources/Adapters/MQTTField/A.swift", "Task { await unsafe run() }"),
    ("Sources/Adapters/Ledger/A.swift", "guard try !isKnown(id) else { return }"),
    ("Sources/App/sitewatch/Demo/A.swift", "let child = Process()"),
    ("Sources/App/sitewatch/Commands/A.swift", "print(table)"),
    ("Sources/Adapters/WebAPI/A.swift", "try await Task.sleep(for: pause)\nif Task.isCancelled { return }"),
    ("Tests/IntegrationTests/A.swift", "let broker = Process()"),
])
func `code that only looks forbidden is left alone`(path: String, text: String) {
    #expect(banned(path, text) == [])
}

// MARK: Texts

private func catalog(_ english: String, _ chinese: String) -> [String] {
    Messages.findings(in: [
        SourceFile(path: "config/messages/a.en.yaml", text: english),
        SourceFile(path: "config/messages/a.zh-Hans.yaml", text: chinese),
    ]).map(\.what)
}

@Test func `a text in one language only, with other places, twice or malformed is found`() {
    #expect(catalog("a: \"A {x}\"\n", "# 文本\na: \"甲 {x}\"\n") == [])
    #expect(catalog("a: \"A\"\nb: \"B\"\n", "a: \"甲\"\n") == ["b has no Chinese text"])
    #expect(catalog("a: \"A\"\n", "a: \"甲\"\nb: \"乙\"\n") == ["b has no English text"])
    #expect(catalog("a: \"A {x}\"\n", "a: \"甲 {y}\"\n").first?.hasPrefix("a has other places") == true)
    #expect(catalog("a: \"A\"\na: \"A\"\n", "a: \"甲\"\n").first?.hasSuffix("a.en.yaml:1 already") == true)
    #expect(catalog("a: \"no { or }\"\n", "a: \"没有 { 或 }\"\n") == [])
    #expect(catalog("a: A\n", "").count == 1)
    #expect(Messages.findings(in: [SourceFile(path: "config/messages/a.yaml", text: "")]).count == 1)
}

@Test func `a key that code uses must exist, one that is put together must begin like one`() {
    let text = """
        Message("a.one")
        Message(
            "a.two", ["x": .text("Message(\\"a.none\\")")])
        Message("fault.\\(name)")
        Message("guess.\\(name)")
        """
    let file = SwiftFile(path: "Sources/Core/Facility/A.swift", text: text)
    let findings = Messages.unknownKeys(in: file, known: ["a.one", "fault.timeout"])
    #expect(findings.map(\.line) == [3, 5])
    let test = SwiftFile(path: "Tests/Core/FacilityTests/A.swift", text: text)
    #expect(Messages.unknownKeys(in: test, known: []).isEmpty)
}

// MARK: Pages

private func page(_ text: String, path: String = "docs/en/a.md") -> SourceFile {
    SourceFile(path: path, text: text)
}

@Test func `a page without a title, with two, or with a level left out is found`() {
    #expect(Documents.titleFindings(in: page("# A\n\n## B\n\n```sh\n# not a title\n```\n\n## C\n")).isEmpty)
    #expect(Documents.titleFindings(in: page("\n# A\n")).map(\.line) == [1])
    #expect(Documents.titleFindings(in: page("# A\n# B\n")).map(\.line) == [2])
    #expect(Documents.titleFindings(in: page("# A\n### B\n")).map(\.line) == [2])
}

@Test func `a link to a missing file or title is found`() {
    let target = page("# Words\n\n## Work order 工单, plan\n", path: "docs/words.md")
    let text = """
        # A
        [good](../words.md) [good](../words.md#work-order-工单-plan) [good](#a) [good](https://example.com/x)
        [good](../../script/test) [good](../../script) `[code](nowhere.md)`
        [bad](words.md)
        [bad](../words.md#work)
        [bad](../../../outside.md)
        """
    let source = page(text)
    let findings = Documents.linkFindings(
        in: source, pages: [target.path: target, source.path: source],
        paths: [target.path, source.path, "script/test"])
    #expect(findings.map(\.line) == [4, 5, 6])
}

@Test func `a page of the guide in one language only is found`() {
    let findings = Documents.translationFindings([
        "docs/en/a.md", "docs/zh/a.md", "docs/zh/b.md", "README.md",
    ])
    #expect(findings.map(\.path) == ["docs/zh/b.md"])
}

@Test func `a translation that is built differently is found`() {
    let english = page("# A\n\n## B\n\n```sh\nls\n```\n")
    #expect(Documents.shapeFindings(english, page("# 甲\n\n## 乙\n\n```sh\nls # 列出\n```\n")).isEmpty)
    #expect(Documents.shapeFindings(english, page("# 甲\n\n```sh\nls\n```\n")).count == 1)
    #expect(Documents.shapeFindings(english, page("# 甲\n\n## 乙\n")).count == 1)
}

@Test func `the packages of a manifest and of the list are read`() {
    let manifest = SwiftFile(
        path: "Package.swift",
        text: """
            dependencies: [ .package(url: "https://example.com/a/Yams.git", from: "6.0.0") ],
            targets: [ library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev") ]
            """)
    #expect(Manifest.packages(in: manifest) == ["Yams"])
    #expect(Manifest.debianPackages(in: manifest) == ["libcurl4-openssl-dev"])
    let list = SourceFile(path: "script/packages.txt", text: "# build x\nbuild  a  # why\n\ntest b # why\n")
    #expect(Manifest.listed(in: list).map(\.package) == ["a", "b"])
}

@Test func `work left to do is found in any file`() {
    let text = "first\nsecond TO" + "DO later\n"
    #expect(Words.findings(in: page(text)).map(\.line) == [2])
    #expect(Words.findings(in: page("nothing to do\n")).isEmpty)
    #expect(Words.blankFindings(in: page("no end")).count == 1)
    #expect(Words.blankFindings(in: page("line\r\n")).count == 1)
}
