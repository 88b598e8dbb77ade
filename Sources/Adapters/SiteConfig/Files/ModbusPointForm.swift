internal import Acquisition
internal import Facility

/// One point of a polled device as its file describes it.
struct ModbusPointEntry: Sendable {
    let register: Located<RegisterAddress>
    let type: Located<RegisterType>?
    let length: Located<Int>?
    let order: Located<ByteOrder>?
    let bit: Located<Int>?
    let bits: Located<ClosedRange<Int>>?
    let poll: PollClass
    let meaning: PointMeaningEntry
    let position: SourcePosition
    /// The keys that are there, whatever their values are.
    let given: Set<String>
}

struct ModbusPointShape: Shape {
    static let title = "modbus-point"
    static let form = Form<ModbusPointEntry>.section(Self.self) { section in
        let register = section(\.register)
        let type = section(\.type)
        let length = section(\.length)
        let order = section(\.order)
        let bit = section(\.bit)
        let bits = section(\.bits)
        let poll = section(\.poll) ?? .normal
        let meaning = meaning(section)
        guard let register else { return nil }
        return ModbusPointEntry(
            register: register, type: type, length: length, order: order, bit: bit, bits: bits, poll: poll,
            meaning: meaning, position: section.position, given: section.keys)
    }

    let register = Key("register", RegisterReference.form.located, required: true)
    let type = Key("type", Form<RegisterType>.choice("type").located)
    let length = Key("length", Form<Int>.integer(1...125).located)
    let order = Key("order", Form<ByteOrder>.choice("order").located)
    let bit = Key("bit", Form<Int>.integer(0...15).located)
    let bits = Key("bits", BitRange.form.located)
    let scale = Key("scale", PointForms.scale)
    let offset = Key("offset", Form<Double>.number())
    let unit = Key("unit", PointForms.unit)
    let kind = Key("kind", Form<Point.Kind>.choice("kind").located)
    let poll = Key("poll", Form<PollClass>.choice("poll"))
    let range = Key("range", PointForms.range)
    let bad = Key("bad", Form.list(of: Form<Int128>.rawInteger.located, count: 1...64))
    let badAbove = Key("bad_above", Form<Double>.number())
    let badBelow = Key("bad_below", Form<Double>.number())
    let deadband = Key("deadband", PointForms.positive)
    let states = Key("enum", PointForms.states)
    let labels = Key("labels", PointForms.labels)
    let label = Key("name", BilingualShape.label)

    private static func meaning(_ section: Section<ModbusPointShape>) -> PointMeaningEntry {
        let states = PointForms.states(
            section(\.states), labels: section(\.labels), labelsAt: section.position(of: \.labels),
            problems: section.problems)
        let numeric = ["scale", "offset", "unit", "range", "bad_above", "bad_below", "deadband", "enum"]
        return PointMeaningEntry(
            scale: section(\.scale), offset: section(\.offset), unit: section(\.unit), kind: section(\.kind),
            range: section(\.range), bad: section(\.bad) ?? [], badAbove: section(\.badAbove),
            badBelow: section(\.badBelow), deadband: section(\.deadband), states: states,
            label: section(\.label),
            numberPositions: numeric.compactMap { key in section.node[key].map { (key, $0.position) } },
            statesPosition: section.position(of: \.states))
    }
}

/// The bits of a register: `4-7`, least significant 0.
private enum BitRange {
    static let form = Form<ClosedRange<Int>>.notation(
        pattern: "^[0-9]{1,2}-[0-9]{1,2}$", expected: Message("config.form.bits")
    ) { text in
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let low = WholeNumber(String(parts[0])),
            let high = WholeNumber(String(parts[1])),
            let first = Int(exactly: low.signed), let last = Int(exactly: high.signed), first <= last,
            last < 64
        else { return nil }
        return .success(first...last)
    }
}

/// Makes a point out of its entry, checking what its parts say about each other.
struct ModbusPointBuilder {
    let entry: Named<ModbusPointEntry>
    let periods: PollShape.Periods
    let limits: ReadLimitsShape.Limits
    let problems: ProblemList

    /// The point; nil, with problems, if its parts contradict each other.
    var point: ModbusPoint? {
        let point = entry.value
        let before = problems.errorCount
        guard let type = type else { return nil }
        let length = length(type)
        let bits = bits(type)
        checkOrder(type)
        checkPlace(length)
        let content = content(type, bits)
        let sentinels = Sentinels(type: type, width: bits?.count ?? 16 * length).values(
            point.meaning.bad, problems)
        let isWhole = type != .float32 && type != .float64
        let period = periods.milliseconds(point.poll)
        let meaning = point.meaning.meaning(
            entry.name, content: content,
            resolution: content == .number && isWhole && point.meaning.states == nil
                ? abs(point.meaning.scale ?? 1) : nil,
            expectedMilliseconds: period, problems: problems)
        guard problems.errorCount == before else { return nil }
        return ModbusPoint(
            meaning: meaning, register: point.register.value, length: length, type: type,
            order: point.order?.value ?? .abcd, bits: bits,
            scaling: point.meaning.scaling(sentinels: sentinels), periodMilliseconds: period)
    }

