import Acquisition
import Facility
import Testing

/// One point under judgement, and the clock.
private struct Judged {
    private(set) var conditioner: Conditioner?
    private(set) var events: [BusEvent] = []
    private let meaning: PointMeaning
    private(set) var now = Moment(wallMilliseconds: 1_700_000_000_000, uptimeMilliseconds: 1_000_000)

    init(
        _ conditioning: Conditioning?, kind: Point.Kind = .gauge, resolution: Double? = nil,
        every period: Int64? = 1000
    ) {
        meaning = PointMeaning(
            name: "p", label: Bilingual(zh: "p", en: "p"), kind: kind, resolution: resolution,
            expectedMilliseconds: period, conditioning: conditioning)
        conditioner = Conditioner("M1", [meaning], points: [PointID(0)])
    }

    /// Lets time pass, then reads.
    mutating func read(_ value: Value, after milliseconds: Int64 = 1000) -> Sample {
        pass(milliseconds)
        let sample = Sample(PointID(0), value, at: now.wallMilliseconds)
        return conditioner?.handle(sample, at: 0, now: now, into: &events) ?? sample
    }

    mutating func read(_ number: Double, after milliseconds: Int64 = 1000) -> Double? {
        read(.number(number), after: milliseconds).value?.double
    }

    mutating func pass(_ milliseconds: Int64) {
        now = Moment(
            wallMilliseconds: now.wallMilliseconds + milliseconds,
            uptimeMilliseconds: now.uptimeMilliseconds + milliseconds)
    }

    /// Stops the daemon and starts it again, with what was kept and perhaps another clock.
    mutating func restart(with memory: ConditionMemory, after milliseconds: Int64, clockMoves: Int64 = 0) {
        now = Moment(
            wallMilliseconds: now.wallMilliseconds + milliseconds + clockMoves, uptimeMilliseconds: 5000)
        conditioner = Conditioner("M1", [meaning], points: [PointID(0)], memory: memory)
    }

    var memory: ConditionMemory { ConditionMemory(counters: conditioner?.memory ?? []) }

    mutating func sweep() -> [Sample] {
        var samples: [Sample] = []
        conditioner?.sweep(at: now, into: &samples)
        return samples
    }
}

private func meter(_ perHour: Double? = nil, span: Double? = nil) -> Conditioning {
    .counter(.init(maximumPerHour: perHour, span: span))
}

@Suite struct CounterTests {
    @Test func `a total is what the meter shows, digit by digit`() {
        var meter = Judged(nil, kind: .counter, resolution: 0.1)
        #expect(meter.read(12_345.6) == 12_345.6)
        #expect(meter.read(12_345.7) == 12_345.7)
        var whole = Judged(nil, kind: .counter, resolution: 1)
        #expect(whole.read(.integer(9_007_199_254_740_993)).value == .integer(9_007_199_254_740_993))
    }

    @Test func `a total beyond every number is refused and never kept`() {
        var grown = Judged(nil, kind: .counter, resolution: 1)
        #expect(grown.read(1.7e308) == 1.7e308)
        for _ in 0..<3 { _ = grown.read(1e300) }
        #expect(grown.read(1.6e308) == nil)
        #expect(grown.memory.counters.allSatisfy { $0.total.isFinite && $0.offset.isFinite })

        var restarted = Judged(nil, kind: .counter, resolution: 1)
        for reading in [1.7e308, 1e306, 1e306] { _ = restarted.read(reading) }
        #expect(restarted.read(1.6e308) == nil)
        #expect(restarted.memory.counters.allSatisfy { $0.total == 1.7e308 && $0.offset.isFinite })

        var unread = Judged(nil, kind: .counter)
        #expect(unread.read(Double.infinity) == nil)
        #expect(unread.memory.counters.isEmpty)
        #expect(unread.read(5) == 5)
    }

    @Test(arguments: [false, true])
    func `of a meter two buses remember the newer standing counts`(isNewerFirst: Bool) {
        var meter = Judged(nil, kind: .counter, resolution: 1)
        _ = meter.read(100)
        let older = meter.memory
        _ = meter.read(250)
        let newer = meter.memory
        var all = ConditionMemory()
        for memory in isNewerFirst ? [newer, older] : [older, newer] { all.merge(memory) }
        #expect(all == newer)
    }

    @Test func `a counter that wraps goes on`() {
        var count = Judged(meter(3600, span: 65_536), kind: .counter, resolution: 1)
        #expect(count.read(.integer(65_530)).value == .integer(65_530))
        #expect(count.read(.integer(2), after: 10_000).value == .integer(65_538))
        #expect(count.read(.integer(7), after: 10_000).value == .integer(65_543))
        #expect(count.events.isEmpty)
    }

