import Facility

/// Turns the syntax of a rule into steps, checking what its names mean for the points of one asset.
struct Lowering {
    /// A window over samples, to be compared with how often samples come.
    struct Window {
        let offset: Int
        let milliseconds: Int64
        let points: [Point]
    }

    /// How many siblings of an asset are looked at.
    static let mostSiblings = 256

    /// The steps so far.
    private(set) var code: [Instruction] = []
    private(set) var calls: [RuleProgram.Call] = []
    private(set) var conversions: [RuleProgram.Conversion] = []
    private(set) var sets: [Set<Double>] = []
    private(set) var texts: [String] = []
    /// The rungs of the rule's ladder, the least urgent first.
    private(set) var rungs: [Rung] = []
    /// The schedules it asks for.
    private(set) var schedules: [RuleSchedule] = []
    /// What ages of points are compared with.
    private(set) var ageBounds: [AgeBound] = []
    /// The names of the points it reads, in the order they were met, and what they are.
    private(set) var pointNames: [[String]] = []
    private(set) var points: [Point] = []
    /// Windows met so far.
    private(set) var windows: [Window] = []

    private let knownSchedules: [String: RuleSchedule]
    private let coverage: Double
    private let siblingCount: Int
    private let resolve: ([String]) -> Point?
    private var bindings: [String: (index: Int, type: ExpressionType?, syntax: Syntax?)] = [:]
    /// The sibling that names mean the points of; nil for the asset itself.
    private var sibling: Int?
    private var isAmongSiblings = false

    /// A lowering for the points that names resolve to, and the schedules of the site.
    ///
    /// The point `fault` of the second of the asset's siblings is sought as `siblings`, `1`, `fault`.
    init(
        schedules: [String: RuleSchedule] = [:], coverage: Double = 0.8, siblingCount: Int = 0,
        resolve: @escaping ([String]) -> Point?
    ) {
        self.knownSchedules = schedules
        self.coverage = coverage
        self.siblingCount = siblingCount
        self.resolve = resolve
    }

    /// How much room a run of the steps needs on the stack.
    var deepestStack: Int {
        var depth = 0
        var deepest = 0
        for instruction in code {
            switch instruction {
            case .constant, .number, .condition, .isGood, .age, .isText, .inSchedule, .fetch: depth += 1
            case .convert, .isMember, .bit, .call, .not, .negate, .magnitude: break
            case .choose: depth -= 2
            case .keep, .rung, .both, .either, .equal, .notEqual, .less, .atMost, .greater, .atLeast, .add,
                .subtract, .multiply, .divide, .remainder, .smaller, .larger, .otherwise:
                depth -= 1
            }
            deepest = max(deepest, depth)
        }
        return deepest
    }

    // MARK: Whole expressions

    /// Lowers one expression of the rule and keeps its value; what it is of, if it could be said.
    mutating func keep(_ syntax: Syntax, at index: Int) throws(ExpressionProblem) -> ExpressionType {
        let type = try lower(syntax)
        guard type != .text else {
            throw ExpressionProblem(syntax.offset, "rule.text-only-compared")
        }
        code.append(.keep(index))
        return type
    }

    /// Lowers a condition of the rule and keeps its value.
    mutating func keepCondition(_ syntax: Syntax, at index: Int) throws(ExpressionProblem) {
        try lowerCondition(syntax)
        code.append(.keep(index))
    }

    /// Appends the rungs of a ladder, whose conditions are kept already, and keeps whether any is in force.
    ///
    /// The most urgent comes first, because those below follow it.
    mutating func keepLadder(
        _ ladder: [(rung: Rung, raise: Int, clear: Int?)], at index: Int
    ) {
        rungs = ladder.map(\.rung)
        for (level, step) in ladder.enumerated().reversed() {
            code.append(.fetch(step.raise))
            code.append(.fetch(step.clear ?? step.raise))
            if step.clear == nil { code.append(.not) }
            code.append(.rung(level))
            if level < ladder.count - 1 { code.append(.either) }
        }
        code.append(.keep(index))
    }

