internal import Acquisition
internal import Facility

/// A queue of events as its file describes it.
struct QueueEntry: Sendable {
    let mode: QueueShape.Mode
    let counter: Located<String>?
    let slots: SlotsShape.Slots
    let firstNumber: Int64
    let wrapsAt: Located<Int64>?
    let code: Located<String>?
    let device: Located<String>?
    let number: Located<String>?
    let start: Located<EventQueue.Start>?
    let fields: [Named<ModbusPointEntry>]
    let states: [Named<QueueStateShape.State>]
    let position: SourcePosition
    let statesPosition: SourcePosition
}

/// A queue of events that a device keeps in its registers.
///
/// | Key | Meaning |
/// | --- | --- |
/// | `mode` | `ring`: every record has a slot until a newer one takes it; `pop`: reading removes the record |
/// | `counter` | the polled point with the newest record's number (`ring`), or how many wait (`pop`) |
/// | `slots` | where the records stand: `{first: "input:16", count: 32, length: 4}` |
/// | `first_number` | of a ring: the number of the record in the first slot; 1 by default |
/// | `wraps_at` | how many numbers there are before they start again; by default what the counter's type holds |
/// | `fields` | what stands in a record: points whose registers are those of the first slot |
/// | `code`, `device`, `number` | which field says what happened, where, and the record's own number |
/// | `states` | contacts that records set and clear: `{fire: {set: [1], clear: [2]}}` |
/// | `start` | of a ring, at the first contact: `now` (default) or `all` that it still holds |
struct QueueShape: Shape {
    enum Mode: String, CaseIterable, Sendable {
        case ring
        case pop
    }

    static let title = "queue"
    static let form = Form<QueueEntry>.section(Self.self) { section in
        let mode = section(\.mode)
        let counter = section(\.counter)
        let slots = section(\.slots)
        let fields = section(\.fields)
        let states = section(\.states) ?? []
        let firstNumber = section(\.firstNumber)
        let wrapsAt = section(\.wrapsAt)
        let code = section(\.code)
        let device = section(\.device)
        let number = section(\.number)
        let start = section(\.start)
        guard let mode, let slots, let fields else { return nil }
        if mode == .pop {
            if firstNumber != nil { section.report(\.firstNumber, Message("config.queue-ring-only")) }
            if start != nil { section.report(\.start, Message("config.queue-ring-only")) }
            if slots.count != 1 { section.report(\.slots, Message("config.queue-one-slot")) }
        }
        return QueueEntry(
            mode: mode, counter: counter, slots: slots, firstNumber: firstNumber ?? 1, wrapsAt: wrapsAt,
            code: code, device: device, number: number, start: start, fields: fields, states: states,
            position: section.position, statesPosition: section.position(of: \.states))
    }

    let mode = Key("mode", Form<Mode>.choice("queue-mode"), required: true)
    let counter = Key("counter", Form<String>.name(.identifier).located, required: true)
    let slots = Key("slots", SlotsShape.form, required: true)
    let firstNumber = Key("first_number", Form<Int64>.integer(0...4_294_967_295))
    let wrapsAt = Key("wraps_at", Form<Int64>.integer(2...4_294_967_296).located)
    let fields = Key("fields", Form.table(.identifier, of: ModbusPointShape.form), required: true)
    let code = Key("code", Form<String>.name(.identifier).located)
    let device = Key("device", Form<String>.name(.identifier).located)
    let number = Key("number", Form<String>.name(.identifier).located)
    let states = Key("states", Form.table(.identifier, of: QueueStateShape.form))
    let start = Key("start", Form<EventQueue.Start>.choice("queue-start").located)
}

/// Where the records of a queue stand.
struct SlotsShape: Shape {
    struct Slots: Sendable {
        let first: RegisterAddress
        let count: Int
        let length: Int
    }

    static let title = "queue-slots"
    static let form = Form<Slots>.section(Self.self) { section in
        let first = section(\.first)
        let count = section(\.count) ?? 1
        let length = section(\.length)
        guard let first, let length else { return nil }
        guard !first.area.isBits else {
            section.report(\.first, Message("config.queue-registers"))
            return nil
        }
        guard Int(first.address) + count * length <= 65_536 else {
            section.report(\.first, Message("config.queue-beyond"))
            return nil
        }
        return Slots(first: first, count: count, length: length)
    }

    let first = Key("first", RegisterReference.form, required: true)
    let count = Key("count", Form<Int>.integer(1...10_000))
    let length = Key("length", Form<Int>.integer(1...125), required: true)
}

/// A contact that records set and clear.
struct QueueStateShape: Shape {
    struct State: Sendable {
        let set: Set<Int64>
        let clear: Set<Int64>
        let devices: Set<Int64>?
        let devicesPosition: SourcePosition
        let hold: Located<Int64>?
        let label: Bilingual?
    }

    static let title = "queue-state"
    static let form = Form<State>.section(Self.self) { section in
        let set = section(\.set)
        let clear = section(\.clear)
        let devices = section(\.devices)
        let hold = section(\.hold)
        let label = section(\.label)
        guard let set, let clear else { return nil }
        for code in clear where set.contains(code) {
            section.report(\.clear, Message("config.queue-set-and-clear", ["code": .text(String(code))]))
        }
        return State(
            set: Set(set), clear: Set(clear), devices: devices.map(Set.init),
            devicesPosition: section.position(of: \.devices), hold: hold, label: label)
    }
    private static let codes = Form.list(of: Form<Int64>.integer(), count: 1...1000)

    let set = Key("set", codes, required: true)
    let clear = Key("clear", codes, required: true)
    let devices = Key("devices", codes)
    let hold = Key("hold", ConditioningForms.hold)
    let label = Key("name", BilingualShape.label)
}