    @Test func `a wrap that would have been too fast is a meter that restarted`() {
        var count = Judged(meter(3600, span: 65_536), kind: .counter, resolution: 1)
        #expect(count.read(30_000) == 30_000)
        #expect(count.read(1) == nil)
        #expect(count.read(2) == nil)
        #expect(count.read(3) == 30_003)
        #expect(count.events == [.meterRestarted("M1", point: "p", before: 30_000, after: 3)])
    }

    @Test(arguments: [0, 429_496_729.6, 100_000, 4990])
    func `a glitch is refused and counts nothing`(glitch: Double) {
        var energy = Judged(meter(100), kind: .counter, resolution: 0.1)
        #expect(energy.read(5000) == 5000)
        #expect(energy.read(.number(glitch)).quality == .bad(.implausible))
        #expect(energy.read(.number(glitch)).quality == .bad(.implausible))
        #expect(energy.read(5000.1) == 5000.1)
        #expect(energy.events.isEmpty)
    }

    @Test func `a meter that is replaced is told once and its total goes on`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 0.1)
        #expect(energy.read(5000) == 5000)
        #expect(energy.read(812.3) == nil)
        #expect(energy.read(812.3) == nil)
        #expect(energy.read(812.4) == 5000.1)
        #expect(energy.read(813.4, after: 60_000) == 5001.1)
        #expect(energy.events == [.meterReplaced("M1", point: "p", before: 5000, after: 812.4)])
    }

    @Test func `a meter that shows zeros while it starts is the same meter afterwards`() {
        for rate in [nil, 100.0] {
            var energy = Judged(meter(rate), kind: .counter, resolution: 0.1)
            #expect(energy.read(5000) == 5000)
            for _ in 0..<10 { _ = energy.read(0) }
            #expect(energy.read(5000.2) == 5000.2)
            #expect(energy.read(5000.3) == 5000.3)
        }
    }

    @Test func `zeros at the first contact are no reading of the meter`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 0.1)
        #expect(energy.read(0) == 0)
        #expect(energy.read(5000) == nil)
        #expect(energy.read(5000) == nil)
        #expect(energy.read(5000.1) == 5000.1)
        #expect(energy.events.isEmpty)
    }

    @Test func `a float that is rounded the other way once is no restart`() {
        var energy = Judged(meter(100), kind: .counter)
        let reading = Double(Float(1_234_567.8))
        #expect(energy.read(reading) == reading)
        #expect(energy.read(Double(Float(reading).nextDown)) == reading)
        #expect(energy.read(Double(Float(reading).nextUp)) == Double(Float(reading).nextUp))
    }

    @Test func `a meter that refreshes once a minute may catch up at once`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 0.01)
        #expect(energy.read(10) == 10)
        for _ in 0..<58 { #expect(energy.read(10) == 10) }
        #expect(energy.read(11.6) == 11.6)
    }

    @Test func `what a broker kept during an outage may arrive at once`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 0.1, every: 60_000)
        #expect(energy.read(100) == 100)
        #expect(energy.read(101, after: 3_600_000) == 101)
        for step in 1...59 { #expect(energy.read(101 + Double(step), after: 2) == 101 + Double(step)) }
        #expect(energy.read(5000) == nil)
    }

    @Test func `what was counted while the daemon was down is counted`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 1)
        #expect(energy.read(500) == 500)
        _ = energy.read(2)
        _ = energy.read(2)
        #expect(energy.read(2) == 502)
        let memory = energy.memory
        // These are lost with the daemon; the meter knows them.
        #expect(energy.read(5, after: 120_000) == 505)
        energy.restart(with: memory, after: 3_600_000)
        #expect(energy.read(60) == 560)
    }

    @Test func `a clock that was set back while the daemon was down loses nothing`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 1)
        #expect(energy.read(500) == 500)
        energy.restart(with: energy.memory, after: 60_000, clockMoves: -86_400_000 * 365)
        #expect(energy.read(520) == 520)
        #expect(energy.read(900) == nil)
    }

    @Test func `a fault is passed on and forgets nothing`() {
        var energy = Judged(meter(100), kind: .counter, resolution: 1)
        #expect(energy.read(500) == 500)
        var events: [BusEvent] = []
        var conditioner = energy.conditioner
        let bad = Sample(PointID(0), failed: .timeout, at: 0)
        #expect(conditioner?.handle(bad, at: 0, now: energy.now, into: &events) == bad)
        #expect(energy.read(501, after: 60_000) == 501)
    }

    @Test(arguments: UInt64(0)..<150)
    func `the total only grows and misses no more than nobody saw`(seed: UInt64) {
        var random = SeededNumbers(seed)
        let isFloat = seed % 3 == 0
        let resolution = isFloat ? nil : [1, 0.1, 0.01].randomElement(using: &random)
        let span =
            isFloat
            ? nil
            : [nil, 65_536, 4_294_967_296].randomElement(using: &random)?.map {
                $0 * (resolution ?? 1)
            }
        // Two wraps in one silence would be seen as one: slow enough for that not to happen.
        let rate = Double.random(in: 10...min(1000, (span ?? .infinity) / 10), using: &random)
        var judged = Judged(meter(rate, span: span), kind: .counter, resolution: resolution)
        var truth = Double.random(in: 0...(span.map { $0 * 0.9 } ?? 1e6), using: &random)
        // What the meter shows is the truth less this.
        var shift = 0.0
        var first: Double?
        var (accepted, acceptedTruth, lost, steps) = (0.0, truth, 0.0, 0.0)
        var isUnseen = false
        var memory = judged.memory
        func shown(_ truth: Double) -> Double {
            let raw = max(0, truth - shift)
            guard let resolution else { return Double(Float(raw)) }
            let steps = ((span.map { raw.truncatingRemainder(dividingBy: $0) } ?? raw) / resolution)
                .rounded(.down)
            return steps / (1 / resolution).rounded()
        }
        for step in 0..<400 {
            var pause = Int64.random(in: 1000...5000, using: &random)
            if Int.random(in: 0..<50, using: &random) == 0 {
                pause = Int64.random(in: 60_000...7_200_000, using: &random)
            }
            truth += rate * Double.random(in: 0...1, using: &random) * Double(pause) / 3_600_000
            let isNearWrap = span.map { shown(truth) > $0 * 0.5 } ?? false
            switch Int.random(in: 0..<60, using: &random) {
            case 0 where step > 5 && !isNearWrap && shown(truth) > 100 * rate:
                shift = truth
                isUnseen = true
            case 1 where step > 5 && !isNearWrap && shown(truth) > 100 * rate:
                shift = truth - Double.random(in: 0...(shown(truth) / 4), using: &random)
                isUnseen = true
            case 2 where step > 5:
                judged.restart(with: memory, after: pause)
                pause = 0
            case 3 where step > 5 && !isUnseen:
                let glitches = [0, 429_496_729.5, 2 * shown(truth) + 20 * rate]
                let glitch = glitches.randomElement(using: &random) ?? 0
                guard abs(glitch - shown(truth)) > 20 * rate, span.map({ glitch < $0 }) ?? true,
                    span.map({ shown(truth) < $0 * 0.9 }) ?? true
                else { break }
                for _ in 0..<2 { #expect(judged.read(glitch, after: pause) == nil) }
                pause = 0
            default: break
            }
            let reading = shown(truth)
            guard let total = judged.read(reading, after: pause) else {
                #expect(isUnseen, "refused \(reading) at step \(step)")
                continue
            }
            #expect(total >= accepted)
            if first == nil {
                first = reading
                steps = truth - reading
            }
            if isUnseen {
                // What passed unseen, and a step of the representation.
                lost += truth - acceptedTruth + 2 * (resolution ?? Double(Float(total).ulp))
                isUnseen = false
            }
            (accepted, acceptedTruth) = (total, truth)
            let slack = 2 * (resolution ?? Double(Float(max(truth, total)).ulp))
            #expect(total <= truth - steps + slack, "step \(step)")
            #expect(total >= truth - steps - lost - slack, "step \(step)")
            if step % 7 == 0 { memory = judged.memory }
            if judged.conditioner?.revision != 0, isUnseen == false { memory = judged.memory }
        }
    }
}