    /// Gives a kept value a name; nothing is said about names whose expression is wrong already.
    mutating func bind(_ name: String, to index: Int, _ type: ExpressionType?, _ syntax: Syntax? = nil) {
        bindings[name] = (index, type, syntax)
    }

    /// Whether a name is bound already.
    func isBound(_ name: String) -> Bool { bindings[name] != nil }

    /// Whether a bare name is a point of the asset.
    func hasPoint(_ name: String) -> Bool { resolve([name]) != nil }

    // MARK: Parts

    /// Lowers any part; the value is left on the stack.
    mutating func lower(_ syntax: Syntax) throws(ExpressionProblem) -> ExpressionType {
        switch syntax.kind {
        case .number(let number, let symbol):
            return try lowerNumber(number, symbol, at: syntax.offset)
        case .truth(let flag):
            code.append(.constant(flag ? 1 : 0))
            return .truth
        case .text: throw ExpressionProblem(syntax.offset, "rule.text-only-compared")
        case .state(let state):
            throw ExpressionProblem(syntax.offset, "rule.state-without-point", ["state": .text(state)])
        case .name(let path): return try lowerName(path, at: syntax.offset)
        case .call(let name, let arguments):
            return try lowerCall(name, arguments, at: syntax.offset)
        case .labelled(let label, _):
            throw ExpressionProblem(
                syntax.offset, "rule.unknown-argument", ["name": .text(label), "usage": .text("f(x)")])
        case .not(let operand):
            try lowerCondition(operand)
            code.append(.not)
            return .truth
        case .negative(let operand): return try lowerNegative(operand)
        case .binary(let infix, let left, let right):
            return try lowerBinary(infix, left, right, at: syntax.offset)
        case .membership(let operand, let elements): return try lowerMembership(operand, elements)
        case .choice(let condition, let yes, let no):
            try lowerCondition(condition)
            let type = try lowerPair(yes, no, at: syntax.offset)
            code.append(.choose)
            return type
        }
    }

    /// Lowers a part that has to be a condition.
    mutating func lowerCondition(_ syntax: Syntax) throws(ExpressionProblem) {
        let type = try lower(syntax)
        guard type.isTruth else {
            throw ExpressionProblem(
                syntax.offset, "rule.needs-condition", ["found": .message(type.message)])
        }
    }

    /// Lowers a part that has to be a quantity.
    mutating func lowerQuantity(_ syntax: Syntax) throws(ExpressionProblem) -> MeasurementUnit? {
        let type = try lower(syntax)
        guard case .number(let unit) = type else {
            throw ExpressionProblem(syntax.offset, "rule.needs-number", ["found": .message(type.message)])
        }
        return unit
    }

    /// Lowers two parts that have to be of one kind, the numbers in one unit.
    mutating func lowerPair(
        _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        if let state = stateName(left), stateName(right) == nil {
            let start = code.count
            let type = try lower(right)
            code.insert(.constant(try self.code(of: state, in: type, at: left.offset)), at: start)
            return type
        }
        let leftStart = code.count
        let leftType = try lower(left)
        if let state = stateName(right) {
            code.append(.constant(try self.code(of: state, in: leftType, at: right.offset)))
            return leftType
        }
        let rightStart = code.count
        let rightType = try lower(right)
        switch (leftType, rightType) {
        case (.number(let leftUnit), .number(let rightUnit)):
            return .number(
                try unify(
                    leftStart, (left, leftUnit), rightStart, (right, rightUnit), at: offset))
        case (.state(let some), .state(let others)) where some == others: return leftType
        case _ where leftType.isTruth && rightType.isTruth: return .truth
        default:
            throw ExpressionProblem(
                offset, "rule.type-mismatch",
                ["left": .message(leftType.message), "right": .message(rightType.message)])
        }
    }

    /// Lowers several quantities, brings them to one unit and combines them two by two.
    mutating func lowerFold(
        _ parts: [Syntax], _ instruction: Instruction
    ) throws(ExpressionProblem) -> ExpressionType {
        guard let first = parts.first else { return .number(nil) }
        let start = code.count
        var unit = try lowerQuantity(first)
        for part in parts.dropFirst() {
            let partStart = code.count
            let partUnit = try lowerQuantity(part)
            unit = try unify(start, (first, unit), partStart, (part, partUnit), at: part.offset)
            code.append(instruction)
        }
        return .number(unit)
    }

