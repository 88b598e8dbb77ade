import Facility

@testable import Acquisition

/// A line in virtual time, to the microsecond: bytes take their time, units think, answers come late, and what
/// an adapter does with all that. Every answer knows which read it answers, so one that is believed wrongly
/// shows.
struct SimulatedLine {
    struct Device {
        var isDead = false
        var turnaround: ClosedRange<Int64> = 20_000...30_000
        /// How often an answer comes late, in a hundred, and by how much.
        var lateness: (percent: Int, by: ClosedRange<Int64>) = (0, 0...0)
    }

    private struct Frame {
        let arrival: ClosedRange<Int64>
        let unit: UInt8
        let transaction: UInt16
        let sequence: Int
        let bytes: [UInt8]
    }

    struct Exchange {
        let at: Int64
        let unit: UInt8
        let read: PollMachine.Read
        /// From the end of the one before to the end of this one, as far as the line was not idle.
        let microseconds: Int64
        let outcome: PollMachine.Outcome
    }

    var machine: PollMachine
    var devices: [UInt8: Device] = [:]
    /// How long a gateway holds its serial line for a unit that does not answer; nil for one that does not.
    var gatewayHolds: Int64?
    /// A cheap gateway stamps whatever arrives with the newest transaction.
    var restamps = false
    private(set) var exchanges: [Exchange] = []
    private(set) var events: [BusEvent] = []
    private(set) var errands: [(at: Int64, answer: BusErrand.Answer)] = []
    /// Answers that were believed though they answer another read.
    private(set) var wrong = 0
    private(set) var drained: Int64 = 0
    private var goodAt: [PointID: [Int64]] = [:]
    private let bus: ModbusBus
    private let character: Int64
    private var random: SplitMix64
    private var clock: Int64 = 0
    private var quietSince: Int64 = 0
    private var lineFreeAt: Int64 = 0
    private var busyUntil: [UInt8: Int64] = [:]
    private var onTheWay: [Frame] = []
    private var sequence = 0
    private var transaction: UInt16 = 0
    private var unanswered: [UInt16] = []

    init(_ bus: ModbusBus, memory: BusMemory = .init(), seed: UInt64 = 1) {
        self.bus = bus
        random = SplitMix64(seed: seed)
        machine = PollMachine(
            bus, memory: memory, seed: seed,
            at: Moment(wallMilliseconds: Self.epoch, uptimeMilliseconds: 0))
        switch bus.endpoint {
        case .tcp: character = 0
        case .serial(_, let baud, let parity, let stopBits):
            character =
                BusCost.characterNanoseconds(baud: baud, parity: parity, stopBits: stopBits) / 1000
        }
        for unit in bus.units { devices[unit.unit] = Device() }
    }

    static let epoch: Int64 = 1_700_000_000_000

    var milliseconds: Int64 { clock / 1000 }

    private var moment: Moment {
        Moment(wallMilliseconds: Self.epoch + clock / 1000, uptimeMilliseconds: clock / 1000)
    }

    mutating func run(untilMilliseconds end: Int64) {
        while milliseconds < end {
            var decision = PollMachine.Decision()
            switch machine.next(at: milliseconds) {
            case .connect:
                clock += 1000
                unanswered = []
                machine.handleConnection(.connected, at: moment, into: &decision)
            case .disconnect:
                onTheWay = []
            case .drain(let span):
                clock += 1000 * span
                drained += span
                onTheWay.removeAll { $0.arrival.upperBound <= clock }
            case .wait(let until):
                clock = max(clock, 1000 * min(until, end))
                onTheWay.removeAll { $0.arrival.upperBound <= clock }
            case .read(let read):
                perform(read, into: &decision)
            }
            machine.sweep(at: moment, into: &decision)
            for sample in decision.samples where sample.quality == .good {
                goodAt[sample.point, default: []].append(milliseconds)
            }
            events += decision.events
            errands += decision.errands.map { (milliseconds, $0) }
        }
    }

    private mutating func perform(_ read: PollMachine.Read, into decision: inout PollMachine.Decision) {
        let begin = max(clock, quietSince)
        clock = max(clock, quietSince + read.silenceMicroseconds)
        let sent = moment
        let start = clock
        onTheWay.removeAll { character > 0 && $0.arrival.upperBound <= clock }
        transaction &+= 1
        sequence += 1
        answer(read)
        let deadline = clock + 1000 * read.timeoutMilliseconds
        var late = 0
        var isConfused = false
        var outcome: PollMachine.Outcome?
        var reply: [UInt8] = []
        while outcome == nil {
            guard let frame = nextFrame(until: deadline) else {
                clock = deadline
                if unanswered.count == 16 { unanswered.removeFirst() }
                unanswered.append(transaction)
                outcome = isConfused ? .invalid : .timeout
                break
            }
            clock = max(clock, frame.arrival.upperBound)
            reply = (character == 0 ? [0, 0, 0, 0, 0, 0] : []) + frame.bytes
            switch judge(frame, read) {
            case .payload(let payload):
                outcome = .answered(payloadAt: payload)
                if frame.sequence != sequence { wrong += 1 }
            case .exception(let code): outcome = .exception(code)
            case .late: late += 1
            case .unasked:
                late += 1
                isConfused = true
            case .foreign: outcome = .invalid
            }
        }
        quietSince = clock
        let final = outcome ?? .timeout
        exchanges.append(
            Exchange(
                at: milliseconds, unit: read.unit, read: read, microseconds: clock - begin, outcome: final))
        let timing = PollMachine.Timing(
            sent: sent, ended: moment, microseconds: clock - start, late: late)
        machine.handle(final, of: read, reply: reply, timing: timing, into: &decision)
    }