    /// How the bits make a value; bits are contacts, parts of a register whole numbers, the rest must say.
    private var type: RegisterType? {
        let point = entry.value
        if point.register.value.area.isBits {
            if let written = point.type, written.value != .bool {
                problems.add(
                    at: written.position,
                    Message("config.bits-are-bool", ["area": .text(point.register.value.area.rawValue)]))
            }
            return .bool
        }
        if let written = point.type {
            if written.value == .bool, point.bit == nil {
                problems.add(at: written.position, Message("config.bool-needs-bit"))
            }
            return written.value
        }
        if point.bit != nil { return .bool }
        if point.bits != nil { return .uint16 }
        if point.given.isDisjoint(with: ["type", "bit", "bits"]) {
            problems.add(at: point.position, Message("config.missing", ["key": "type"]))
        }
        return nil
    }

    private func length(_ type: RegisterType) -> Int {
        let point = entry.value
        guard let fixed = type.registers else {
            guard let written = point.length else {
                if !point.given.contains("length") {
                    problems.add(at: point.position, Message("config.missing", ["key": "length"]))
                }
                return 1
            }
            return written.value
        }
        if let written = point.length {
            problems.add(
                at: written.position, Message("config.length-is-fixed", ["type": .text(type.rawValue)]))
        }
        return fixed
    }

    private func bits(_ type: RegisterType) -> ClosedRange<Int>? {
        let point = entry.value
        guard !point.register.value.area.isBits else {
            for place in [point.bit?.position, point.bits?.position].compactMap({ $0 }) {
                problems.add(at: place, Message("config.bit-of-bit"))
            }
            return nil
        }
        if let bit = point.bit {
            if point.bits != nil { problems.add(at: bit.position, Message("config.bit-and-bits")) }
            if type != .bool, type != .uint16 {
                problems.add(at: bit.position, Message("config.bit-of-type", ["type": .text(type.rawValue)]))
            }
            return bit.value...bit.value
        }
        guard let bits = point.bits else { return nil }
        switch type {
        case .uint16, .uint32, .uint64:
            let width = 16 * (type.registers ?? 1)
            if bits.value.upperBound >= width {
                problems.add(
                    at: bits.position,
                    Message(
                        "config.bits-outside",
                        ["type": .text(type.rawValue), "last": .text(String(width - 1))]))
            }
        case .bool, .int16, .int32, .int64, .float32, .float64, .bcd16, .bcd32, .string:
            problems.add(at: bits.position, Message("config.bit-of-type", ["type": .text(type.rawValue)]))
        }
        return bits.value
    }

    private func checkOrder(_ type: RegisterType) {
        guard let order = entry.value.order else { return }
        let isOneWord = type.registers == 1
        let isWordOrder = order.value == .cdab || order.value == .dcba
        guard entry.value.register.value.area.isBits || (isWordOrder && (isOneWord || type == .string)) else {
            return
        }
        problems.add(at: order.position, Message("config.order-of-type", ["type": .text(type.rawValue)]))
    }

    private func checkPlace(_ length: Int) {
        let register = entry.value.register
        let last = Int(register.value.address) + length - 1
        guard let end = UInt16(exactly: last) else {
            problems.add(
                at: register.position,
                Message(
                    "config.register-end",
                    ["register": .text("\(register.value)"), "last": .text(String(last))]))
            return
        }
        if !register.value.area.isBits, length > limits.registers {
            problems.add(
                at: register.position,
                Message(
                    "config.too-many-registers",
                    ["length": .text(String(length)), "maximum": .text(String(limits.registers))]))
        }
        let taken = register.value...RegisterAddress(register.value.area, end)
        if let forbidden = limits.forbidden.first(where: { $0.overlaps(taken) }) {
            problems.add(
                at: register.position,
                Message(
                    "config.register-forbidden",
                    [
                        "register": .text("\(register.value)"),
                        "first": .text("\(forbidden.lowerBound)"), "last": .text("\(forbidden.upperBound)"),
                    ]))
        }
    }

    private func content(_ type: RegisterType, _ bits: ClosedRange<Int>?) -> PointContent {
        switch type {
        case .bool: .flag
        case .string: .text
        case .uint16, .int16, .uint32, .int32, .uint64, .int64, .float32, .float64, .bcd16, .bcd32:
            entry.value.bit != nil && entry.value.meaning.states == nil ? .flag : .number
        }
    }
}

/// Raw values that mean "no measurement", as the device's own bits.
private struct Sentinels {
    let type: RegisterType
    let width: Int

    func values(_ written: [Located<Int128>], _ problems: ProblemList) -> Set<UInt64> {
        var values: Set<UInt64> = []
        for sentinel in written {
            guard type != .bool, type != .string else {
                problems.add(
                    at: sentinel.position, Message("config.bad-of-type", ["type": .text(type.rawValue)]))
                continue
            }
            guard let bits = bits(sentinel.value) else {
                problems.add(
                    at: sentinel.position,
                    Message(
                        "config.bad-outside",
                        ["value": .text(String(sentinel.value)), "bits": .text(String(width))]))
                continue
            }
            values.insert(bits)
        }
        return values
    }

    private func bits(_ value: Int128) -> UInt64? {
        let span = Int128(1) << Int128(min(width, 64))
        guard value < span, value >= -span / 2 else { return nil }
        return UInt64(truncatingIfNeeded: value >= 0 ? value : value + span)
    }
}
