internal import Acquisition
internal import Facility

/// One point of a polled device as its file describes it.
struct ModbusPointEntry: Sendable {
    let register: Located<RegisterAddress>
    let type: Located<RegisterType>?
    let length: Located<Int>?
    let order: Located<OrderName>?
    let half: Located<RegisterHalf>?
    let encoding: Located<TextEncoding>?
    let bit: Located<Int>?
    let bits: Located<ClosedRange<Int>>?
    let scaleFrom: [Located<ScaleSource>]?
    let trueWhen: [Located<Int>]?
    let poll: PollClass
    let meaning: PointMeaningEntry
    let position: SourcePosition
    /// The keys that are there, whatever their values are.
    let given: Set<String>

    /// The same point, read as often as another class of points.
    func polled(_ poll: PollClass) -> ModbusPointEntry {
        ModbusPointEntry(
            register: register, type: type, length: length, order: order, half: half, encoding: encoding,
            bit: bit, bits: bits, scaleFrom: scaleFrom, trueWhen: trueWhen, poll: poll, meaning: meaning,
            position: position, given: given)
    }
}

/// One point of a polled device.
///
/// | Key | Meaning |
/// | --- | --- |
/// | `register` | the first register: `holding:1` from 0, or `"40002"` |
/// | `type` | a `RegisterType` |
/// | `length` | how many registers a `string` (1 to 125) or a `mod10k` (2 to 4) takes |
/// | `order` | a name of `ByteOrder.names`: as many letters as the value has bytes, or four |
/// | `half` | `high` or `low`: the byte of an `int8` or `uint8`, or of each register of a `string` |
/// | `encoding` | of a `string`: `utf8` (default) or `gbk` |
/// | `bit`, `bits` | one bit, or some: `bits: "4-7"`; with a signed type in two's complement |
/// | `true_when` | of `bits`: the raw numbers, 0 to 63, that make a contact of them true: `[2, 3, 4]` |
/// | `scale`, `offset` | `raw * scale + offset` |
/// | `scale_from` | `{exponent: P}`, `{decimals: P}`, `{factor: P}`, `{divisor: P}`: points that say the scale |
/// | `bad` | raw values and ranges that mean "no measurement": `[0x7FFF, "0xFFF8..0xFFFF", -1]` |
/// | `bad_above`, `bad_below` | raw numbers beyond which the sensor is faulty |
/// | `range` | the plausible values after scaling |
/// | `counter` | what is known of a meter: `{maximum_rate: 100/h, width: 32}` or `wraps_at: 1000000` |
/// | `maximum_rate` | the fastest a measurement can move: `5 °C/min` |
/// | `hold` | how long a contact counts as closed after it was seen closed: `5s` |
struct ModbusPointShape: Shape {
    static let title = "modbus-point"
    static let form = Form<ModbusPointEntry>.section(Self.self) { section in
        let register = section(\.register)
        let type = section(\.type)
        let length = section(\.length)
        let order = section(\.order)
        let bit = section(\.bit)
        let bits = section(\.bits)
        let half = section(\.half)
        let encoding = section(\.encoding)
        let scaleFrom = section(\.scaleFrom)
        let trueWhen = section(\.trueWhen)
        let poll = section(\.poll) ?? .normal
        let meaning = meaning(section)
        guard let register else { return nil }
        return ModbusPointEntry(
            register: register, type: type, length: length, order: order, half: half,
            encoding: encoding, bit: bit, bits: bits, scaleFrom: scaleFrom, trueWhen: trueWhen, poll: poll,
            meaning: meaning, position: section.position, given: section.keys)
    }

    let register = Key("register", RegisterReference.form.located, required: true)
    let type = Key("type", Form<RegisterType>.choice("type").located)
    let length = Key("length", Form<Int>.integer(1...125).located)
    let order = Key("order", OrderName.form.located)
    let half = Key("half", Form<RegisterHalf>.choice("half").located)
    let encoding = Key("encoding", Form<TextEncoding>.choice("encoding").located)
    let bit = Key("bit", Form<Int>.integer(0...63).located)
    let bits = Key("bits", BitRange.form.located)
    let trueWhen = Key("true_when", Form.list(of: Form<Int>.integer(0...63).located, count: 1...64))
    let scale = Key("scale", PointForms.scale)
    let offset = Key("offset", Form<Double>.number())
    let scaleFrom = Key("scale_from", ScaleFromShape.form)
    let unit = Key("unit", PointForms.unit)
    let kind = Key("kind", Form<Point.Kind>.choice("kind").located)
    let poll = Key("poll", Form<PollClass>.choice("poll"))
    let range = Key("range", PointForms.range)
    let bad = Key("bad", Form.list(of: Sentinel.form.located, count: 1...64))
    let badAbove = Key("bad_above", Form<Double>.number())
    let badBelow = Key("bad_below", Form<Double>.number())
    let deadband = Key("deadband", DeadbandForm.form)
    let heartbeat = Key("heartbeat", DeadbandForm.heartbeat)
    let states = Key("enum", PointForms.states)
    let labels = Key("labels", PointForms.labels)
    let counter = Key("counter", ConditioningForms.counter)
    let maximumRate = Key("maximum_rate", ConditioningForms.maximumRate)
    let hold = Key("hold", ConditioningForms.hold)
    let label = Key("name", BilingualShape.label)