@Suite struct LevelTests {
    @Test func `a step faster than possible is refused once, a new level is accepted`() {
        var level = Judged(.limited(perHour: 3600))
        #expect(level.read(20) == 20)
        #expect(level.read(21) == 21)
        #expect(level.read(.number(90)).quality == .bad(.implausible))
        #expect(level.read(21.5) == 21.5)
        #expect(level.read(90) == nil)
        #expect(level.read(90.5) == nil)
        #expect(level.read(91) == 91)
        #expect(level.read(90) == 90)
    }

    @Test func `after a long silence every level is possible that there was time for`() {
        var level = Judged(.limited(perHour: 3600))
        #expect(level.read(20) == 20)
        #expect(level.read(79, after: 60_000) == 79)
        #expect(level.read(10, after: 60_000) == nil)
    }
}

@Suite struct PulseTests {
    @Test func `a pulse lasts for the time it is held, and opens by itself`() {
        var contact = Judged(.held(milliseconds: 5000), kind: .state)
        #expect(contact.read(.flag(false)).value == .flag(false))
        #expect(contact.read(.flag(true)).value == .flag(true))
        let held = contact.read(.flag(false))
        #expect(held.value == .flag(true) && held.wallMilliseconds == contact.now.wallMilliseconds)
        contact.pass(3000)
        #expect(contact.sweep().isEmpty)
        contact.pass(1000)
        #expect(contact.sweep().map(\.value) == [.flag(false)])
        #expect(contact.sweep().isEmpty)
    }