    /// Appends a step.
    mutating func append(_ instruction: Instruction) {
        code.append(instruction)
    }

    /// Appends a pass through a function with a memory.
    mutating func appendCall(
        _ function: any RuleFunction.Type, span: Int64 = 0, wrap: Double? = nil, isCounter: Bool = false,
        isProgress: Bool = false
    ) {
        code.append(.call(calls.count))
        calls.append(
            .init(
                function: function, slot: calls.count, span: span, coverage: coverage, wrap: wrap,
                isCounter: isCounter, isProgress: isProgress || function.memory == .progress))
    }

    /// Notes that the value of some parts is watched over a span.
    mutating func noteWindow(_ milliseconds: Int64, over syntax: Syntax, at offset: Int) {
        let read = syntax.names.compactMap {
            bindings[$0.joined(separator: ".")] == nil ? resolve(placed($0)) : nil
        }
        windows.append(Window(offset: offset, milliseconds: milliseconds, points: read))
    }

    /// The index of a point that a function asks for by name.
    mutating func point(_ syntax: Syntax, usage: String) throws(ExpressionProblem) -> Int {
        guard case .name(let path) = syntax.kind, !(path.count == 1 && isBound(path[0])) else {
            throw ExpressionProblem(syntax.offset, "rule.needs-point", ["usage": .text(usage)])
        }
        return try index(of: path, at: syntax.offset)
    }

    /// Appends the question whether the moment is in a schedule that is asked for by name.
    mutating func appendSchedule(_ syntax: Syntax, usage: String) throws(ExpressionProblem) {
        guard case .name(let path) = syntax.kind, path.count == 1 else {
            throw ExpressionProblem(syntax.offset, "rule.needs-schedule", ["usage": .text(usage)])
        }
        guard let schedule = knownSchedules[path[0]] else {
            let known = knownSchedules.keys.sorted()
            throw ExpressionProblem(
                syntax.offset, known.isEmpty ? "rule.no-schedules" : "rule.unknown-schedule",
                ["name": .text(path[0]), "known": .text(known.joined(separator: ", "))])
        }
        code.append(.inSchedule(schedules.count))
        schedules.append(schedule)
    }

    /// A span that a function asks for, milliseconds. `m` is minutes here.
    func milliseconds(_ syntax: Syntax) throws(ExpressionProblem) -> Int64 {
        let seconds = MeasurementUnit("s", .time)
        guard case .number(let number, let symbol?) = syntax.kind,
            let unit = MeasurementUnit(symbol: symbol == "m" ? "min" : symbol),
            let span = unit.convert(number, to: seconds), span > 0, span <= 31 * 86_400
        else { throw ExpressionProblem(syntax.offset, "rule.needs-duration") }
        return Int64((span * 1000).rounded())
    }
}

// MARK: - Names and numbers

extension Lowering {
    private mutating func lowerNumber(
        _ number: Double, _ symbol: String?, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        code.append(.constant(number))
        guard let symbol else { return .number(nil) }
        guard let unit = MeasurementUnit(symbol: symbol) else {
            throw ExpressionProblem(offset, Message.unknownUnit(symbol))
        }
        return .number(unit)
    }

    private mutating func lowerName(
        _ path: [String], at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        if path.count == 1, let bound = bindings[path[0]] {
            guard let type = bound.type else { throw ExpressionProblem(offset, nil) }
            // What a name stands for is something else for each sibling.
            if sibling != nil, let syntax = bound.syntax {
                do throws(ExpressionProblem) { return try lower(syntax) } catch {
                    throw ExpressionProblem(offset, error.message)
                }
            }
            code.append(.fetch(bound.index))
            return type
        }
        let index = try index(of: path, at: offset)
        let type = ExpressionType(of: points[index])
        switch type {
        case .truth: code.append(.condition(index))
        case .number, .state: code.append(.number(index))
        case .text: break
        }
        return type
    }

