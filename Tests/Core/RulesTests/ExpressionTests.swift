import Facility
import Testing

@testable import Rules

@Suite struct ExpressionTests {
    let bench = RuleBench()

    @Test(arguments: [
        ("a || b && c", "(a || (b && c))"),
        ("a && b || c", "((a && b) || c)"),
        ("!a && b", "(!a && b)"),
        ("!a == b", "(!a == b)"),
        ("a == b && c != d", "((a == b) && (c != d))"),
        ("a < b || c >= d", "((a < b) || (c >= d))"),
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b / c", "((a / b) / c)"),
        ("a + b < c * d", "((a + b) < (c * d))"),
        ("a ?? b > c", "((a ?? b) > c)"),
        ("a ?? b + c", "(a ?? (b + c))"),
        ("a ?? b ?? c", "(a ?? (b ?? c))"),
        ("-a * b", "(-a * b)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a || b ? c : d", "((a || b) ? c : d)"),
        ("a in {x, y} && b", "((a in {x, y}) && b)"),
        ("(a || b) && c", "((a || b) && c)"),
        ("held(a && b, 20s) || c", "(held((a && b), 20.0s) || c)"),
        ("M1.voltage > 5 V", "(M1.voltage > 5.0V)"),
        ("`pump-set-1`.level < 2m", "(pump-set-1.level < 2.0m)"),
        ("x > 5 m/s", "(x > 5.0m/s)"),
        ("x > 5 m/speed", "(x > (5.0m / speed))"),
        ("x > 5 m³/h", "(x > 5.0m³/h)"),
        ("x > -2.5e3 kPa", "(x > -2500.0kPa)"),
        ("mode == enum(auto)", "(mode == enum(auto))"),
    ])
    func `operators bind as documented`(written: String, meant: String) throws {
        #expect(shown(try Parser.parse(written)) == meant)
    }

    @Test(arguments: [
        ("a < b < c", "rule.chained-comparison@6"),
        ("a == b == c", "rule.chained-comparison@7"),
        ("a <", "rule.expected@3"),
        ("", "rule.expected@0"),
        ("(a", "rule.expected@2"),
        ("a b", "rule.unexpected@2"),
        ("running and a", "rule.use-symbol@8"),
        ("not a", "rule.use-symbol@0"),
        ("a & b", "rule.use-symbol@2"),
        ("a = b", "rule.use-symbol@2"),
        ("pressure > 5 barr", "rule.unknown-unit-suggestion@13"),
        ("pressure > 5 furlong", "rule.unknown-unit@13"),
        ("serial == 'E21", "rule.unfinished-text@10"),
        ("a # b", "rule.unexpected-character@2"),
        ("runing", "rule.unknown-name-suggestion@0"),
        ("a && pressuer > 2 kPa", "rule.unknown-name-suggestion@5"),
        ("M9.level > 2 m", "rule.unknown-name@0"),
        ("parent.levl > 2 m", "rule.unknown-name-suggestion@0"),
        ("heldd(a, 20s)", "rule.unknown-function@0"),
        ("held(a)", "rule.argument-count@0"),
        ("held(a, b)", "rule.needs-duration@8"),
        ("held(a, 5 A)", "rule.needs-duration@8"),
        ("pressure", "rule.needs-condition@0"),
        ("running && pressure", "rule.needs-condition@11"),
        ("!pressure", "rule.needs-condition@1"),
        ("abs(running) > 1", "rule.needs-number@4"),
        ("pressure < 0.2", "rule.missing-unit@11"),
        ("pressure < 5 A", "rule.unit-mismatch@9"),
        ("pressure < temperature", "rule.unit-mismatch@9"),
        ("starts > 5 A", "rule.missing-unit@0"),
        ("mode == 1", "rule.type-mismatch@5"),
        ("mode == outo", "rule.unknown-state@8"),
        ("mode < auto", "rule.no-order@5"),
        ("mode == unknown", "rule.compare-unknown@8"),
        ("pressure == unknown", "rule.compare-unknown@12"),
        ("serial < 'a'", "rule.text-only-compared@7"),
        ("serial && a", "rule.needs-condition@0"),
        ("'a' == 'b'", "rule.text-only-compared@4"),
        ("pressure == 'a'", "rule.type-mismatch@9"),
        ("mode in {auto, running}", "rule.needs-constant@15"),
        ("mode in {auto, 5}", "rule.type-mismatch@15"),
        ("pressure in {5 A}", "rule.unit-mismatch@13"),
        ("temperature + temperature > 5 °C", "rule.temperature-arithmetic@12"),
        ("temperature * 2 > 50 °C", "rule.temperature-arithmetic@12"),
        ("2 * temperature > 50 °C", "rule.temperature-arithmetic@2"),
        ("temperature / 2 > 50 °C", "rule.temperature-arithmetic@12"),
        ("pressure * current > 5 A", "rule.unit-arithmetic@9"),
        ("good(pressure + current)", "rule.needs-point@14"),
        ("true", "rule.no-point@0"),
    ])
    func `what is wrong is told at its place`(written: String, complaint: String) {
        #expect(bench.complaints(written) == [complaint])
        #expect(bench.compile(written).instance == nil)
    }