    private static func meaning(_ section: Section<ModbusPointShape>) -> PointMeaningEntry {
        let states = PointForms.states(
            section(\.states), labels: section(\.labels), labelsAt: section.position(of: \.labels),
            problems: section.problems)
        let numeric = [
            "scale", "offset", "scale_from", "unit", "range", "bad_above", "bad_below", "deadband", "enum",
            "counter", "maximum_rate", "heartbeat",
        ]
        return PointMeaningEntry(
            scale: section(\.scale), offset: section(\.offset), unit: section(\.unit), kind: section(\.kind),
            range: section(\.range), bad: section(\.bad) ?? [], badAbove: section(\.badAbove),
            badBelow: section(\.badBelow), deadband: section(\.deadband), heartbeat: section(\.heartbeat),
            states: states,
            label: section(\.label),
            conditioning: ConditioningEntry(
                counter: section(\.counter), maximumRate: section(\.maximumRate), hold: section(\.hold)),
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
    /// All points of the profile, among them those that say the scale of this one.
    let others: [Named<ModbusPointEntry>]
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
        checkOrder(type, length)
        checkBytes(type)
        checkPlace(length)
        let scaleSources = scaleSources
        checkTrueWhen(type)
        if point.meaning.states != nil, point.scaleFrom != nil {
            problems.add(at: point.meaning.statesPosition, Message("config.states-are-no-numbers"))
        }
        let content = content(type, bits)
        let sentinels = SentinelBits(type: type, width: bits?.count ?? type.width ?? 16 * length).values(
            point.meaning.bad, problems)
        let isWhole = type.coding != .float && scaleSources.isEmpty
        let period = periods.milliseconds(point.poll)
        let meaning = point.meaning.meaning(
            entry.name, content: content,
            resolution: content == .number && isWhole && point.meaning.states == nil
                ? abs(point.meaning.scale ?? 1) : nil,
            expectedMilliseconds: period, problems: problems)
        guard problems.errorCount == before else { return nil }
        return ModbusPoint(
            meaning: meaning, register: point.register.value, length: length, type: type,
            order: point.order?.value.order ?? .abcd, bits: bits, half: point.half?.value,
            encoding: point.encoding?.value ?? .utf8, scaling: point.meaning.scaling(sentinels: sentinels),
            scaleSources: scaleSources,
            trueWhen: Set((point.trueWhen ?? []).map { UInt64($0.value) }), periodMilliseconds: period)
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
                return type.lengths.lowerBound
            }
            if !type.lengths.contains(written.value) {
                problems.add(
                    at: written.position,
                    Message(
                        "config.outside",
                        [
                            "text": .text(String(written.value)),
                            "minimum": .text(String(type.lengths.lowerBound)),
                            "maximum": .text(String(type.lengths.upperBound)),
                        ]))
                return type.lengths.lowerBound
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
        guard let (bits, position) = point.writtenBits else { return nil }
        if let bit = point.bit, point.bits != nil {
            problems.add(at: bit.position, Message("config.bit-and-bits"))
        }
        guard isDivisible(type) else {
            problems.add(at: position, Message("config.bit-of-type", ["type": .text(type.rawValue)]))
            return bits
        }
        let width = type.width ?? 16
        if bits.upperBound >= width {
            let name = type == .bool ? RegisterType.uint16 : type
            problems.add(
                at: position,
                Message(
                    "config.bits-outside",
                    ["type": .text(name.rawValue), "last": .text(String(width - 1))]))
        }
        return bits
    }

    /// Whether single bits of a type mean something: those of bytes and of whole numbers in whole registers.
    private func isDivisible(_ type: RegisterType) -> Bool {
        switch type {
        case .bool, .uint16, .uint32, .uint48, .uint64: true
        case .int16, .int32, .int48, .int64: entry.value.bit == nil
        case .uint8, .int8, .uint24, .int24, .float16, .float32, .float64, .bcd16, .bcd32, .bcd64, .mod10k,
            .unixSeconds, .unixMilliseconds, .iecTime, .bcdTime, .string:
            false
        }
    }

    /// The byte order must have a letter for each byte of the value, or four of them and a meaning.
    private func checkOrder(_ type: RegisterType, _ length: Int) {
        guard let order = entry.value.order else { return }
        let letters = order.value.name.utf8.count
        let isText = type == .string
        let isWordOrder = order.value.order != .abcd && order.value.order != .badc
        let hasWrongLetters = isText ? letters > 4 : letters != 4 && letters != 2 * length
        guard
            entry.value.register.value.area.isBits || type.width == 8 || hasWrongLetters
                || (isWordOrder && (length == 1 || isText))
        else { return }
        problems.add(
            at: order.position,
            Message(
                "config.order-of-type", ["type": .text(type.rawValue), "order": .text(order.value.name)]))
    }

    /// Which byte of a register counts, and how bytes make characters.
    private func checkBytes(_ type: RegisterType) {
        let point = entry.value
        let isByte = type == .uint8 || type == .int8
        if isByte, !point.given.contains("half") {
            problems.add(at: point.position, Message("config.missing", ["key": "half"]))
        }
        if let half = point.half, !isByte, type != .string {
            problems.add(
                at: half.position, Message("config.half-of-type", ["type": .text(type.rawValue)]))
        }
        if let half = point.half, let order = point.order, type == .string {
            problems.add(
                at: half.position, Message("config.half-and-order", ["order": .text(order.value.name)]))
        }
        if let encoding = point.encoding, type != .string {
            problems.add(
                at: encoding.position, Message("config.encoding-of-type", ["type": .text(type.rawValue)]))
        }
    }

    /// The points that say the scale: points of the profile that are numbers with a scale of their own.
    private var scaleSources: [ScaleSource] {
        (entry.value.scaleFrom ?? []).compactMap { source in
            let name = source.value.point
            guard let other = others.first(where: { $0.name == name }) else {
                let names = others.map(\.name).filter { $0 != entry.name }
                problems.add(at: source.position, .unknown("point", name, among: names))
                return nil
            }
            guard name != entry.name, other.value.saysNumber else {
                let key = name == entry.name ? "config.scale-from-itself" : "config.scale-from-no-number"
                problems.add(at: source.position, Message(key, ["point": .text(name)]))
                return nil
            }
            guard other.value.scaleFrom == nil else {
                problems.add(
                    at: source.position, Message("config.scale-from-scaled", ["point": .text(name)]))
                return nil
            }
            return source.value
        }
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
        let torn = limits.blocks.first {
            $0.overlaps(taken) && !($0.contains(taken.lowerBound) && $0.contains(taken.upperBound))
        }
        if let torn {
            problems.add(
                at: register.position,
                Message(
                    "config.register-torn",
                    [
                        "register": .text("\(register.value)"),
                        "first": .text("\(torn.lowerBound)"), "last": .text("\(torn.upperBound)"),
                    ]))
        }
    }

    /// Only several bits, or a whole register, can say a contact in numbers.
    private func checkTrueWhen(_ type: RegisterType) {
        guard let first = entry.value.trueWhen?.first else { return }
        let isContact = type == .bool || entry.value.bit != nil
        guard type.coding != .unsigned || isContact else { return }
        problems.add(
            at: first.position, Message("config.true-when-of-type", ["type": .text(type.rawValue)]))
    }

    private func content(_ type: RegisterType, _ bits: ClosedRange<Int>?) -> PointContent {
        switch type.coding {
        case .characters, .time: .text
        case .unsigned, .signed, .float, .digits:
            type == .bool || entry.value.trueWhen != nil
                || (entry.value.bit != nil && entry.value.meaning.states == nil) ? .flag : .number
        }
    }
}

extension ModbusPointEntry {
    /// The bits that count and where the file says so; the single one wins.
    fileprivate var writtenBits: (ClosedRange<Int>, SourcePosition)? {
        if let bit { return (bit.value...bit.value, bit.position) }
        return bits.map { ($0.value, $0.position) }
    }

    /// Whether the value is a number that can say a scale.
    fileprivate var saysNumber: Bool {
        guard !register.value.area.isBits, bit == nil, meaning.states == nil else { return false }
        switch type?.value.coding {
        case .unsigned, .signed, .float, .digits, nil: return type?.value != .bool
        case .time, .characters: return false
        }
    }
}
