/// The texts people read, as the files of `config/messages` hold them.
enum Messages {
    struct Entry {
        let path: String
        let line: Int
        let key: String
        let template: String
    }

    /// The entries of a file of flat `key: "template"` lines, and the lines that are not such.
    static func entries(of file: SourceFile) -> (entries: [Entry], findings: [Finding]) {
        var entries: [Entry] = []
        var findings: [Finding] = []
        for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            if let entry = entry(in: line, path: file.path, number: index + 1) {
                entries.append(entry)
            } else {
                findings.append(
                    Finding(
                        path: file.path, line: index + 1, what: "not a line of the form key: \"template\""))
            }
        }
        return (entries, findings)
    }

    private static func entry(in line: Substring, path: String, number: Int) -> Entry? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let key = line[..<colon]
        let value = line[line.index(after: colon)...]
        let isKey = key.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isKey, !key.isEmpty, value.hasPrefix(" \""), value.hasSuffix("\""), value.count > 2 else {
            return nil
        }
        return Entry(
            path: path, line: number, key: String(key), template: String(value.dropFirst(2).dropLast()))
    }

    /// The names of the `{name}` places of a template; braces around anything but a name are only braces.
    static func places(in template: String) -> Set<String> {
        Set(
            template.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
                guard let end = part.firstIndex(of: "}") else { return nil }
                let name = part[..<end]
                let isName = name.utf8.allSatisfy {
                    (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                        || $0 == UInt8(ascii: "_")
                }
                return isName && !name.isEmpty ? String(name) : nil
            })
    }

    /// What is wrong in the files of all languages together.
    static func findings(in files: [SourceFile]) -> [Finding] {
        let read = files.map { (language: language(of: $0), content: entries(of: $0)) }
        var findings = read.flatMap(\.content.findings)
        var byLanguage: [String: [String: Entry]] = ["en": [:], "zh-Hans": [:]]
        for (file, (language, content)) in zip(files, read) {
            guard let language, byLanguage[language] != nil else {
                findings.append(
                    Finding(path: file.path, line: 1, what: "not named AREA.en.yaml or AREA.zh-Hans.yaml"))
                continue
            }
            for entry in content.entries {
                if let first = byLanguage[language]?[entry.key] {
                    findings.append(
                        finding(entry, "\(entry.key) stands in \(first.path):\(first.line) already"))
                }
                byLanguage[language]?[entry.key] = entry
            }
        }
        let (english, chinese) = (byLanguage["en", default: [:]], byLanguage["zh-Hans", default: [:]])
        findings += missing(from: chinese, in: english, language: "Chinese")
        findings += missing(from: english, in: chinese, language: "English")
        for (key, entry) in chinese {
            guard let other = english[key], places(in: entry.template) != places(in: other.template) else {
                continue
            }
            findings.append(finding(entry, "\(key) has other places than in \(other.path):\(other.line)"))
        }
        return findings.sorted { ($0.path, $0.line) < ($1.path, $1.line) }
    }

    /// The keys that code uses and no file of the catalogue has.
    ///
    /// A key put together at run time, as in `"fault.\(name)"`, must at least begin like one that exists.
    static func unknownKeys(in file: SwiftFile, known: Set<String>) -> [Finding] {
        guard file.file.isIn("Sources") else { return [] }
        return file.literals(handedTo: "Message").compactMap { key, line in
            let fixed = key.components(before: "\\(")
            let isKnown = fixed == key ? known.contains(key) : known.contains { $0.hasPrefix(fixed) }
            return isKnown
                ? nil : Finding(path: file.path, line: line, what: "config/messages has no text for \(key)")
        }
    }

    private static func missing(
        from other: [String: Entry], in entries: [String: Entry], language: String
    ) -> [Finding] {
        entries.values.filter { other[$0.key] == nil }.map {
            finding($0, "\($0.key) has no \(language) text")
        }
    }

    private static func finding(_ entry: Entry, _ what: String) -> Finding {
        Finding(path: entry.path, line: entry.line, what: what)
    }

    private static func language(of file: SourceFile) -> String? {
        let parts = file.path.split(separator: "/").last?.split(separator: ".") ?? []
        return parts.count == 3 ? String(parts[1]) : nil
    }
}

extension String {
    /// What stands before the first occurrence of a mark; everything if there is none.
    fileprivate func components(before mark: String) -> String {
        firstRange(of: mark).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