    @Test(arguments: [
        ("pressure < 0.20 MPa", 199.9, Truth.yes),
        ("pressure < 0.20 MPa", 200.0, .no),
        ("pressure <= 0.20 MPa", 200.0, .yes),
        ("0.20 MPa > pressure", 199.9, .yes),
        ("0.20 MPa > pressure", 200.0, .no),
        ("pressure >= 2 bar", 200.0, .yes),
        ("pressure + 50 kPa > 0.25 MPa", 200.0, .no),
        ("pressure + 50 kPa > 0.25 MPa", 200.1, .yes),
        ("0.05 MPa + pressure > 0.25 MPa", 200.1, .yes),
        ("pressure / 0.1 MPa == 2", 200.0, .yes),
        ("pressure * 2 == 0.4 MPa", 200.0, .yes),
        ("50 % * pressure == 100 kPa", 200.0, .yes),
        ("pressure / 50 % == 400 kPa", 200.0, .yes),
        ("between(pressure, 0.1 MPa, 2 bar)", 200.0, .yes),
        ("between(pressure, 0.1 MPa, 2 bar)", 200.5, .no),
        ("pressure in {1 bar, 0.2 MPa}", 200.0, .yes),
        ("max(pressure, 0.3 MPa) == 300 kPa", 200.0, .yes),
        ("min(pressure, 0.3 MPa, 1 bar) == 100 kPa", 200.0, .yes),
        ("abs(pressure - 0.3 MPa) == 100 kPa", 200.0, .yes),
        ("-pressure < -0.1 MPa", 200.0, .yes),
    ])
    func `units are converted to the point's own`(written: String, kilopascals: Double, truth: Truth) {
        #expect(bench.ask(written, ["pressure": .number(kilopascals)]) == truth)
    }

    @Test func `temperatures are compared over their scales and subtracted to differences`() {
        #expect(bench.ask("outside > 0 °C", ["outside": .number(32.1)]) == .yes)
        #expect(bench.ask("outside > 0 °C", ["outside": .number(31.9)]) == .no)
        #expect(bench.ask("temperature > 50 °F", ["temperature": .number(10.1)]) == .yes)
        // 10 °F are -12.2 °C: the two written ones are 32.2 K apart, in whichever order.
        #expect(bench.ask("running && 20 °C - 10 °F > 32 K", ["running": .flag(true)]) == .yes)
        #expect(bench.ask("running && 20 °C - 10 °F < 33 K", ["running": .flag(true)]) == .yes)
        #expect(bench.ask("running && 10 °F - 20 °C < -32 K", ["running": .flag(true)]) == .yes)
        #expect(bench.ask("running && 10 °F - 20 °C > -33 K", ["running": .flag(true)]) == .yes)
        let pair: [String: Value?] = ["temperature": .number(20), "outside": .number(50)]
        #expect(bench.ask("temperature > outside", pair) == .yes)
        #expect(bench.ask("temperature - outside == 10 K", pair) == .yes)
        #expect(bench.ask("outside - temperature == -10 K", pair) == .yes)
        #expect(bench.ask("temperature - 5 K == 15 °C", pair) == .yes)
        #expect(bench.ask("outside + 5 K == 15 °C", pair) == .yes)
    }