    private mutating func index(of path: [String], at offset: Int) throws(ExpressionProblem) -> Int {
        let sought = placed(path)
        if let known = pointNames.firstIndex(of: sought) { return known }
        guard let point = resolve(sought) else {
            if path == ["unknown"] { throw ExpressionProblem(offset, "rule.compare-unknown") }
            throw ExpressionProblem(
                offset, UnknownName.message(path, bound: Array(bindings.keys)))
        }
        pointNames.append(sought)
        points.append(point)
        return points.count - 1
    }

    /// The path under which a name is sought: of a sibling where one is looked at.
    private func placed(_ path: [String]) -> [String] {
        guard let sibling, path.count == 1 else { return path }
        return ["siblings", String(sibling), path[0]]
    }

    /// How the values of a point behave; nil if a name is no point.
    func kind(of path: [String]) -> Point.Kind? { resolve(placed(path))?.kind }

    /// Lowers a condition once for each sibling that has the points it names, and combines what it says.
    mutating func lowerSiblings(
        _ condition: Syntax, start: Double, _ instruction: Instruction, at offset: Int
    ) throws(ExpressionProblem) {
        guard !isAmongSiblings else { throw ExpressionProblem(offset, "rule.nested-siblings") }
        guard siblingCount <= Self.mostSiblings else {
            throw ExpressionProblem(
                offset, "rule.too-many-siblings", ["limit": .text(String(Self.mostSiblings))])
        }
        append(.constant(start))
        var lacking: ExpressionProblem?
        var isLowered = false
        for index in 0..<siblingCount {
            var attempt = self
            attempt.sibling = index
            attempt.isAmongSiblings = true
            do throws(ExpressionProblem) {
                try attempt.lowerCondition(condition)
            } catch {
                guard error.message?.key == UnknownName.key else { throw error }
                lacking = lacking ?? error
                continue
            }
            attempt.sibling = nil
            attempt.isAmongSiblings = false
            attempt.append(instruction)
            self = attempt
            isLowered = true
        }
        if isLowered { return }
        if let lacking { throw lacking }
        // With no sibling there is nothing to ask; what is asked must make sense nevertheless.
        var attempt = self
        attempt.isAmongSiblings = true
        try attempt.lowerCondition(condition)
        for path in condition.names where kind(of: path) != nil {
            _ = try index(of: path, at: condition.offset)
        }
    }

    /// The name a part gives to a state, if it can be nothing else.
    private func stateName(_ syntax: Syntax) -> String? {
        switch syntax.kind {
        case .state(let state): state
        case .name(let path) where path.count == 1 && !isBound(path[0]) && resolve(placed(path)) == nil:
            path[0]
        default: nil
        }
    }

    /// The number of a state among the states of what it is compared with.
    private func code(
        of state: String, in type: ExpressionType, at offset: Int
    ) throws(ExpressionProblem) -> Double {
        if state == "unknown" { throw ExpressionProblem(offset, "rule.compare-unknown") }
        guard case .state(let states) = type else {
            throw ExpressionProblem(
                offset, UnknownName.message([state], bound: Array(bindings.keys)))
        }
        guard let found = states.first(where: { $0.name == state }) else {
            let names = states.map(\.name)
            throw ExpressionProblem(
                offset, "rule.unknown-state",
                ["state": .text(state), "states": .text(names.joined(separator: ", "))])
        }
        return Double(found.code)
    }
}

// MARK: - Operators

extension Lowering {
    private mutating func lowerNegative(_ operand: Syntax) throws(ExpressionProblem) -> ExpressionType {
        let start = code.count
        let unit = try lowerQuantity(operand)
        if code.count == start + 1, case .constant(let number) = code[start] {
            code[start] = .constant(-number)
            return .number(unit)
        }
        guard unit?.dimension != .temperature else {
            throw ExpressionProblem(operand.offset, "rule.temperature-arithmetic")
        }
        code.append(.negate)
        return .number(unit)
    }