/// Adds a queue and its points to the points of a profile, checking what its parts say about each other.
struct QueueBuilder {
    let entry: QueueEntry
    /// The polled points.
    let points: [ModbusPoint]
    /// Their names as written, those with problems too.
    let names: Set<String>
    let limits: ReadLimitsShape.Limits
    let problems: ProblemList

    /// All points and the queue; nil, with problems, if its parts contradict each other.
    var built: (points: [ModbusPoint], queue: EventQueue)? {
        let before = problems.errorCount
        checkNames()
        checkSlots()
        let fields = entry.fields.compactMap(field)
        let counter = counter
        let places = Dictionary(
            fields.enumerated().map { ($1.meaning.name, points.count + $0) },
            uniquingKeysWith: { first, _ in first })
        let code = place(entry.code, fields, places)
        let device = place(entry.device, fields, places)
        let number = place(entry.number, fields, places)
        if code == nil, entry.code == nil, !entry.states.isEmpty {
            problems.add(at: entry.statesPosition, Message("config.queue-needs-code"))
        }
        for state in entry.states where state.value.devices != nil && entry.device == nil {
            problems.add(at: state.value.devicesPosition, Message("config.queue-needs-device"))
        }
        guard let counter, problems.errorCount == before else { return nil }
        let period = points[counter].periodMilliseconds
        let states = entry.states.map { state($0, every: period) }
        let firstState = points.count + fields.count
        let queue = EventQueue(
            mode: entry.mode == .pop ? .pop : .ring(firstNumber: entry.firstNumber), counter: counter,
            numbers: entry.wrapsAt?.value ?? Self.numbers(points[counter]), first: entry.slots.first,
            count: entry.slots.count, length: entry.slots.length,
            fields: .init(
                points: Array(points.count..<firstState), code: code, device: device, number: number),
            latches: entry.states.enumerated().map { offset, state in
                EventQueue.Latch(
                    point: firstState + offset, set: state.value.set, clear: state.value.clear,
                    devices: state.value.devices)
            }, start: entry.start?.value ?? .now)
        return (points + fields + states, queue)
    }

    private func checkNames() {
        var seen = names
        let added =
            entry.fields.map { ($0.name, $0.position) } + entry.states.map { ($0.name, $0.position) }
        for (name, position) in added where !seen.insert(name).inserted {
            problems.add(at: position, Message("config.queue-name-twice", ["name": .text(name)]))
        }
    }

    private func checkSlots() {
        guard entry.slots.length > limits.registers else { return }
        problems.add(
            at: entry.position,
            Message(
                "config.queue-too-long",
                ["length": .text(String(entry.slots.length)), "limit": .text(String(limits.registers))]))
    }

    /// The polled point that says what is new.
    private var counter: Int? {
        guard let written = entry.counter else { return nil }
        guard let place = points.firstIndex(where: { $0.meaning.name == written.value }) else {
            // A point with problems of its own has said so.
            if !names.contains(written.value) {
                problems.add(
                    at: written.position,
                    .unknown("point", written.value, among: points.map(\.meaning.name)))
            }
            return nil
        }
        let point = points[place]
        let isWhole = point.meaning.resolution == 1 && point.meaning.kind != .counter
        guard isWhole, point.periodMilliseconds != nil else {
            problems.add(
                at: written.position, Message("config.queue-counter", ["name": .text(written.value)]))
            return nil
        }
        return place
    }

    /// How many numbers a counter has before they start again.
    private static func numbers(_ counter: ModbusPoint) -> Int64 {
        let bits = counter.bits?.count ?? min(16 * counter.length, 32)
        return 1 << Int64(bits)
    }

    /// A part of a record: read when one is, and never by itself.
    private func field(_ named: Named<ModbusPointEntry>) -> ModbusPoint? {
        if named.value.given.contains("poll") {
            problems.add(at: named.value.position, Message("config.queue-field-poll"))
        }
        let periods = PollShape.Periods.standard
        let once = Named(
            name: named.name, position: named.position, value: named.value.polled(.once))
        let built = ModbusPointBuilder(
            entry: once, others: entry.fields, periods: periods, limits: limits, problems: problems)
        guard let point = built.point else { return nil }
        let offset = Int(point.register.address) - Int(entry.slots.first.address)
        let isInside =
            point.register.area == entry.slots.first.area && offset >= 0
            && offset + point.length <= entry.slots.length
        guard isInside else {
            problems.add(
                at: named.value.register.position,
                Message("config.queue-field-outside", ["name": .text(named.name)]))
            return nil
        }
        return point
    }

    private func place(
        _ written: Located<String>?, _ fields: [ModbusPoint], _ places: [String: Int]
    ) -> Int? {
        guard let written else { return nil }
        guard let place = places[written.value] else {
            if !entry.fields.contains(where: { $0.name == written.value }) {
                problems.add(
                    at: written.position, .unknown("point", written.value, among: entry.fields.map(\.name)))
            }
            return nil
        }
        let meaning = fields[place - points.count].meaning
        guard meaning.resolution == 1 || !meaning.states.isEmpty else {
            problems.add(
                at: written.position, Message("config.queue-whole", ["name": .text(written.value)]))
            return nil
        }
        return place
    }

    private func state(_ named: Named<QueueStateShape.State>, every period: Int64?) -> ModbusPoint {
        let label = named.value.label ?? Bilingual(zh: named.name, en: named.name)
        return ModbusPoint(
            meaning: PointMeaning(
                name: named.name, label: label, kind: .state, expectedMilliseconds: period,
                conditioning: named.value.hold.map { .held(milliseconds: $0.value) }),
            register: entry.slots.first, length: 1, type: .bool, bits: 0...0, periodMilliseconds: period)
    }
}