    @Test func `states are compared by their names, plain or marked`() {
        let auto: [String: Value?] = ["mode": .integer(1)]
        #expect(bench.ask("mode == auto", auto) == .yes)
        #expect(bench.ask("auto == mode", auto) == .yes)
        #expect(bench.ask("mode != enum(auto)", auto) == .no)
        #expect(bench.ask("mode in {stop, enum(auto)}", auto) == .yes)
        #expect(bench.ask("mode in {stop, manual}", auto) == .no)
        #expect(bench.ask("mode ?? stop == stop", ["mode": nil]) == .yes)
        #expect(bench.ask("(running ? mode : stop) == stop", ["running": .flag(false)]) == .yes)
    }

    @Test func `a point of two states 0 and 1 is a condition too`() {
        #expect(bench.ask("valve && running", ["valve": .integer(1), "running": .flag(true)]) == .yes)
        #expect(bench.ask("valve == auto", ["valve": .flag(true)]) == .yes)
        #expect(bench.complaints("mode && running") == ["rule.needs-condition@0"])
    }

    @Test func `texts are compared and nothing else`() {
        #expect(bench.ask("serial == 'E21'", ["serial": .text("E21")]) == .yes)
        #expect(bench.ask("\"E21\" != serial", ["serial": .text("E22")]) == .yes)
        #expect(bench.ask("serial == 'E21'", ["serial": nil]) == .unknown)
    }

    @Test func `points of other assets are named by path`() {
        #expect(bench.ask("S1.level > 1 m", ["S1.level": .number(1.5)]) == .yes)
        #expect(bench.ask("parent.level > 150 cm", ["S1.level": .number(1.4)]) == .no)
        #expect(bench.ask("P2.running && running", ["P2.running": .flag(false)]) == .no)
    }

    @Test func `what cannot be computed is unknown`() {
        let values: [String: Value?] = ["pressure": .number(5), "starts": .integer(0)]
        #expect(bench.ask("5 / starts > 1", values) == .unknown)
        #expect(bench.ask("starts / starts == 1", values) == .unknown)
        #expect(bench.ask("pressure > 1 kPa", ["pressure": .number(.nan)]) == .unknown)
        #expect(bench.ask("pressure > 1 kPa", ["pressure": .number(.infinity)]) == .unknown)
        #expect(bench.ask("pressure > 1 kPa", ["pressure": nil]) == .unknown)
        #expect(bench.ask("pressure > 1 kPa") == .unknown)
        #expect(bench.ask("pressure ?? 0 kPa > 1 kPa") == .no)
        #expect(bench.ask("good(pressure)") == .no)
        #expect(bench.ask("good(pressure)", values) == .yes)
        #expect(bench.ask("current in {1 A}") == .unknown)
        #expect(bench.ask("min(pressure, 1 kPa) == 1 kPa") == .unknown)
        #expect(bench.ask("(a ? 1 A : 1 A) == 1 A") == .yes)
        #expect(bench.ask("(a ? 1 A : 2 A) == 1 A") == .unknown)
    }