    private mutating func lowerBinary(
        _ infix: Syntax.Operator, _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        switch infix {
        case .both, .either:
            try lowerCondition(left)
            try lowerCondition(right)
            code.append(infix == .both ? .both : .either)
            return .truth
        case .equal, .notEqual, .less, .atMost, .greater, .atLeast:
            return try lowerComparison(infix, left, right, at: offset)
        case .otherwise:
            let type = try lowerPair(left, right, at: offset)
            code.append(.otherwise)
            return type
        case .plus, .minus: return try lowerSum(infix, left, right, at: offset)
        case .remainder: return try lowerRemainder(left, right, at: offset)
        case .times, .over: return try lowerProduct(infix, left, right, at: offset)
        }
    }

    private mutating func lowerComparison(
        _ infix: Syntax.Operator, _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        if isText(left) || isText(right) {
            try lowerTextComparison(infix, left, right, at: offset)
            return .truth
        }
        let start = code.count
        let type = try lowerPair(left, right, at: offset)
        let needsOrder = infix != .equal && infix != .notEqual
        if needsOrder, case .number = type {
        } else if needsOrder {
            throw ExpressionProblem(offset, "rule.no-order", ["found": .message(type.message)])
        }
        noteAgeBound(of: infix, since: start)
        code.append(Self.comparison(infix))
        return .truth
    }

    /// Notes at which age a comparison with one number turns, if its two sides are an age and a number.
    private mutating func noteAgeBound(of infix: Syntax.Operator, since start: Int) {
        guard infix.isOrder, code.count == start + 2 else { return }
        let place: Int
        let bound: AgeBound?
        switch (code[start], code[start + 1]) {
        case (.age(let point, _), .constant(let seconds)):
            place = start
            bound = AgeBound(
                point: Int(point), seconds: seconds, isPassedAt: infix == .atLeast || infix == .less)
        case (.constant(let seconds), .age(let point, _)):
            place = start + 1
            bound = AgeBound(
                point: Int(point), seconds: seconds, isPassedAt: infix == .atMost || infix == .greater)
        default: return
        }
        guard let bound else { return }
        code[place] = .age(point: Int32(bound.point), bound: Int32(ageBounds.count))
        ageBounds.append(bound)
    }

    private static func comparison(_ infix: Syntax.Operator) -> Instruction {
        switch infix {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .atMost: .atMost
        case .greater: .greater
        case .atLeast: .atLeast
        case .either, .both, .otherwise, .plus, .minus, .times, .over, .remainder:
            preconditionFailure("\(infix) does not compare")
        }
    }

    private func isText(_ syntax: Syntax) -> Bool {
        switch syntax.kind {
        case .text: true
        case .name(let path):
            if path.count == 1, let bound = bindings[path[0]] {
                bound.type == .text
            } else {
                resolve(placed(path)).map(ExpressionType.init(of:)) == .text
            }
        default: false
        }
    }

    private mutating func lowerTextComparison(
        _ infix: Syntax.Operator, _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) {
        let sides: (path: [String], text: String)? =
            switch (left.kind, right.kind) {
            case (.name(let path), .text(let text)), (.text(let text), .name(let path)): (path, text)
            default: nil
            }
        guard let sides, infix == .equal || infix == .notEqual else {
            throw ExpressionProblem(offset, "rule.text-only-compared")
        }
        let point = try index(of: sides.path, at: offset)
        guard ExpressionType(of: points[point]) == .text else {
            throw ExpressionProblem(
                offset, "rule.type-mismatch",
                [
                    "left": .message(ExpressionType(of: points[point]).message),
                    "right": .message(ExpressionType.text.message),
                ])
        }
        code.append(.isText(point: Int32(point), text: Int32(texts.count)))
        texts.append(sides.text)
        if infix == .notEqual { code.append(.not) }
    }

