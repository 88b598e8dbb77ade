import Foundation
import Testing

@Test func `there is a repository to look at`() {
    #expect(Repository.swift.count > 20)
    #expect(Repository.paths.contains("Package.swift"))
    #expect(Repository.paths.contains(".ci/run"))
}

@Test func `every file imports only what its layer may`() {
    expectNone(Repository.swift.flatMap(Layers.findings))
}

@Test func `every part of the core and every adapter is in the table of layers`() {
    let folders = Set(Repository.swift.filter { $0.file.folders.count > 2 }.map { $0.file.folders.prefix(3) })
    for folder in folders where folder.starts(with: ["Sources", "Core"]) {
        #expect(Layers.core[String(folder[2])] != nil, "\(folder.joined(separator: "/"))")
    }
    for folder in folders where folder.starts(with: ["Sources", "Adapters"]) {
        #expect(Layers.adapters.contains(String(folder[2])), "\(folder.joined(separator: "/"))")
    }
}

@Test func `no file has code that its place forbids`() {
    expectNone(Repository.swift.flatMap { file in BannedCode.all.flatMap { $0.findings(in: file) } })
}

@Test func `every text exists in both languages, with the same places`() {
    let files = Repository.files.filter { $0.path.hasPrefix("config/messages/") }
    expectNone(Messages.findings(in: files))
}

@Test func `every text that code asks for exists`() {
    let files = Repository.files.filter { $0.path.hasPrefix("config/messages/") }
    let known = Set(files.flatMap { Messages.entries(of: $0).entries.map(\.key) })
    expectNone(Repository.swift.flatMap { Messages.unknownKeys(in: $0, known: known) })
}

@Test func `nothing is left to do, and no path of one machine is written down`() {
    expectNone(Repository.files.flatMap(Words.findings))
}

@Test func `every file ends its lines like the others`() {
    // Fixtures and seeds may be wrong in any way: that is what they are for.
    let anything = ["Tests/Fixtures", "Tests/Fuzzing/Corpus"]
    expectNone(Repository.files.filter { !$0.isIn(anything) }.flatMap(Words.blankFindings))
}

@Test func `every page has one title, and no level of titles is left out`() {
    expectNone(Repository.markdown.flatMap(Documents.titleFindings))
}

@Test func `every link in the pages leads somewhere`() {
    let pages = Dictionary(uniqueKeysWithValues: Repository.markdown.map { ($0.path, $0) })
    let paths = Set(Repository.paths)
    expectNone(
        Repository.markdown.flatMap { Documents.linkFindings(in: $0, pages: pages, paths: paths) })
}

@Test func `every page of the guide exists in both languages`() {
    expectNone(Documents.translationFindings(Repository.paths))
}

@Test func `a page and its translation have the same titles and the same code`() {
    let pages = Dictionary(uniqueKeysWithValues: Repository.markdown.map { ($0.path, $0) })
    let pairs = pages.keys.filter { $0.hasPrefix("docs/en/") }.sorted().map {
        ($0, "docs/zh/" + $0.dropFirst(8))
    }
    for (english, chinese) in pairs + [("README.md", "README.zh-CN.md")] {
        guard let page = pages[english], let translation = pages[chinese] else { continue }
        expectNone(Documents.shapeFindings(page, translation))
    }
}

@Test func `every package of the manifest is named with its licence`() throws {
    let manifest = try #require(Repository.swift.first { $0.path == "Package.swift" })
    let page = try #require(Repository.markdown.first { $0.path == "docs/third-party.md" })
    for package in Manifest.packages(in: manifest) {
        #expect(page.text.contains("/\(package))"), "docs/third-party.md does not name \(package)")
    }
}

@Test func `every C library of the manifest is installed by the bootstrap, each for one reason per group`()
    throws
{
    let manifest = try #require(Repository.swift.first { $0.path == "Package.swift" })
    let list = try #require(Repository.files.first { $0.path == "script/packages.txt" })
    let listed = Manifest.listed(in: list)
    let built = listed.filter { $0.group == "build" }.map { String($0.package) }
    for package in Manifest.debianPackages(in: manifest) {
        #expect(built.contains(package), "script/packages.txt does not have \(package)")
    }
    #expect(Set(listed.map { "\($0.group) \($0.package)" }).count == listed.count)
    #expect(listed.allSatisfy { ["build", "demo", "test", "bench"].contains($0.group) })
}

@Test func `every script can be run`() {
    for file in Repository.files where file.isIn("script", ".ci") && file.text.hasPrefix("#!") {
        let path = Repository.root.appending(path: file.path).path
        #expect(FileManager.default.isExecutableFile(atPath: path), "\(file.path)")
    }
}

/// Says each finding on a line of its own.
private func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
    for finding in findings {
        Issue.record("\(finding)", sourceLocation: sourceLocation)
    }
}

@Test func `every function of rules is explained in the guide, as its usage writes it`() throws {
    let functions = Repository.files.filter { $0.isIn(["Sources/Core/Rules/Functions"]) }
    let usages = functions.flatMap { file in
        file.text.split(separator: "\n").filter { $0.contains("static let usage = \"") }.map {
            $0.split(separator: "\"")[1]
        }
    }
    #expect(usages.count > 20)
    for path in ["docs/en/expressions.md", "docs/zh/expressions.md"] {
        let page = try #require(Repository.markdown.first { $0.path == path })
        for usage in usages.flatMap({ $0.split(separator: " or ") }) {
            #expect(page.text.contains("`\(usage)`"), "\(path) does not explain \(usage)")
        }
    }
}
