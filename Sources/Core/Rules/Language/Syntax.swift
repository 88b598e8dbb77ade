/// An expression as it is written, before anybody knows what its names mean.
struct Syntax: Hashable {
    /// What a part of an expression can be.
    indirect enum Kind: Hashable {
        /// `0.20 MPa`
        case number(Double, unit: String?)
        /// `true`
        case truth(Bool)
        /// `'E21'`
        case text(String)
        /// `running`, `M1.voltage_a`, `parent.level`
        case name([String])
        /// `enum(auto)`
        case state(String)
        /// `held(running, 20s)`
        case call(String, [Syntax])
        /// `learn: 7d`, among what a function is given
        case labelled(String, Syntax)
        /// `!running`
        case not(Syntax)
        /// `-speed`
        case negative(Syntax)
        /// `a < b`
        case binary(Operator, Syntax, Syntax)
        /// `mode in {auto, manual}`
        case membership(Syntax, [Syntax])
        /// `running ? 10 A : 1 A`
        case choice(Syntax, Syntax, Syntax)
    }

    /// The operators between two operands.
    enum Operator: String, Hashable, CaseIterable {
        case either = "||"
        case both = "&&"
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
        case otherwise = "??"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        case remainder = "%"
    }

    /// What it is.
    let kind: Kind
    /// How many characters stand before it.
    let offset: Int

    /// Every name in it, in the order of the text.
    var names: [[String]] {
        switch kind {
        case .name(let path): [path]
        case .number, .truth, .text, .state: []
        case .call(let name, let arguments):
            (name.hasPrefix("siblings.") ? [["siblings"]] : []) + arguments.flatMap(\.names)
        case .not(let operand), .negative(let operand), .labelled(_, let operand): operand.names
        case .binary(_, let left, let right): left.names + right.names
        case .membership(let operand, let elements): operand.names + elements.flatMap(\.names)
        case .choice(let condition, let yes, let no): condition.names + yes.names + no.names
        }
    }
}