    /// Puts the unit's answer on its way, if it gives one.
    private mutating func answer(_ read: PollMachine.Read) {
        let sizes = read.question.frameBytes(over: bus.endpoint)
        let device = devices[read.unit] ?? Device(isDead: true)
        var begin = max(clock, lineFreeAt) + Int64(sizes.request) * character
        guard !device.isDead else {
            if let gatewayHolds { lineFreeAt = begin + gatewayHolds }
            return
        }
        // A unit answers one read after the other.
        begin = max(begin, busyUntil[read.unit] ?? 0)
        begin += Int64.random(in: device.turnaround, using: &random)
        if Int.random(in: 0..<100, using: &random) < device.lateness.percent {
            begin += Int64.random(in: device.lateness.by, using: &random)
        }
        let end = begin + Int64(sizes.reply) * character
        busyUntil[read.unit] = end
        if gatewayHolds != nil { lineFreeAt = end }
        let frame = Frame(
            arrival: begin...end, unit: read.unit, transaction: transaction, sequence: sequence,
            bytes: bytes(read))
        let place = onTheWay.firstIndex { $0.arrival.upperBound > end } ?? onTheWay.endIndex
        onTheWay.insert(frame, at: place)
    }

    private func bytes(_ read: PollMachine.Read) -> [UInt8] {
        var bytes = [read.unit, read.question.function]
        switch read.question {
        case .registers:
            let count = read.question.replyBytes ?? 0
            bytes.append(UInt8(count))
            bytes += (0..<count).map { UInt8(truncatingIfNeeded: sequence >> (8 * ($0 % 2))) }
        case .serverID: bytes += [2, 7, 0xFF]
        case .deviceIdentification: bytes += [14, 1, 1, 0, 0, 1, 0, 2, 0x41, 0x42]
        }
        return bytes
    }

    private mutating func nextFrame(until deadline: Int64) -> Frame? {
        guard let first = onTheWay.first, first.arrival.upperBound <= deadline else { return nil }
        return onTheWay.removeFirst()
    }

    private func judge(_ frame: Frame, _ read: PollMachine.Read) -> ReadFrame.Verdict {
        guard character == 0 else {
            // Two that speak at once are heard by nobody; what another unit says is passed over.
            if onTheWay.contains(where: { $0.arrival.overlaps(frame.arrival) }) { return .foreign }
            guard frame.unit == read.unit else { return .unasked }
            return ReadFrame.judge(
                frame.bytes + [0, 0], length: frame.bytes.count + 2, question: read.question,
                unit: read.unit)
        }
        let stamp = restamps ? transaction : frame.transaction
        let length = UInt8(frame.bytes.count)
        let header = [UInt8(stamp >> 8), UInt8(truncatingIfNeeded: stamp), 0, 0, 0, length]
        return ReadFrame.judge(
            header + frame.bytes, length: header.count + frame.bytes.count, question: read.question,
            unit: read.unit, transaction: transaction, isOutstanding: unanswered.contains)
    }

    // MARK: What came of it

    /// The share of a point's polls that came on time: within a period and a half of the one before.
    func share(onTime point: Int, period: Int64, from start: Int64) -> Double {
        let times = goodAt[PointID(point), default: []].filter { $0 >= start }
        let onTime = zip(times.dropFirst(), times).count { $0 - $1 <= period * 3 / 2 } + 1
        return Double(onTime) / (Double(milliseconds - start) / Double(period))
    }

    /// The share of a point's polls that were made.
    func share(made point: Int, period: Int64, from start: Int64) -> Double {
        let count = goodAt[PointID(point), default: []].count { $0 >= start }
        return Double(count) / (Double(milliseconds - start) / Double(period))
    }

    /// When a point was first good after a time, milliseconds later.
    func delay(of point: Int, after start: Int64) -> Int64? {
        goodAt[PointID(point)]?.first { $0 >= start }.map { $0 - start }
    }

    /// The share of the time since then that went to some units.
    func share(of units: Set<UInt8>, from start: Int64) -> Double {
        let spent = exchanges.filter { $0.at >= start && units.contains($0.unit) }.reduce(0) {
            $0 + $1.microseconds
        }
        return Double(spent) / Double(clock - 1000 * start)
    }
}
