internal import Facility
internal import Yams

/// Turns the characters of a file into nodes with positions.
struct YAMLReader {
    /// No file has more values.
    static let maximumNodes = 200_000
    /// A file with more duplicate keys than this is reported up to here.
    private static let maximumDuplicates = 32
    /// More places that look like aliases than this are refused before parsing: the parser compares keys by
    /// walking into what aliases stand for, and that grows with every level.
    private static let maximumAliasMarks = 8
    /// First of the characters that stand in for the first character of a key that is used twice.
    private static let firstMark: UInt32 = 0xF0000

    private let source: SourceText
    private let problems: ProblemList
    /// Keys that are used again further down, by the character that stands in for their first one.
    private var renamed: [Unicode.Scalar: String] = [:]
    private var nodeCount = 0
    /// Whether a wide blank stands for indentation: then nothing is where it was meant to be.
    private var isMisread = false
    /// The lines of the text, once they were needed.
    private var lines: [Substring]?

    /// The root of a file; nil, with problems, if it is not YAML. An empty file is an empty section.
    static func read(_ source: SourceText, problems: ProblemList) -> YAMLNode? {
        var reader = YAMLReader(source: source, problems: problems)
        return reader.read()
    }

    private init(source: SourceText, problems: ProblemList) {
        self.source = source
        self.problems = problems
    }

    private mutating func read() -> YAMLNode? {
        let start = SourcePosition(file: source.file, line: 1, column: 1)
        if let position = crowdedAlias() {
            problems.add(at: position, Message("config.alias"))
            return nil
        }
        var text = source.text
        while true {
            do throws(YAMLFailure) {
                let root = try parse(text) ?? YAMLNode(.section([]), at: start)
                if case .scalar = root.content, reportFullWidth(upTo: .max) { return nil }
                return isMisread ? nil : root
            } catch {
                switch error {
                case .duplicate(let key, let mark):
                    var spots = Lines(text)
                    guard renamed.count < Self.maximumDuplicates,
                        let stand = Unicode.Scalar(Self.firstMark + UInt32(renamed.count)),
                        spots.replace(key: key, at: mark, with: stand)
                    else {
                        problems.add(
                            at: position(mark), Message("config.duplicate-key", ["key": .text(key)]))
                        return nil
                    }
                    renamed[stand] = key
                    text = spots.text
                case .syntax(let reason, let mark):
                    // The parser stumbles in the line of the mark or further down, never above.
                    if reportFullWidth(upTo: mark.line) { return nil }
                    let spots = Lines(text)
                    reportSyntax(reason, at: spots.clamped(mark), in: spots)
                    return nil
                }
            }
        }
    }

    private mutating func parse(_ text: String) throws(YAMLFailure) -> YAMLNode? {
        nodeCount = 0
        do {
            // Without rules nothing is guessed about plain characters, and keys compare as characters.
            let parser = try Parser(yaml: text, resolver: .basic)
            guard let root = try parser.singleRoot() else { return nil }
            // The parser owns the anchors that its nodes only refer to.
            return withExtendedLifetime(parser) { convert(root) }
        } catch let error as YamlError {
            throw YAMLFailure(error)
        } catch {
            throw .syntax(String(describing: error), .start)
        }
    }

