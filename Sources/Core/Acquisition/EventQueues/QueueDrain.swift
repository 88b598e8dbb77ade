import Facility

/// Follows one event queue: which reads fetch what is new, and what the records say.
///
/// ```
///             counter read: nothing new
///               ┌────┐
///               ▼    │   something new          answered, more to come
/// (start) ───► level ─────────────────► draining ◄──┐
///               ▲                        │  │  └────┘
///               │   taken, or no answer, │  │ ring half full or fuller: was it overrun meanwhile?
///               └────────────────────────┘  ▼
///               ▲                       verifying (the counter once more)
///               └──────────────────────────┘
/// ```
///
/// A ring loses and doubles nothing: only records whose answer arrived whole are counted as taken. What a
/// popping queue loses with an answer is gone, and said so.
struct QueueDrain: Sendable {
    /// A sample and the place of its point in the map.
    struct Item: Hashable, Sendable {
        let position: Int
        let sample: Sample
    }

    /// What came of an answer.
    struct Result: Sendable {
        var items: [Item] = []
        var events: [BusEvent] = []
    }

    private enum Expected: Sendable {
        case nothing
        case records(first: Int64, count: Int, mustVerify: Bool)
        case counter
    }

    private struct State: Sendable {
        var isSet = false
        /// Whether lost events may have changed it.
        var isDoubtful = false
    }

    /// How many reads in a row one look at the counter may cause: then the neighbours have their turn.
    static let readsInARow = 8

    let queue: EventQueue
    private var source: ModbusUnit
    private let recordsPerRead: Int
    /// The number of the last record that was taken.
    private var last: Int64?
    /// The newest number, or how many records waited.
    private var newest: Int64 = 0
    /// The number of the record before, where records carry one.
    private var lastOwnNumber: Int64?
    private var isDraining = false
    private var readsLeft = 0
    private var expected = Expected.nothing
    /// Records that count only if the ring was not overrun while they were read.
    private var unverified: (first: Int64, count: Int, reply: [UInt8], start: Int, wall: Int64)?
    private var states: [State]
    private var lastWall = Int64.min
    /// Changes when something was taken that must not be taken again after a crash.
    private(set) var revision = 0

    init?(_ unit: ModbusUnit, memory: ConditionMemory.Queue?) {
        guard let queue = unit.map.queue else { return nil }
        self.queue = queue
        source = unit
        let limit = queue.first.area.isBits ? unit.map.maximumBits : min(unit.map.maximumRegisters, 125)
        recordsPerRead = queue.mode == .pop ? 1 : max(1, limit / queue.length)
        states = queue.latches.map { latch in
            let name = unit.map.points[latch.point].meaning.name
            return State(
                isSet: memory?.standing.contains(name) ?? false,
                isDoubtful: memory?.doubtful.contains(name) ?? false)
        }
        guard let memory else { return }
        lastWall = memory.wallMilliseconds
        if case .ring = queue.mode { last = memory.last }
    }

    /// Goes on with the same unit whose points have other numbers.
    mutating func renumber(_ unit: ModbusUnit) {
        source = unit
    }

    // MARK: The counter

    /// Takes what the counter shows, as often as it is polled.
    mutating func counted(_ value: Int64, at wall: Int64, into result: inout Result) {
        unverified = nil
        expected = .nothing
        guard value >= 0 else { return }
        switch queue.mode {
        case .ring(let firstNumber): notice(value % queue.numbers, firstNumber: firstNumber, into: &result)
        case .pop: newest = value
        }
        isDraining = backlog > 0
        readsLeft = Self.readsInARow
        // While records wait nobody knows what they will say.
        if !isDraining { tellStates(at: wall, into: &result) }
    }

    private var backlog: Int64 {
        switch queue.mode {
        case .ring: last.map { distance(from: $0, to: newest) } ?? 0
        case .pop: newest
        }
    }

    private func distance(from old: Int64, to new: Int64) -> Int64 {
        let distance = (new - old) % queue.numbers
        return distance < 0 ? distance + queue.numbers : distance
    }

    private mutating func notice(_ number: Int64, firstNumber: Int64, into result: inout Result) {
        newest = number
        let held = min(Int64(queue.count), max(0, number - firstNumber + 1))
        guard let last else {
            self.last = queue.start == .now ? number : back(from: number, by: held)
            revision += 1
            return
        }
        let behind = distance(from: last, to: number)
        if behind > queue.numbers / 2 {
            // The panel counts from the beginning again.
            result.events.append(.queueRestarted(source.asset))
            doubtAll()
            self.last = back(from: number, by: held)
        } else if behind > Int64(queue.count) {
            lose(behind - Int64(queue.count), into: &result)
            self.last = back(from: number, by: Int64(queue.count))
        }
    }

