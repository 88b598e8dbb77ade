import Facility
import Rules

/// The values of one point over time, as a story writes them: `0.40@0s 0.10@60s bad@130s`.
struct RuleTimeline {
    /// One change of value.
    struct Change: Hashable {
        /// How long after the start, milliseconds.
        let atMilliseconds: Int64
        /// What is read from then on; nil for a read that fails.
        let value: Value?
    }

    /// The changes, in order of time.
    let changes: [Change]

    /// Reads the changes of a point; the first one that cannot be understood is told with its place.
    init(_ source: ExpressionText, of point: Point) throws(RuleTimelineError) {
        var changes: [Change] = []
        var column = 0
        for word in source.text.split(separator: " ", omittingEmptySubsequences: false) {
            defer { column += word.unicodeScalars.count + 1 }
            guard !word.isEmpty else { continue }
            let place = SourcePosition(
                file: source.position.file, line: source.position.line,
                column: source.position.column + column)
            let parts = word.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, let at = Self.milliseconds(parts[1]) else {
                throw RuleTimelineError(place, "rule-test.bad-change", String(word))
            }
            guard at >= changes.last?.atMilliseconds ?? 0 else {
                throw RuleTimelineError(place, "rule-test.change-out-of-order", String(word))
            }
            guard parts[0] != "bad" else {
                changes.append(Change(atMilliseconds: at, value: nil))
                continue
            }
            guard let value = Self.value(String(parts[0]), of: point) else {
                throw RuleTimelineError(place, "rule-test.bad-value", String(parts[0]), point)
            }
            changes.append(Change(atMilliseconds: at, value: value))
        }
        self.changes = changes
    }

    /// A span such as `90s`, `500ms`, `5m` or `1h`.
    private static func milliseconds(_ text: Substring) -> Int64? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let factors = ["ms": 1.0, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000]
        guard let number = Double(digits), number.isFinite, number >= 0, number < 1e9,
            let factor = factors[String(text.dropFirst(digits.count))]
        else { return nil }
        return Int64((number * factor).rounded())
    }

    private static func value(_ text: String, of point: Point) -> Value? {
        if let state = point.states.first(where: { $0.name == text }) { return .integer(state.code) }
        switch point.kind {
        case .text: return .text(text)
        case .state:
            if text == "true" || text == "false" { return .flag(text == "true") }
            return Int64(text).map(Value.integer)
        case .gauge, .counter: return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        }
    }
}

/// Why a timeline could not be understood.
struct RuleTimelineError: Error {
    /// What is wrong, with its place.
    let problem: Problem

    init(_ position: SourcePosition, _ key: String, _ text: String, _ point: Point? = nil) {
        var arguments: [String: Message.Argument] = ["text": .text(text)]
        if let point { arguments["point"] = .text(point.name) }
        problem = Problem(at: position, Message(key, arguments))
    }
}