    /// A place that is one alias too many; nil if there are few.
    private func crowdedAlias() -> SourcePosition? {
        var count = 0
        var place = SourcePosition(file: source.file, line: 1, column: 1)
        for (number, line) in source.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            // An alias stands where a value can begin: first in its line or behind a mark of the structure.
            var beforeBlanks: Unicode.Scalar?
            var previous: Unicode.Scalar = " "
            for (column, scalar) in line.unicodeScalars.enumerated() {
                if scalar == "#", previous == " " { break }
                if scalar == "*", beforeBlanks.map({ "[{,:-?".unicodeScalars.contains($0) }) ?? true {
                    count += 1
                    place = SourcePosition(file: source.file, line: number + 1, column: column + 1)
                }
                if scalar != " " { beforeBlanks = scalar }
                previous = scalar
            }
        }
        return count > Self.maximumAliasMarks ? place : nil
    }

    /// Reports full-width punctuation in the place of YAML's own; false if there is none.
    private func reportFullWidth(upTo line: Int) -> Bool {
        let found = FullWidthScan.findings(in: source.text)
        guard found.contains(where: { $0.line <= line }) else { return false }
        for finding in found {
            let place = SourcePosition(file: source.file, line: finding.line, column: finding.column)
            problems.add(at: place, finding.mark.problem)
        }
        return true
    }

    private func reportSyntax(_ reason: String, at mark: Spot, in lines: Lines) {
        let place = position(mark)
        if lines.scalar(at: mark) == "\t" {
            problems.add(at: place, Message("config.tab"))
        } else {
            problems.add(at: place, Message("config.syntax", ["reason": .text(reason)]))
        }
    }

    private func position(_ spot: Spot) -> SourcePosition {
        SourcePosition(file: source.file, line: spot.line, column: spot.column)
    }

    private func position(_ mark: Mark?) -> SourcePosition {
        position(mark.map(Spot.init) ?? .start)
    }

    private mutating func convert(_ node: Node) -> YAMLNode {
        let place = position(node.mark)
        nodeCount += 1
        guard nodeCount <= Self.maximumNodes else {
            problems.add(at: place, Message("config.too-many-values"))
            return YAMLNode(.refused, at: place)
        }
        guard node.anchor == nil else {
            problems.add(at: place, Message("config.alias"))
            return YAMLNode(.refused, at: place)
        }
        switch node {
        case .scalar(let scalar):
            return convert(scalar, at: place)
        case .sequence(let sequence):
            guard hasNoTag(sequence.tag, at: place) else { return YAMLNode(.refused, at: place) }
            return YAMLNode(.list(sequence.map { convert($0) }), at: place)
        case .mapping(let mapping):
            guard hasNoTag(mapping.tag, at: place) else { return YAMLNode(.refused, at: place) }
            return YAMLNode(.section(entries(mapping)), at: place)
        case .alias:
            problems.add(at: place, Message("config.alias"))
            return YAMLNode(.refused, at: place)
        }
    }

    private mutating func convert(_ scalar: Node.Scalar, at place: SourcePosition) -> YAMLNode {
        let text =
            switch scalar.style {
            case .singleQuoted, .doubleQuoted:
                SourcePosition(file: place.file, line: place.line, column: place.column + 1)
            case .literal, .folded:
                SourcePosition(
                    file: place.file, line: place.line + 1, column: indentation(of: place.line + 1) + 1)
            case .any, .plain:
                place
            }
        let isPlain = scalar.style == .plain || scalar.style == .any
        guard !isPlain || hasNoTag(scalar.tag, at: place) else { return YAMLNode(.refused, at: place) }
        let fullWidth =
            isPlain ? FullWidth.first(in: scalar.string).map { ($0, self.place(of: $0, from: place)) } : nil
        if let (mark, position) = fullWidth, position == place,
            [.leftQuote, .rightQuote, .blank].contains(mark)
        {
            problems.add(at: position, mark.problem)
            return YAMLNode(.refused, at: place)
        }
        return YAMLNode(
            .scalar(scalar.string, isPlain: isPlain), at: place, text: text, fullWidth: fullWidth)
    }

    /// The first place of a character in the file, from some place on.
    private mutating func place(of mark: FullWidth, from start: SourcePosition) -> SourcePosition {
        let all = sourceLines()
        for (offset, line) in all.dropFirst(start.line - 1).enumerated() {
            let before = offset == 0 ? start.column - 1 : 0
            let column = line.unicodeScalars.enumerated().first {
                $0.offset >= before && $0.element == mark.rawValue
            }
            guard let column else { continue }
            return SourcePosition(file: start.file, line: start.line + offset, column: column.offset + 1)
        }
        return start
    }

    /// How many spaces stand before the characters of a line.
    private mutating func indentation(of line: Int) -> Int {
        let all = sourceLines()
        return all.indices.contains(line - 1) ? all[line - 1].prefix { $0 == " " }.count : 0
    }

    private mutating func sourceLines() -> [Substring] {
        let all = lines ?? source.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        lines = all
        return all
    }

    /// Whether a value says only itself: `!!binary` and the like are refused.
    private func hasNoTag(_ tag: Tag, at place: SourcePosition) -> Bool {
        let name = tag.rawValue
        guard !name.isEmpty, name != "tag:yaml.org,2002:str", name != "tag:yaml.org,2002:seq",
            name != "tag:yaml.org,2002:map"
        else { return true }
        problems.add(at: place, Message("config.tag", ["tag": .text(name)]))
        return false
    }

    private mutating func entries(_ mapping: Node.Mapping) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var twice: [(key: String, position: SourcePosition)] = []
        for (key, value) in mapping {
            let place = position(key.mark)
            guard case .scalar(let scalar) = key else {
                problems.add(at: place, Message("config.key-not-text"))
                continue
            }
            guard key.anchor == nil else {
                problems.add(at: place, Message("config.alias"))
                continue
            }
            if let first = scalar.string.unicodeScalars.first, let original = renamed[first] {
                twice.append((original, place))
                continue
            }
            guard scalar.style == .plain || scalar.style == .any,
                let (name, mark) = Self.keyWithFullWidth(scalar.string)
            else {
                entries.append(.init(key: scalar.string, position: place, value: convert(value)))
                continue
            }
            problems.add(at: self.place(of: mark, from: place), mark.problem)
            if name.isEmpty { isMisread = true }
            // The key is there, whatever its value was meant to be.
            if !entries.contains(where: { $0.key == name }) {
                entries.append(.init(key: name, position: place, value: YAMLNode(.refused, at: place)))
            }
        }
        for (key, first) in twice {
            let again = entries.first { $0.key == key }?.position ?? first
            problems.add(
                at: again,
                Message("config.duplicate-key-first", ["key": .text(key), "line": .text(String(first.line))]))
        }
        return entries
    }
}