    @Test func `a second pulse starts the time anew`() {
        var contact = Judged(.held(milliseconds: 5000), kind: .state)
        _ = contact.read(.flag(true))
        _ = contact.read(.flag(false), after: 3000)
        _ = contact.read(.flag(true))
        #expect(contact.read(.flag(false), after: 4000).value == .flag(true))
        #expect(contact.read(.flag(false), after: 1000).value == .flag(false))
    }

    @Test func `a fault is told at once and nothing opens after it by itself`() {
        var contact = Judged(.held(milliseconds: 5000), kind: .state)
        _ = contact.read(.flag(true))
        _ = contact.read(.flag(false))
        var events: [BusEvent] = []
        var conditioner = contact.conditioner
        let bad = Sample(PointID(0), failed: .timeout, at: 0)
        #expect(conditioner?.handle(bad, at: 0, now: contact.now, into: &events) == bad)
        contact.pass(60_000)
        var samples: [Sample] = []
        conditioner?.sweep(at: contact.now, into: &samples)
        #expect(samples.isEmpty)
    }
}

@Test func `points that stand for themselves are not looked at`() {
    #expect(Conditioner("M1", [meaning("a"), meaning("b")], points: [PointID(0), PointID(1)]) == nil)
}

/// Numbers that come the same every time.
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

@Test func `a total read over a bus goes on after a kill, and the meter says what was missed`() {
    let total = ModbusPoint(
        meaning: PointMeaning(
            name: "energy", label: Bilingual(zh: "电能", en: "Energy"), kind: .counter, resolution: 1,
            expectedMilliseconds: 1000, conditioning: .counter(.init(maximumPerHour: 3600))),
        register: RegisterAddress(.holding, 0), length: 1, type: .uint16, periodMilliseconds: 1000)
    let site = bus([unit(ModbusMap(points: [total, point(1)]))])
    var machine = PollMachine(site, seed: 1, at: Moment(wallMilliseconds: 0, uptimeMilliseconds: 0))
    var values: [Double] = []
    func run(_ span: Range<Int64>, shows reading: (Int64) -> UInt16) {
        var now = span.lowerBound
        while now < span.upperBound {
            var decision = PollMachine.Decision()
            let moment = Moment(wallMilliseconds: now, uptimeMilliseconds: now)
            switch machine.next(at: now) {
            case .connect: machine.handleConnection(.connected, at: moment, into: &decision)
            case .disconnect, .drain: break
            case .wait(let until): now = min(max(now + 1, until), span.upperBound)
            case .read(let read):
                let word = reading(now)
                machine.handle(
                    .answered(payloadAt: 0), of: read,
                    reply: [UInt8(word >> 8), UInt8(word & 0xFF), 0, 7],
                    timing: .init(sent: moment, ended: moment, microseconds: 100), into: &decision)
                now += 1
            }
            values += decision.samples.filter { $0.point == PointID(0) }.compactMap { $0.value?.double }
        }
    }
    run(0..<5000) { UInt16(500 + $0 / 1000) }
    // Another meter, then a save, then more that no save has seen.
    run(5000..<10_000) { UInt16(($0 - 5000) / 1000) }
    let saved = machine.conditions
    run(10_000..<15_000) { UInt16(($0 - 5000) / 1000) }
    let before = values.last ?? 0
    machine = PollMachine(
        site, conditions: saved, seed: 1, at: Moment(wallMilliseconds: 15_000, uptimeMilliseconds: 15_000))
    run(15_000..<25_000) { UInt16(($0 - 5000) / 1000) }
    #expect(values == values.sorted())
    #expect((values.last ?? 0) - before >= 9 && (values.last ?? 0) - 500 >= 20)
    #expect((values.last ?? 0) <= 525)
}
