import Acquisition
import Facility
import Testing

/// A panel with a queue of events on a bus of its own, and a clock that waits for nobody.
///
/// The ring: the newest number in `input:0`, 8 slots of 3 registers from `input:16`: code, device, own number.
/// The popping queue: how many wait in `input:0`, the oldest in `input:16`.
private struct Panel {
    static let (counter, code, device, number, fire, fault) = (0, 1, 2, 3, 4, 5)

    var machine: PollMachine
    let map: ModbusMap
    private(set) var now = Moment(wallMilliseconds: 1_700_000_000_000, uptimeMilliseconds: 0)
    private(set) var samples: [Sample] = []
    private(set) var events: [BusEvent] = []
    private(set) var reads = 0
    /// The events the panel has had, from the first.
    var history: [(code: UInt16, device: UInt16)] = []
    /// How many of them a reader has removed.
    private(set) var popped = 0
    /// The number of the first event.
    var firstNumber = 1
    /// Which reads get no answer, by their number.
    var lost: Set<Int> = []
    /// How many events happen just before a read is answered, by its number.
    var meanwhile: [Int: Int] = [:]
    private let slots = 8

    init(
        pop: Bool = false, ownNumbers: Bool = true, start: EventQueue.Start = .now, hold: Int64? = nil,
        memory: ConditionMemory = .init()
    ) {
        let first = RegisterAddress(.input, 16)
        let points =
            [point(0, .uint16, .input, every: 1000)]
            + (0..<3).map { point(16 + $0, .uint16, .input, every: nil) }
            + ["fire", "fault"].map { name in
                ModbusPoint(
                    meaning: PointMeaning(
                        name: name, label: Bilingual(zh: name, en: name), kind: .state,
                        conditioning: hold.map { .held(milliseconds: $0) }),
                    register: first, length: 1, type: .bool, periodMilliseconds: 1000)
            }
        map = ModbusMap(
            points: points,
            queue: EventQueue(
                mode: pop ? .pop : .ring(firstNumber: 1), counter: Self.counter, first: first,
                count: pop ? 1 : 8, length: 3,
                fields: .init(
                    points: [1, 2, 3], code: Self.code, device: Self.device,
                    number: ownNumbers ? Self.number : nil),
                latches: [
                    .init(point: Self.fire, set: [1], clear: [2, 9]),
                    .init(point: Self.fault, set: [3], clear: [4, 9], devices: [17]),
                ], start: start))
        machine = PollMachine(bus([unit(map)]), conditions: memory, seed: 1, at: now)
    }

    private func registers(_ read: PollMachine.Read) -> [UInt16] {
        guard case .registers(_, let first, let count) = read.question else { return [] }
        return (Int(first)..<Int(first) + count).map { address in
            if address == 0 { return UInt16(truncatingIfNeeded: counterValue) }
            guard address >= 16 else { return 0 }
            let slot = (address - 16) / 3
            let index = isPopping ? popped : newest(in: slot)
            guard history.indices.contains(index) else { return 0 }
            let fields = [
                history[index].code, history[index].device, UInt16(truncatingIfNeeded: firstNumber + index),
            ]
            return fields[(address - 16) % 3]
        }
    }

    private var isPopping: Bool { map.queue?.mode == .pop }

    private var counterValue: Int {
        isPopping ? history.count - popped : firstNumber + history.count - 1
    }

    /// The newest event whose number belongs in a slot.
    private func newest(in slot: Int) -> Int {
        history.indices.last { (firstNumber + $0 - 1) % slots == slot } ?? -1
    }

    mutating func happen(_ code: UInt16, _ device: UInt16 = 0) {
        history.append((code, device))
    }

    /// Lets time pass.
    mutating func run(_ milliseconds: Int64) {
        let end = now.uptimeMilliseconds + milliseconds
        while now.uptimeMilliseconds < end {
            var decision = PollMachine.Decision()
            switch machine.next(at: now.uptimeMilliseconds) {
            case .connect: machine.handleConnection(.connected, at: now, into: &decision)
            case .disconnect, .drain: break
            case .wait(let until): pass(max(1, min(until, end) - now.uptimeMilliseconds))
            case .read(let read): answer(read, into: &decision)
            }
            machine.sweep(at: now, into: &decision)
            samples += decision.samples
            events += decision.events
        }
    }

    private mutating func answer(_ read: PollMachine.Read, into decision: inout PollMachine.Decision) {
        let sent = now
        reads += 1
        for _ in 0..<(meanwhile[reads] ?? 0) { happen(7, UInt16(history.count)) }
        let words = registers(read)
        if isPopping, case .registers(_, 16, _) = read.question, popped < history.count { popped += 1 }
        let isLost = lost.contains(reads)
        pass(isLost ? read.timeoutMilliseconds : 5)
        machine.handle(
            isLost ? .timeout : .answered(payloadAt: 0), of: read,
            reply: words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
            timing: .init(sent: sent, ended: now, microseconds: 5000), into: &decision)
    }