extension YAMLReader {
    /// The key that was meant where YAML reads `zh：水泵` or a wide blank as part of it; nil for other keys.
    private static func keyWithFullWidth(_ key: String) -> (name: String, mark: FullWidth)? {
        guard let mark = FullWidth.first(in: key) else { return nil }
        var name = Array(key.unicodeScalars.prefix { $0 != mark.rawValue })
        if name.isEmpty { return mark == .blank || mark == .leftQuote ? ("", mark) : nil }
        if name.last == ":" { name.removeLast() }
        guard mark == .colon || mark == .blank, name.allSatisfy({ $0.isASCII && $0 != " " }) else {
            return nil
        }
        return (String(String.UnicodeScalarView(name)), mark)
    }
}

/// Why a file could not be parsed.
private enum YAMLFailure: Error {
    /// A section has a key twice; the mark is the first of them.
    case duplicate(key: String, Spot)
    /// The characters are not YAML.
    case syntax(String, Spot)

    init(_ error: YamlError) {
        switch error {
        case .duplicatedKeysInMapping(let duplicates, let context):
            self = .duplicate(key: duplicates.first ?? "", Spot(context.mark))
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let reason = [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
            self = .syntax(reason, Spot(mark))
        case .reader(let problem, _, _, _):
            self = .syntax(problem, .start)
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self = .syntax(String(describing: error), .start)
        }
    }
}

/// A line and a column, both from 1.
private struct Spot {
    static let start = Spot(line: 1, column: 1)

    let line: Int
    let column: Int

    init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

/// The lines of a text, to look up and replace characters by line and column.
private struct Lines {
    private var lines: [[Unicode.Scalar]]

    init(_ text: String) {
        var lines: [[Unicode.Scalar]] = [[]]
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            lines[lines.count - 1].append(scalar)
            if scalar == "\n" || "\u{85}\u{2028}\u{2029}".unicodeScalars.contains(scalar) {
                lines.append([])
            } else if previous == "\r" {
                let moved = lines[lines.count - 1].removeLast()
                lines.append([moved])
            }
            previous = scalar
        }
        self.lines = lines
    }

    var text: String {
        var scalars = String.UnicodeScalarView()
        for line in lines { scalars.append(contentsOf: line) }
        return String(scalars)
    }

    func scalar(at mark: Spot) -> Unicode.Scalar? {
        guard lines.indices.contains(mark.line - 1), lines[mark.line - 1].indices.contains(mark.column - 1)
        else { return nil }
        return lines[mark.line - 1][mark.column - 1]
    }

    /// The same place, or the nearest one inside the file: the parser may point behind the end.
    func clamped(_ mark: Spot) -> Spot {
        let last = lines.last.map { $0.isEmpty && lines.count > 1 ? lines.count - 1 : lines.count } ?? 1
        let line = min(max(1, mark.line), last)
        let width = lines[line - 1].count { $0 != "\n" && $0 != "\r" }
        return Spot(line: line, column: min(max(1, mark.line > last ? width + 1 : mark.column), width + 1))
    }

    /// Replaces the first character of a key; false if the characters there are not the key's.
    mutating func replace(key: String, at mark: Spot, with stand: Unicode.Scalar) -> Bool {
        guard let first = key.unicodeScalars.first, let found = scalar(at: mark) else { return false }
        let isQuoted = found == "\"" || found == "'"
        let place = Spot(line: mark.line, column: mark.column + (isQuoted ? 1 : 0))
        guard scalar(at: place) == first else { return false }
        lines[place.line - 1][place.column - 1] = stand
        return true
    }
}