    private func back(from number: Int64, by steps: Int64) -> Int64 {
        let sum = (number - steps) % queue.numbers
        return sum < 0 ? sum + queue.numbers : sum
    }

    private mutating func lose(_ count: Int64, into result: inout Result) {
        result.events.append(.eventsLost(source.asset, count: Int(clamping: count), isCertain: true))
        doubtAll()
    }

    private mutating func doubtAll() {
        revision += 1
        for index in states.indices { states[index].isDoubtful = true }
    }

    // MARK: The reads

    /// The read that is wanted at once; nil if there is none for now.
    mutating func next() -> PollRequest? {
        guard isDraining, readsLeft > 0 else { return nil }
        if unverified != nil {
            readsLeft -= 1
            expected = .counter
            return PollRequest(covering: [queue.counter], of: source.map)
        }
        guard backlog > 0 else {
            isDraining = false
            return nil
        }
        readsLeft -= 1
        switch queue.mode {
        case .pop:
            expected = .records(first: 0, count: 1, mustVerify: false)
            return request(slot: 0, count: 1)
        case .ring(let firstNumber):
            let number = ((last ?? newest) + 1) % queue.numbers
            let slot = slot(of: number, firstNumber: firstNumber)
            let count = min(Int(clamping: backlog), queue.count - slot, recordsPerRead)
            let isTight = queue.fields.number == nil && backlog > Int64(queue.count) / 2
            expected = .records(first: number, count: count, mustVerify: isTight)
            return request(slot: slot, count: count)
        }
    }

    /// Whether a read is wanted at once.
    var isPending: Bool { isDraining && readsLeft > 0 && (unverified != nil || backlog > 0) }

    private func slot(of number: Int64, firstNumber: Int64) -> Int {
        let slot = Int((number - firstNumber) % Int64(queue.count))
        return slot < 0 ? slot + queue.count : slot
    }

    private func request(slot: Int, count: Int) -> PollRequest {
        PollRequest(
            area: queue.first.area, first: queue.first.address + UInt16(slot * queue.length),
            count: count * queue.length, points: queue.fields.points)
    }

    // MARK: The answers

    /// Takes the answer to the read that was wanted.
    mutating func answered(
        _ reply: [UInt8], payloadAt start: Int, at wall: Int64, decoder: inout RegisterDecoder,
        into result: inout Result
    ) {
        defer { expected = .nothing }
        switch expected {
        case .nothing:
            break
        case .counter:
            verified(reply, payloadAt: start, at: wall, &decoder, into: &result)
        case .records(let first, let count, mustVerify: true):
            unverified = (first, count, reply, start, wall)
        case .records(let first, let count, mustVerify: false):
            take(first, count, skipping: 0, reply, start, at: wall, &decoder, into: &result)
        }
    }

    /// The counter once more, after records that may have been overrun while they were read.
    private mutating func verified(
        _ reply: [UInt8], payloadAt start: Int, at wall: Int64, _ decoder: inout RegisterDecoder,
        into result: inout Result
    ) {
        guard let held = unverified else { return }
        unverified = nil
        var samples: [Sample] = []
        decoder.decode(
            PollRequest(covering: [queue.counter], of: source.map), reply, payloadAt: start, at: wall,
            into: &samples)
        guard let number = samples.first?.value?.double.flatMap({ Int64(exactly: $0) }), number >= 0 else {
            return stop()
        }
        newest = number % queue.numbers
        // Slots up to this number have been written again by now.
        let behind = distance(from: held.first, to: newest)
        let overrun = min(Int64(held.count), max(0, behind - Int64(queue.count) + 1))
        if overrun > 0 { lose(overrun, into: &result) }
        take(
            held.first, held.count, skipping: Int(overrun), held.reply, held.start, at: held.wall, &decoder,
            into: &result)
    }

    /// The read brought nothing: what a ring holds is asked for again with the next look at the counter.
    mutating func failed(into result: inout Result) {
        if queue.mode == .pop, case .records = expected, queue.fields.number == nil {
            // It may have been removed all the same.
            result.events.append(.eventsLost(source.asset, count: 1, isCertain: false))
            doubtAll()
        }
        stop()
    }