    private mutating func pass(_ milliseconds: Int64) {
        now = Moment(
            wallMilliseconds: now.wallMilliseconds + milliseconds,
            uptimeMilliseconds: now.uptimeMilliseconds + milliseconds)
    }

    /// The values of a point, in the order they were said.
    func values(_ point: Int) -> [Value] {
        samples.filter { $0.point == PointID(point) }.compactMap(\.value)
    }

    /// The devices of the events that were taken.
    var devices: [Int64] { values(Self.device).compactMap { $0.double.map { Int64($0) } } }

    func lastSample(_ point: Int) -> Sample? { samples.last { $0.point == PointID(point) } }
}

@Suite struct RingTests {
    @Test func `everything is presumed normal until an event says otherwise`() {
        var panel = Panel()
        panel.happen(1)
        panel.run(5000)
        #expect(panel.lastSample(Panel.fire)?.value == .flag(false))
        #expect(panel.devices.isEmpty)
        panel.happen(1, 17)
        panel.run(2000)
        #expect(panel.lastSample(Panel.fire)?.value == .flag(true))
        #expect(panel.lastSample(Panel.fault)?.value == .flag(false))
        panel.happen(3, 16)
        panel.happen(3, 17)
        panel.happen(2, 17)
        panel.run(2000)
        #expect(panel.lastSample(Panel.fire)?.value == .flag(false))
        #expect(panel.lastSample(Panel.fault)?.value == .flag(true))
        #expect(panel.devices == [17, 16, 17, 17])
        #expect(panel.events == [.busUp])
    }

    @Test func `every event has a time of its own, also those of one read`() {
        var panel = Panel()
        panel.run(1500)
        for step in 0..<6 { panel.happen(step % 2 == 0 ? 1 : 2) }
        panel.run(2000)
        let times = panel.samples.filter { $0.point == PointID(Panel.fire) }.map(\.wallMilliseconds)
        #expect(times == times.sorted() && Set(times).count == times.count)
        let tail = panel.values(Panel.fire).drop { $0 == .flag(false) }
        #expect(Array(tail.prefix(6)) == (0..<6).map { .flag($0 % 2 == 0) })
    }

    @Test func `what the ring still holds can be taken at the first contact`() {
        var panel = Panel(start: .all)
        for device in 1...20 { panel.happen(7, UInt16(device)) }
        panel.run(3000)
        #expect(panel.devices == Array(13...20))
        var short = Panel(start: .all)
        for device in 1...3 { short.happen(7, UInt16(device)) }
        short.run(3000)
        #expect(short.devices == [1, 2, 3])
    }

    @Test func `numbers that start again lose nothing`() {
        var panel = Panel()
        panel.firstNumber = 65_530
        panel.happen(7)
        panel.run(1500)
        for device in 1...12 {
            panel.happen(7, UInt16(device))
            panel.run(1100)
        }
        #expect(panel.devices == Array(1...12))
        #expect(panel.events == [.busUp])
    }

    @Test(arguments: [true, false])
    func `events that were overwritten are counted, and what they may have changed is doubted`(own: Bool) {
        var panel = Panel(ownNumbers: own)
        panel.run(1500)
        for device in 1...11 { panel.happen(7, UInt16(device)) }
        panel.run(3000)
        #expect(panel.devices == Array(4...11))
        #expect(panel.events.contains(.eventsLost("A1", count: 3, isCertain: true)))
        #expect(panel.lastSample(Panel.fire)?.quality == .uncertain(.stale))
        panel.happen(2)
        panel.run(2000)
        #expect(panel.lastSample(Panel.fire)?.quality == .good)
        #expect(panel.lastSample(Panel.fault)?.quality == .uncertain(.stale))
    }

    @Test(arguments: 2..<14, [true, false])
    func `an answer lost in the middle loses and doubles nothing`(read: Int, own: Bool) {
        var panel = Panel(ownNumbers: own)
        panel.run(600)
        let before = panel.reads
        panel.lost = [before + read]
        for device in 1...7 { panel.happen(7, UInt16(device)) }
        panel.run(4000)
        for device in 8...13 { panel.happen(7, UInt16(device)) }
        panel.run(4000)
        #expect(panel.devices == Array(1...13))
        #expect(!panel.events.contains { if case .eventsLost = $0 { true } else { false } })
    }

