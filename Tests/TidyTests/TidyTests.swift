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
    expectNone(Repository.files.flatMap(Words.blankFindings))
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

/// Says each finding on a line of its own.
private func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
    for finding in findings {
        Issue.record("\(finding)", sourceLocation: sourceLocation)
    }
}
