/// The Markdown pages.
enum Documents {
    struct Heading: Hashable {
        let level: Int
        let text: String
        let line: Int
    }

    /// A link to somewhere in the repository.
    struct Link: Hashable {
        let target: String
        let line: Int
    }

    /// The lines outside code blocks, numbered from 1.
    private static func prose(of page: SourceFile) -> [(number: Int, text: Substring)] {
        var isCode = false
        return page.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            index, line in
            let isFence = line.drop { $0 == " " }.hasPrefix("```")
            if isFence { isCode.toggle() }
            return isCode || isFence ? nil : (index + 1, line)
        }
    }

    static func headings(of page: SourceFile) -> [Heading] {
        prose(of: page).compactMap { number, line in
            let marks = line.prefix { $0 == "#" }.count
            guard (1...6).contains(marks), line.dropFirst(marks).hasPrefix(" ") else { return nil }
            return Heading(level: marks, text: String(line.dropFirst(marks + 1)), line: number)
        }
    }

    /// What is wrong with the titles of a page.
    static func titleFindings(in page: SourceFile) -> [Finding] {
        let headings = headings(of: page)
        var findings: [Finding] = []
        if headings.first?.level != 1 || headings.first?.line != 1 {
            findings.append(Finding(path: page.path, line: 1, what: "a page begins with its title, # …"))
        }
        for (before, heading) in zip(headings, headings.dropFirst()) {
            if heading.level == 1 {
                findings.append(Finding(path: page.path, line: heading.line, what: "a page has one title"))
            } else if heading.level > before.level + 1 {
                findings.append(
                    Finding(path: page.path, line: heading.line, what: "a level of titles is left out"))
            }
        }
        return findings
    }

    /// The targets of `[text](target)` that are not on the web.
    static func links(of page: SourceFile) -> [Link] {
        prose(of: page).flatMap { number, line -> [Link] in
            withoutCode(line).split(separator: "](").dropFirst().compactMap { part in
                guard let end = part.firstIndex(of: ")") else { return nil }
                let target = part[..<end]
                let isOnWeb =
                    target.hasPrefix("http://") || target.hasPrefix("https://") || target.hasPrefix("mailto:")
                return isOnWeb ? nil : Link(target: String(target), line: number)
            }
        }
    }

    /// A line without what stands between back-ticks.
    private static func withoutCode(_ line: Substring) -> String {
        line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }.joined()
    }

    /// The links of a page that lead nowhere; `paths` are all files of the repository.
    static func linkFindings(in page: SourceFile, pages: [String: SourceFile], paths: Set<String>)
        -> [Finding]
    {
        links(of: page).compactMap { link in
            let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].isEmpty ? page.path : resolve(String(parts[0]), from: page)
            guard let path, paths.contains(path) || paths.contains(where: { $0.hasPrefix(path + "/") }) else {
                return Finding(path: page.path, line: link.line, what: "\(link.target) does not exist")
            }
            guard parts.count == 2, let target = pages[path] else { return nil }
            return headings(of: target).contains { anchor(of: $0.text) == parts[1] }
                ? nil : Finding(path: page.path, line: link.line, what: "\(path) has no title #\(parts[1])")
        }
    }

    /// A path from the root, given one from the page; nil if it leaves the repository.
    private static func resolve(_ target: String, from page: SourceFile) -> String? {
        var parts = target.hasPrefix("/") ? [] : page.folders
        for part in target.split(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    /// The name under which a title is linked to.
    static func anchor(of title: String) -> String {
        String(
            title.lowercased().compactMap { character in
                if character == " " { return "-" }
                return character.isLetter || character.isNumber || character == "-" || character == "_"
                    ? character : nil
            })
    }

    /// The pages that only one of the languages has.
    static func translationFindings(_ paths: [String]) -> [Finding] {
        let pages = Set(paths.filter { $0.hasSuffix(".md") })
        return pages.sorted().compactMap { path in
            let other: String
            if path.hasPrefix("docs/en/") {
                other = "docs/zh/" + path.dropFirst(8)
            } else if path.hasPrefix("docs/zh/") {
                other = "docs/en/" + path.dropFirst(8)
            } else {
                return nil
            }
            return pages.contains(other) ? nil : Finding(path: path, line: 1, what: "\(other) does not exist")
        }
    }

    /// Where a page and its translation are built differently: another order of titles, or other code.
    static func shapeFindings(_ page: SourceFile, _ translation: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        if headings(of: page).map(\.level) != headings(of: translation).map(\.level) {
            findings.append(
                Finding(path: translation.path, line: 1, what: "not the same titles as \(page.path)"))
        }
        if blockKinds(of: page) != blockKinds(of: translation) {
            findings.append(
                Finding(path: translation.path, line: 1, what: "not the same blocks of code as \(page.path)"))
        }
        return findings
    }

    /// The languages of the code blocks, in order.
    private static func blockKinds(of page: SourceFile) -> [Substring] {
        page.text.split(separator: "\n").filter { $0.hasPrefix("```") }.map { $0.dropFirst(3) }
    }
}