    @Test(arguments: [true, false], 1...6)
    func `a ring that is overrun while it is read gives no event for another`(own: Bool, burst: Int) {
        var panel = Panel(ownNumbers: own)
        panel.run(600)
        for device in 0..<7 { panel.happen(7, UInt16(device)) }
        for read in panel.reads + 1...panel.reads + 3 { panel.meanwhile[read] = burst }
        panel.run(6000)
        // Devices are the numbers of the events here: no gap but those that were counted, nothing twice.
        #expect(panel.devices == panel.devices.sorted() && Set(panel.devices).count == panel.devices.count)
        let missing = panel.events.reduce(0) { sum, event in
            if case .eventsLost(_, let count, true) = event { sum + count } else { sum }
        }
        #expect(panel.devices.count + missing == panel.history.count)
    }

    @Test func `a panel that counts from the beginning again is noticed`() {
        var panel = Panel()
        panel.firstNumber = 5000
        panel.happen(7)
        panel.run(1500)
        panel.history = []
        panel.firstNumber = 1
        panel.happen(1, 3)
        panel.run(2000)
        #expect(panel.events.contains(.queueRestarted("A1")))
        #expect(panel.devices == [3])
        #expect(panel.lastSample(Panel.fire)?.value == .flag(true))
    }

    @Test func `after a restart it goes on where it stopped`() {
        var panel = Panel()
        panel.run(1500)
        panel.happen(1, 1)
        panel.run(1500)
        var later = Panel(memory: panel.machine.conditions)
        later.history = panel.history
        later.happen(3, 17)
        later.run(1500)
        #expect(later.devices == [17])
        #expect(later.lastSample(Panel.fire)?.value == .flag(true))
        #expect(later.lastSample(Panel.fault)?.value == .flag(true))
    }

    @Test func `a panel full of news leaves its neighbours their turn`() {
        var panel = Panel(start: .all)
        for device in 1...8 { panel.happen(7, UInt16(device)) }
        let neighbour = unit(ModbusMap(points: [point(0, every: 100)]), id: 2, firstPoint: 100)
        var machine = PollMachine(bus([unit(panel.map), neighbour]), seed: 1, at: panel.now)
        var streak = 0
        var longest = 0
        var now: Int64 = 0
        var counter: UInt16 = 0
        while now < 10_000 {
            var decision = PollMachine.Decision()
            let moment = Moment(wallMilliseconds: now, uptimeMilliseconds: now)
            switch machine.next(at: now) {
            case .connect: machine.handleConnection(.connected, at: moment, into: &decision)
            case .disconnect, .drain: break
            case .wait(let until): now = max(now + 1, until)
            case .read(let read):
                streak = read.unit == 1 ? streak + 1 : 0
                longest = max(longest, streak)
                counter &+= 3
                var words = [UInt16](repeating: 0, count: read.question.registers)
                if words.count == 1 { words[0] = counter }
                now += 5
                machine.handle(
                    .answered(payloadAt: 0), of: read,
                    reply: words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
                    timing: .init(
                        sent: moment, ended: Moment(wallMilliseconds: now, uptimeMilliseconds: now),
                        microseconds: 5000), into: &decision)
            }
        }
        #expect(longest <= 10)
    }

    @Test func `a pulse in the queue lasts for the time it is held`() {
        var panel = Panel(hold: 3000)
        panel.run(600)
        panel.happen(1)
        panel.happen(2)
        panel.run(1500)
        #expect(panel.lastSample(Panel.fire)?.value == .flag(true))
        panel.run(4000)
        #expect(panel.lastSample(Panel.fire)?.value == .flag(false))
    }
}

@Suite struct PopTests {
    @Test func `every waiting event is taken once`() {
        var panel = Panel(pop: true)
        for device in 1...20 { panel.happen(device == 20 ? 1 : 7, UInt16(device)) }
        panel.run(6000)
        #expect(panel.devices == Array(1...20))
        #expect(panel.lastSample(Panel.fire)?.value == .flag(true))
    }

    @Test func `a lost answer may have cost an event, and that is said`() {
        var panel = Panel(pop: true, ownNumbers: false)
        panel.run(600)
        for device in 1...5 { panel.happen(7, UInt16(device)) }
        panel.lost = [panel.reads + 3]
        panel.run(5000)
        #expect(panel.devices == [1, 3, 4, 5])
        #expect(panel.events.contains(.eventsLost("A1", count: 1, isCertain: false)))
        #expect(panel.lastSample(Panel.fire)?.quality == .uncertain(.stale))
    }

    @Test func `records with numbers of their own say exactly what was lost`() {
        var panel = Panel(pop: true)
        panel.run(600)
        for device in 1...5 { panel.happen(7, UInt16(device)) }
        panel.lost = [panel.reads + 3]
        panel.run(5000)
        #expect(panel.devices == [1, 3, 4, 5])
        #expect(panel.events.contains(.eventsLost("A1", count: 1, isCertain: true)))
    }
}

extension BusQuestion {
    /// How many registers are asked for.
    fileprivate var registers: Int {
        if case .registers(_, _, let count) = self { count } else { 0 }
    }
}