    private mutating func lowerMembership(
        _ operand: Syntax, _ elements: [Syntax]
    ) throws(ExpressionProblem) -> ExpressionType {
        let type = try lower(operand)
        var members: Set<Double> = []
        for element in elements {
            if let state = stateName(element) {
                members.insert(try code(of: state, in: type, at: element.offset))
                continue
            }
            let start = code.count
            let elementType = try lower(element)
            guard code.count == start + 1, case .constant(let number) = code[start] else {
                throw ExpressionProblem(element.offset, "rule.needs-constant")
            }
            code.removeLast()
            guard case (.number(let unit), .number(let elementUnit)) = (type, elementType) else {
                throw ExpressionProblem(
                    element.offset, "rule.type-mismatch",
                    ["left": .message(type.message), "right": .message(elementType.message)])
            }
            guard let converted = Self.converted(number, elementUnit, to: unit) else {
                throw Self.mismatch(unit, elementUnit, at: element.offset)
            }
            members.insert(converted)
        }
        code.append(.isMember(sets.count))
        sets.append(members)
        return .truth
    }

    private mutating func lowerSum(
        _ infix: Syntax.Operator, _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        let leftStart = code.count
        let leftUnit = try lowerQuantity(left)
        let rightStart = code.count
        let rightUnit = try lowerQuantity(right)
        let instruction: Instruction = infix == .plus ? .add : .subtract
        switch (leftUnit?.dimension, rightUnit?.dimension) {
        case (.temperature, .temperature):
            guard infix == .minus else {
                throw ExpressionProblem(offset, "rule.temperature-arithmetic")
            }
            let common = try unify(
                leftStart, (left, leftUnit), rightStart, (right, rightUnit), at: offset)
            code.append(.subtract)
            // The common unit may be either side's; a difference in °F is 5/9 of one in K.
            if let common, common.factor != 1 { appendConversion(factor: common.factor, offset: 0) }
            return .number(MeasurementUnit(symbol: "K"))
        case (.temperature, .temperatureDifference):
            if let leftUnit, leftUnit.factor != 1 {
                appendConversion(factor: 1 / leftUnit.factor, offset: 0)
            }
            code.append(instruction)
            return .number(leftUnit)
        default:
            let unit = try unify(
                leftStart, (left, leftUnit), rightStart, (right, rightUnit), at: offset)
            code.append(instruction)
            return .number(unit)
        }
    }

    private mutating func lowerRemainder(
        _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        let leftStart = code.count
        let leftUnit = try lowerQuantity(left)
        let rightStart = code.count
        let rightUnit = try lowerQuantity(right)
        guard leftUnit?.dimension != .temperature, rightUnit?.dimension != .temperature else {
            throw ExpressionProblem(offset, "rule.temperature-arithmetic")
        }
        let unit = try unify(leftStart, (left, leftUnit), rightStart, (right, rightUnit), at: offset)
        code.append(.remainder)
        return .number(unit)
    }

    private func isConstant(_ range: Range<Int>) -> Bool {
        guard range.count == 1, case .constant = code[range.lowerBound] else { return false }
        return true
    }

