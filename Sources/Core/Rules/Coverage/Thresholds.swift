extension RuleDefinition {
    /// Dead-bands of a twohundredth up to a fifth of the first number the condition compares with, in its unit, the
    /// smallest first; none where it compares with no number.
    public var deadbandsWorthATry: [String] {
        guard let syntax = try? Parser.parse(when.text), let (number, unit) = syntax.threshold else {
            return []
        }
        let size = number == 0 ? 1 : number.magnitude
        return [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2].map { share in
            let text = Self.short(size * share)
            return unit.map { "\(text) \($0)" } ?? text
        }
    }

    /// A number with two digits that count.
    private static func short(_ number: Double) -> String {
        var scale = 1.0
        while number * scale < 10 { scale *= 10 }
        while number * scale >= 100 { scale /= 10 }
        let rounded = (number * scale).rounded() / scale
        return rounded == rounded.rounded() ? String(Int64(rounded)) : rounded.description
    }
}

extension Syntax {
    /// The first number that something is compared with by size.
    fileprivate var threshold: (number: Double, unit: String?)? {
        switch kind {
        case .binary(let infix, let left, let right):
            if [.less, .atMost, .greater, .atLeast].contains(infix) {
                for side in [right, left] {
                    if case .number(let number, let unit) = side.kind { return (number, unit) }
                }
            }
            return left.threshold ?? right.threshold
        case .not(let operand): return operand.threshold
        default: return nil
        }
    }
}