    private mutating func stop() {
        unverified = nil
        isDraining = false
        expected = .nothing
    }

    private mutating func take(
        _ first: Int64, _ count: Int, skipping skipped: Int, _ reply: [UInt8], _ start: Int, at wall: Int64,
        _ decoder: inout RegisterDecoder, into result: inout Result
    ) {
        let request = request(slot: 0, count: 1)
        let width = queue.first.area.isBits ? 0 : 2 * queue.length
        for index in 0..<count {
            let number = (first + Int64(index)) % queue.numbers
            guard index >= skipped else {
                last = number
                continue
            }
            // The last one at the time of the read, a millisecond between them.
            stamp(wall - Int64(count - 1 - index))
            var samples: [Sample] = []
            decoder.decode(
                request, reply, payloadAt: start + index * width, at: lastWall, into: &samples)
            guard isExpected(number, samples, into: &result) else { return stop() }
            revision += 1
            switch queue.mode {
            case .ring: last = number
            case .pop: newest -= 1
            }
            for (position, sample) in zip(queue.fields.points, samples) {
                result.items.append(Item(position: position, sample: sample))
            }
            latch(samples, into: &result)
        }
        if backlog == 0 { tellStates(at: wall, into: &result) }
    }

    /// Whether a record is the one that was asked for, by its own number.
    private mutating func isExpected(_ number: Int64, _ samples: [Sample], into result: inout Result) -> Bool
    {
        guard let own = whole(queue.fields.number, samples).map({ $0 % queue.numbers }) else { return true }
        defer { lastOwnNumber = own }
        switch queue.mode {
        case .pop:
            guard let before = lastOwnNumber else { return true }
            let missing = distance(from: before, to: own) - 1
            if missing > 0, missing < queue.numbers / 2 { lose(missing, into: &result) }
            return true
        case .ring:
            let ahead = distance(from: number, to: own)
            guard ahead != 0 else { return true }
            // Not written yet: the panel counts first and writes then. Asked again at the next look.
            guard ahead < queue.numbers / 2 else { return false }
            // Overwritten meanwhile; the next look at the counter says by how much.
            return false
        }
    }

    private func whole(_ point: Int?, _ samples: [Sample]) -> Int64? {
        guard let point, let index = queue.fields.points.firstIndex(of: point),
            samples.indices.contains(index)
        else { return nil }
        return samples[index].value?.double.flatMap { Int64(exactly: $0) }
    }

    // MARK: The states

    private mutating func latch(_ samples: [Sample], into result: inout Result) {
        guard let code = whole(queue.fields.code, samples) else { return }
        let device = whole(queue.fields.device, samples)
        for (index, latch) in queue.latches.enumerated() {
            if let devices = latch.devices, !(device.map(devices.contains) ?? false) { continue }
            guard latch.set.contains(code) || latch.clear.contains(code) else { continue }
            states[index] = State(isSet: latch.set.contains(code))
            result.items.append(item(index, at: lastWall))
        }
    }

    private mutating func tellStates(at wall: Int64, into result: inout Result) {
        guard !states.isEmpty else { return }
        stamp(wall)
        for index in states.indices { result.items.append(item(index, at: lastWall)) }
    }

    /// Goes on in time: what comes later has a later time, so that nobody takes two events for one. A clock that
    /// was set back by more than a moment is followed.
    private mutating func stamp(_ wall: Int64) {
        lastWall = lastWall > wall && lastWall - wall > 60_000 ? wall : max(lastWall + 1, wall)
    }

    private func item(_ index: Int, at wall: Int64) -> Item {
        let position = queue.latches[index].point
        return Item(
            position: position,
            sample: Sample(
                source.points[position], .flag(states[index].isSet),
                states[index].isDoubtful ? .uncertain(.stale) : .good, at: wall))
    }

    /// What another run needs to go on; nil before the first contact.
    var memory: ConditionMemory.Queue? {
        guard last != nil || lastWall > .min else { return nil }
        func names(_ wanted: (State) -> Bool) -> [String] {
            zip(queue.latches, states).filter { wanted($1) }.map {
                source.map.points[$0.0.point].meaning.name
            }
        }
        return ConditionMemory.Queue(
            asset: source.asset, last: last, standing: names(\.isSet), doubtful: names(\.isDoubtful),
            wallMilliseconds: lastWall)
    }
}