    private mutating func lowerProduct(
        _ infix: Syntax.Operator, _ left: Syntax, _ right: Syntax, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionType {
        let leftStart = code.count
        let leftUnit = try lowerQuantity(left)
        if infix == .times, leftUnit?.dimension == .ratio, let leftUnit {
            appendConversion(factor: leftUnit.factor, offset: 0)
        }
        let rightStart = code.count
        let rightUnit = try lowerQuantity(right)
        guard leftUnit?.dimension != .temperature, rightUnit?.dimension != .temperature else {
            throw ExpressionProblem(offset, "rule.temperature-arithmetic")
        }
        let isRightPlain = rightUnit == nil || rightUnit?.dimension == .ratio
        if infix == .over, let leftUnit, let rightUnit, leftUnit.dimension == rightUnit.dimension {
            _ = try unify(leftStart, (left, leftUnit), rightStart, (right, rightUnit), at: offset)
            code.append(.divide)
            return .number(nil)
        }
        if isRightPlain, let rightUnit { appendConversion(factor: rightUnit.factor, offset: 0) }
        if infix == .over {
            guard isRightPlain else { throw Self.product(infix, leftUnit, rightUnit, at: offset) }
            code.append(.divide)
            return .number(leftUnit)
        }
        code.append(.multiply)
        if leftUnit == nil || leftUnit?.dimension == .ratio {
            return .number(isRightPlain ? nil : rightUnit)
        }
        guard isRightPlain else { throw Self.product(infix, leftUnit, rightUnit, at: offset) }
        return .number(leftUnit)
    }

    private static func product(
        _ infix: Syntax.Operator, _ left: MeasurementUnit?, _ right: MeasurementUnit?, at offset: Int
    ) -> ExpressionProblem {
        ExpressionProblem(
            offset, "rule.unit-arithmetic",
            [
                "operator": .text(infix.rawValue), "left": .message(ExpressionType.number(left).message),
                "right": .message(ExpressionType.number(right).message),
            ])
    }
}

// MARK: - Units

extension Lowering {
    /// Brings two quantities on the stack to one unit; constants are converted here and now.
    private mutating func unify(
        _ leftStart: Int, _ left: (syntax: Syntax, unit: MeasurementUnit?), _ rightStart: Int,
        _ right: (syntax: Syntax, unit: MeasurementUnit?), at offset: Int
    ) throws(ExpressionProblem) -> MeasurementUnit? {
        guard left.unit != right.unit else { return left.unit }
        guard let leftUnit = left.unit else { throw Self.missingUnit(right.unit, at: left.syntax.offset) }
        guard let rightUnit = right.unit else { throw Self.missingUnit(leftUnit, at: right.syntax.offset) }
        guard leftUnit.dimension == rightUnit.dimension else {
            throw Self.mismatch(leftUnit, rightUnit, at: offset)
        }
        if isConstant(leftStart..<rightStart), !isConstant(rightStart..<code.count),
            case .constant(let number) = code[leftStart],
            let converted = Self.converted(number, leftUnit, to: rightUnit)
        {
            code[leftStart] = .constant(converted)
            return rightUnit
        }
        if isConstant(rightStart..<code.count), case .constant(let number) = code[rightStart],
            let converted = Self.converted(number, rightUnit, to: leftUnit)
        {
            code[rightStart] = .constant(converted)
            return leftUnit
        }
        appendConversion(
            factor: rightUnit.factor / leftUnit.factor,
            offset: (rightUnit.offset - leftUnit.offset) / leftUnit.factor)
        return leftUnit
    }

    mutating func appendConversion(factor: Double, offset: Double) {
        guard factor != 1 || offset != 0 else { return }
        code.append(.convert(conversions.count))
        conversions.append(.init(factor: factor, offset: offset))
    }

    /// A written number in another unit, without the noise of binary fractions in the last digits.
    static func converted(
        _ number: Double, _ unit: MeasurementUnit?, to other: MeasurementUnit?
    ) -> Double? {
        guard unit != other else { return number }
        guard let unit, let other, let converted = unit.convert(number, to: other) else { return nil }
        var scale = 1.0
        while abs(converted) * scale < 1e12, scale < 1e15 { scale *= 10 }
        return (converted * scale).rounded() / scale
    }

    private static func missingUnit(_ unit: MeasurementUnit?, at offset: Int) -> ExpressionProblem {
        ExpressionProblem(offset, "rule.missing-unit", ["unit": .text(unit?.symbol ?? "")])
    }

    static func mismatch(
        _ left: MeasurementUnit?, _ right: MeasurementUnit?, at offset: Int
    ) -> ExpressionProblem {
        guard let left else { return missingUnit(right, at: offset) }
        guard let right else { return missingUnit(left, at: offset) }
        let fitting = MeasurementUnit.all.filter { $0.dimension == left.dimension }.map(\.symbol)
        return ExpressionProblem(
            offset, "rule.unit-mismatch",
            [
                "left": .text(left.symbol), "right": .text(right.symbol),
                "fitting": .text(fitting.joined(separator: ", ")),
            ])
    }
}

/// A name that stands for nothing: told apart from other problems, because another asset may have it.
enum UnknownName {
    /// The key of its message.
    static let key = "rule.unknown-name"

    /// What is said about it until the asset is known.
    static func message(_ path: [String], bound: [String]) -> Message {
        Message(
            key,
            [
                "name": .text(path.joined(separator: ".")),
                "bound": .text(bound.sorted().joined(separator: ",")),
            ])
    }
}
