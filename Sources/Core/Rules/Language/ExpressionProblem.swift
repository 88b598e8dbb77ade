import Facility

/// Something wrong in an expression: where in its text, and what.
struct ExpressionProblem: Error, Hashable {
    /// How many characters stand before the place.
    let offset: Int
    /// What, and what to do; nil for what only follows from a problem that is reported elsewhere.
    let message: Message?

    /// Describes a problem.
    init(_ offset: Int, _ message: Message?) {
        self.offset = offset
        self.message = message
    }

    /// Describes a problem by the key of its message.
    init(_ offset: Int, _ key: String, _ arguments: [String: Message.Argument] = [:]) {
        self.init(offset, Message(key, arguments))
    }
}

extension ExpressionText {
    /// The place in the file of a character of the expression.
    func position(offset: Int) -> SourcePosition {
        let before = text.unicodeScalars.prefix(offset)
        let breaks = before.count { $0 == "\n" }
        guard breaks > 0 else {
            return SourcePosition(
                file: position.file, line: position.line, column: position.column + before.count)
        }
        let sinceBreak = before.reversed().prefix { $0 != "\n" }.count
        return SourcePosition(file: position.file, line: position.line + breaks, column: sinceBreak + 1)
    }
}

/// The name of a list that is most like a word, if one is like enough to be what was meant.
func nearestName(to word: String, in names: some Sequence<String>) -> String? {
    let wanted = Array(word.unicodeScalars)
    let limit = max(1, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for name in names {
        let scalars = Array(name.unicodeScalars)
        // So many characters at least have to be added or removed.
        guard abs(scalars.count - wanted.count) <= limit else { continue }
        let distance = editDistance(wanted, scalars)
        guard distance <= limit, (best.map { (distance, name) < ($0.distance, $0.name) } ?? true) else {
            continue
        }
        best = (name, distance)
    }
    return best?.name
}

/// How many characters have to be added, removed or replaced to make one text of another.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var previous = Array(0...right.count)
    for (row, scalar) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            let replaced = previous[column] + (scalar == other ? 0 : 1)
            current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}
