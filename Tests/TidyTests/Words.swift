/// Words that no file of ours may have, whatever its language.
enum Words {
    /// Each put together here, so that this file does not find itself.
    static let banned: [(word: String, instead: String)] = [
        ("TO" + "DO", "finish it, or open an issue"),
        ("FIX" + "ME", "fix it"),
        ("XX" + "X:", "fix it"),
        ("/work/" + "main", "a path from the root of the repository"),
        ("/work/" + "shared", "optional data is found beside the checkout"),
        ("/tmp" + "/w/", "a temporary folder of the test"),
    ]

    static func findings(in file: SourceFile) -> [Finding] {
        let present = banned.filter { file.text.contains($0.word) }
        guard !present.isEmpty else { return [] }
        return file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap {
            index, line in
            present.filter { line.contains($0.word) }.map {
                Finding(path: file.path, line: index + 1, what: "\($0.word): \($0.instead)")
            }
        }
    }

    /// Lines that end in blanks and files that do not end in a line.
    static func blankFindings(in file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        if let last = file.text.utf8.last, last != 10 {
            findings.append(Finding(path: file.path, line: 1, what: "the last line has no end"))
        }
        if file.text.utf8.contains(13) {
            findings.append(Finding(path: file.path, line: 1, what: "lines end in LF, not CR LF"))
        }
        return findings
    }
}
