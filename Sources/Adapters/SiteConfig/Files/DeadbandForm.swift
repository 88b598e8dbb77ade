internal import Facility

/// What keeps a history small: how far a value must move, and how long it may stand, until it is stored again.
enum DeadbandForm {
    enum Band: Sendable {
        /// In the point's unit.
        case number(Double)
        /// Of the span of plausible values.
        case share(Double)
    }

    /// `0.5`, or `"1 %"` of the range.
    static let form = Form<Band>(schema: .either([PointForms.positive.schema, percent.schema])) {
        node, problems in
        if case .scalar(let text, _) = node.content, text.hasSuffix("%") {
            return percent.read(node, problems)
        }
        return PointForms.positive.read(node, problems).map(Band.number)
    }.located

    static let heartbeat = Form<Int64>.duration(1000...7 * 86_400_000).located

    private static let percent = Form<Band>.notation(
        pattern: "^[0-9]+([.][0-9]+)? ?%$", expected: Message("config.form.deadband")
    ) { text in
        let digits = text.dropLast().reversed().drop { $0 == " " }.reversed()
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), digits.first != ".",
            digits.last != ".", let number = Double(String(digits)), number <= 100
        else { return nil }
        return .success(.share(number / 100))
    }
}
