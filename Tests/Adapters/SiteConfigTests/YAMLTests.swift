import Facility
import Testing

@testable import SiteConfig

@Suite struct `A file of YAML` {
    private func read(_ text: String) -> (root: YAMLNode?, problems: [Problem]) {
        let problems = ProblemList()
        let root = YAMLReader.read(SourceText(file: "f.yaml", text: text), problems: problems)
        return (root, problems.sorted)
    }

    private func keys(_ text: String) -> [String] {
        read(text).problems.map { "\($0.position) \($0.message.key)" }
    }

    @Test func `may be empty or hold nothing but remarks`() {
        for text in ["", "\n", "# nothing yet\n", "---\n"] {
            let (root, problems) = read(text)
            #expect(problems.isEmpty)
            #expect(root?.entries?.isEmpty == true || root?.isNothing == true, "\(text)")
        }
    }

    @Test func `cannot exhaust the loader by nesting`() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
            let deep = String(repeating: open, count: 100_000) + String(repeating: close, count: 100_000)
            #expect(!read(deep).problems.isEmpty, "\(open)")
        }
    }

    @Test func `cannot exhaust the loader by aliases`() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
            let alias = "*a\(level - 1)"
            bomb += "a\(level): &a\(level) [\(alias), \(alias), \(alias)]\n"
        }
        #expect(keys(bomb) == ["f.yaml:30:24 config.alias"])
        #expect(keys("a: &x [1]\nb: {c: *x}\n").allSatisfy { $0.hasSuffix("config.alias") })
        #expect(keys("? &x [1]\n: *x\n") == ["f.yaml:1:3 config.key-not-text"])
    }

    @Test func `may multiply as often as it likes`() {
        let rules = (0..<50).map { "  - \"a * \($0) > b *c\" # *x, *y\n" }.joined()
        #expect(keys("rules:\n" + rules).isEmpty)
    }

    @Test func `has at most so many values`() {
        let many = "a: [" + String(repeating: "1,", count: 210_000) + "]"
        #expect(Set(read(many).problems.map(\.message.key)) == ["config.too-many-values"])
    }

    @Test func `is told of every key that stands twice, and of the rest as well`() {
        #expect(
            keys("a: 1\nb: {x: 1, x: 2}\na: 2\n'c': 1\n\"c\": 2\n? [d]\n: 1\n") == [
                "f.yaml:2:11 config.duplicate-key-first", "f.yaml:3:1 config.duplicate-key-first",
                "f.yaml:5:1 config.duplicate-key-first", "f.yaml:6:3 config.key-not-text",
            ])
        let many = (0..<40).map { "k\($0): 1\nk\($0): 2\n" }.joined()
        #expect(read(many).root == nil)
        #expect(read(many).problems.count == 1)
    }

    @Test func `keeps the later value of a key that stands twice`() {
        let (root, _) = read("a: 1\na: 2\n")
        guard case .scalar(let text, _) = root?["a"]?.content else {
            Issue.record("a is gone")
            return
        }
        #expect(text == "2")
    }

    @Test func `counts lines and columns as editors do`() {
        #expect(keys("a: 1\r\nb: 2\r\nb: 3\r\n") == ["f.yaml:3:1 config.duplicate-key-first"])
        #expect(keys("水泵: {x: 1, x: 2}\n") == ["f.yaml:1:12 config.duplicate-key-first"])
        #expect(keys("a: \"b\n") == ["f.yaml:1:6 config.syntax"])
        #expect(keys("a:\n\t- b\n") == ["f.yaml:2:1 config.tab"])
    }

    @Test func `must be one document without type marks`() {
        #expect(keys("a: 1\n---\nb: 2\n") == ["f.yaml:2:1 config.syntax"])
        #expect(keys("a: !!int 1\nb: !secret x\n") == ["f.yaml:1:4 config.tag", "f.yaml:2:4 config.tag"])
    }
}
