import Yams

/// A YAML value that knows its file and place, and refuses what it was not asked for.
struct YAMLDocument {
    private let node: Node
    let file: String

    private init(node: Node, file: String) {
        self.node = node
        self.file = file
    }

    /// Reads a whole file; the text is given so that tests need no file.
    init(text: String, file: String) throws(FileProblem) {
        do {
            guard let root = try Yams.compose(yaml: text) else {
                throw FileProblem(file: file, line: 1, column: 1, message: "the file is empty")
            }
            self.init(node: root, file: file)
        } catch let problem as FileProblem {
            throw problem
        } catch let error as YamlError {
            throw Self.problem(error, file: file)
        } catch {
            throw FileProblem(file: file, line: 1, column: 1, message: "\(error)")
        }
    }

    private static func problem(_ error: YamlError, file: String) -> FileProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            FileProblem(file: file, line: mark.line, column: mark.column, message: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            FileProblem(
                file: file, line: context.mark.line, column: context.mark.column,
                message: "the same key twice: \(duplicates.map { "\($0)" }.joined(separator: ", "))")
        default:
            FileProblem(file: file, line: 1, column: 1, message: "\(error)")
        }
    }

    func problem(_ message: String) -> FileProblem {
        FileProblem(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message: message)
    }

    // MARK: - Mappings and lists

    /// The members of a mapping, none but the known ones.
    func members(known: [String]) throws(FileProblem) -> [String: YAMLDocument] {
        var found: [String: YAMLDocument] = [:]
        for (key, value) in try entries() {
            let name = try key.text()
            guard known.contains(name) else {
                throw key.problem("unknown key '\(name)'; known are \(known.joined(separator: ", "))")
            }
            found[name] = value
        }
        return found
    }

    /// The members of a mapping with free names, in the order of the file.
    func entries() throws(FileProblem) -> [(YAMLDocument, YAMLDocument)] {
        guard case .mapping(let mapping) = node else { throw problem("a mapping is expected here") }
        return mapping.map {
            (YAMLDocument(node: $0.key, file: file), YAMLDocument(node: $0.value, file: file))
        }
    }

    func list() throws(FileProblem) -> [YAMLDocument] {
        guard case .sequence(let sequence) = node else { throw problem("a list is expected here") }
        return sequence.map { YAMLDocument(node: $0, file: file) }
    }

    // MARK: - Single values

    func text() throws(FileProblem) -> String {
        guard case .scalar(let scalar) = node else { throw problem("a single value is expected here") }
        return scalar.string
    }

    func whole(in range: ClosedRange<Int>) throws(FileProblem) -> Int {
        let written = try text()
        guard let number = Int(written), range.contains(number) else {
            throw problem(
                "'\(written)' is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A duration with its unit: 200ms, 12s, 5m, 1h.
    func seconds() throws(FileProblem) -> Double {
        let written = try text()
        for (suffix, factor) in [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
        where written.hasSuffix(suffix) {
            if let number = Double(written.dropLast(suffix.count)), number >= 0 { return number * factor }
            break
        }
        throw problem("'\(written)' is not a duration such as 200ms, 12s, 5m or 1h")
    }

    /// A time of day such as "08:00", as seconds since midnight.
    func secondOfDay() throws(FileProblem) -> Double {
        let written = try text()
        let parts = written.split(separator: ":").map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0..<24).contains(hour),
            (0..<60).contains(minute)
        else { throw problem("'\(written)' is not a time of day such as \"08:00\"") }
        return Double(hour * 3600 + minute * 60)
    }

    /// One of a few words.
    func choice<Word: RawRepresentable & CaseIterable>(
        _ type: Word.Type
    ) throws(FileProblem) -> Word where Word.RawValue == String {
        let written = try text()
        guard let word = Word(rawValue: written) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("'\(written)' is not one of \(known)")
        }
        return word
    }
}

extension [String: YAMLDocument] {
    /// A member that must be there.
    func required(_ key: String, in owner: YAMLDocument) throws(FileProblem) -> YAMLDocument {
        guard let value = self[key] else { throw owner.problem("'\(key)' is missing") }
        return value
    }
}

/// A name in both languages of the project.
struct BilingualName: Equatable {
    let zh: String
    let en: String

    init(_ document: YAMLDocument) throws(FileProblem) {
        let members = try document.members(known: ["zh", "en"])
        zh = try members.required("zh", in: document).text()
        en = try members.required("en", in: document).text()
    }
}