    @Test func `a stale value is unknown, a retained one counts`() {
        let now = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        for (doubt, truth) in [(Doubt.stale, Truth.unknown), (.retained, .yes), (.clockSkew, .yes)] {
            let instance = bench.compile("running").instance
            var table = PointTable(pointCount: bench.site.points.count, startedAt: now)
            _ = table.record(Sample(PointID(0), .flag(true), .uncertain(doubt), at: 0), at: now)
            var slots: [RuleMemory.Slot] = []
            var scratch = RuleScratch()
            #expect(
                instance?.evaluate(table, slots: &slots, scratch: &scratch, at: now).when == truth)
        }
    }

    @Test(arguments: Truth.allCases, Truth.allCases)
    func `conditions combine by Kleene's strong tables`(left: Truth, right: Truth) {
        let values: [String: Value?] = ["a": left.flag.map(Value.flag), "b": right.flag.map(Value.flag)]
        let both: Truth =
            left == .no || right == .no ? .no : left == .yes && right == .yes ? .yes : .unknown
        let either: Truth =
            left == .yes || right == .yes ? .yes : left == .no && right == .no ? .no : .unknown
        let same: Truth = left == .unknown || right == .unknown ? .unknown : left == right ? .yes : .no
        #expect(bench.ask("a && b", values) == both)
        #expect(bench.ask("a || b", values) == either)
        #expect(bench.ask("a == b", values) == same)
        #expect(bench.ask("a != b", values) == !same)
        #expect(
            bench.ask("!a || b && b", values)
                == (left == .no || right == .yes ? .yes : right == .no && left == .yes ? .no : .unknown))
        #expect(bench.ask("a ?? b", values) == (left == .unknown ? right : left))
        #expect(bench.ask("!(a && b)", values) == bench.ask("!a || !b", values))
    }

    @Test func `a name stands for its expression, whatever its kind`() {
        let bindings = [("settled", "running && current > 1 A"), ("drop", "0.3 MPa - pressure")]
        let values: [String: Value?] = [
            "running": .flag(true), "current": .number(2), "pressure": .number(200),
        ]
        #expect(bench.ask("settled && drop >= 1 bar", values, bindings: bindings) == .yes)
        #expect(bench.ask("settled && drop > 1 bar", values, bindings: bindings) == .no)
    }

    @Test(arguments: UInt64(0)..<40)
    func `no text can crash the parser or the checker`(seed: UInt64) {
        var random = SplitMix(seed)
        let words = [
            "a", "b", "pressure", "mode", "auto", "held(", "between(", "min(", "(", ")", "{", "}", ",", "&&",
            "||", "!", "==", "<", ">=", "+", "-", "*", "/", "??", "?", ":", "in", "5", "0.2 MPa", "20s",
            "1e308", "'x'", "\"", "`", ".", "parent", "enum(", "true", "°C", "%", "\n", "压力", "🚱", "unknown",
        ]
        for _ in 0..<250 {
            let count = Int(random.next() % 24)
            let text = (0..<count).map { _ in words[Int(random.next() % UInt64(words.count))] }
                .joined(separator: random.next() % 2 == 0 ? " " : "")
            _ = bench.ask(text, ["a": .flag(true), "pressure": .number(5)])
        }
        let bytes = (0..<400).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        _ = bench.complaints(String(decoding: bytes, as: UTF8.self))
    }

    @Test func `too deep, too long and too large are refused, not tried`() {
        let deep = String(repeating: "(", count: 5000) + "a"
        #expect(bench.complaints(deep).map { $0.prefix { $0 != "@" } } == ["rule.expression-too-long"])
        let nested = String(repeating: "(", count: 200) + "a" + String(repeating: ")", count: 200)
        #expect(bench.complaints(nested) == ["rule.expression-too-deep@32"])
        #expect(bench.complaints(String(repeating: "!", count: 200) + "a") == ["rule.expression-too-deep@31"])
        let large = Array(repeating: "a", count: 600).joined(separator: "||")
        #expect(bench.complaints(large).map { $0.prefix { $0 != "@" } } == ["rule.expression-too-large"])
        let long = Array(repeating: "a", count: 200).joined(separator: "||")
        #expect(bench.ask(long, ["a": .flag(true)]) == .yes)
    }

    private func shown(_ syntax: Syntax) -> String {
        switch syntax.kind {
        case .number(let number, let unit): "\(number)\(unit ?? "")"
        case .truth(let flag): "\(flag)"
        case .text(let text): "'\(text)'"
        case .name(let path): path.joined(separator: ".")
        case .state(let state): "enum(\(state))"
        case .call(let name, let arguments):
            "\(name)(\(arguments.map(shown).joined(separator: ", ")))"
        case .labelled(let label, let value): "\(label): \(shown(value))"
        case .not(let operand): "!\(shown(operand))"
        case .negative(let operand): "-\(shown(operand))"
        case .binary(let infix, let left, let right): "(\(shown(left)) \(infix.rawValue) \(shown(right)))"
        case .membership(let operand, let elements):
            "(\(shown(operand)) in {\(elements.map(shown).joined(separator: ", "))})"
        case .choice(let condition, let yes, let no):
            "(\(shown(condition)) ? \(shown(yes)) : \(shown(no)))"
        }
    }
}

/// Random numbers that are the same for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        // Seeds that follow each other must not give the same numbers one place later.
        state = (seed ^ (seed << 32) ^ 0x5bf0_3635) &* 0xd6e8_feb8_6659_fd93
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
