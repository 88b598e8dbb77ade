import Acquisition
import Facility

/// A bus whose units do anything at all goes on: it asks within its limits and says each point in its own name.
enum BusCheck {
    /// More steps than this without time passing mean that it turns in a circle.
    private static let patience = 64

    static func finding(_ bytes: [UInt8]) -> String? {
        var input = FuzzInput(bytes)
        let bus = input.byte() & 1 == 0 ? tcp : serial
        var now: Int64 = 10_000
        var machine = PollMachine(bus, seed: UInt64(input.word()), at: moment(now))
        var idle = 0
        var errand: UInt64 = 0
        while !input.isAtEnd {
            var decision = PollMachine.Decision()
            let before = now
            if input.byte() & 15 == 0 {
                errand += 1
                _ = machine.submit(
                    BusErrand(id: errand, unit: input.byte(), question: FrameCheck.question(&input)))
            }
            switch machine.next(at: now) {
            case .connect:
                let isOpen = input.byte() & 3 != 0
                now += Int64(input.byte())
                machine.handleConnection(isOpen ? .connected : .refused, at: moment(now), into: &decision)
            case .disconnect: break
            case .drain(let milliseconds):
                if !(0...60_000).contains(milliseconds) { return "silence of \(milliseconds) ms" }
                now += Int64(milliseconds)
            case .wait(let until):
                if until > now + 86_400_000 { return "a wait of more than a day" }
                now = max(now, until)
                if input.byte() & 31 == 0 {
                    machine.handleConnection(.lost, at: moment(now), into: &decision)
                }
            case .read(let read):
                if let finding = finding(read, of: bus) { return finding }
                let sent = now
                let (outcome, reply, took) = answer(read, bus, &input)
                now += took
                machine.handle(
                    outcome, of: read, reply: reply,
                    timing: PollMachine.Timing(
                        sent: moment(sent), ended: moment(now), microseconds: took * 1000),
                    into: &decision)
            }
            machine.sweep(at: moment(now), into: &decision)
            for sample in decision.samples {
                if !(0..<bus.pointCount).contains(Int(sample.point.index)) { return "a point of nobody" }
                if let finding = SampleCheck.finding(sample) { return finding }
            }
            idle = now > before ? 0 : idle + 1
            if idle > patience { return "no time passes" }
            if now == before, input.byte() & 7 == 0 { now += 1 }
        }
        return nil
    }

    private static func finding(_ read: PollMachine.Read, of bus: ModbusBus) -> String? {
        if !(0...60_000).contains(read.timeoutMilliseconds) {
            return "a time-out of \(read.timeoutMilliseconds)"
        }
        guard case .registers(let area, let first, let count) = read.question else { return nil }
        if count < 1 || count > (area.isBits ? 2000 : 125) || Int(first) + count > 65_536 {
            // What a person asks for is theirs.
            return read.pointCount == 0 ? nil : "a read of \(count) from \(first)"
        }
        return nil
    }

    /// What a unit does: it answers, soundly or not, refuses, is silent, or breaks off.
    private static func answer(
        _ read: PollMachine.Read, _ bus: ModbusBus, _ input: inout FuzzInput
    ) -> (PollMachine.Outcome, [UInt8], Int64) {
        let length = read.question.replyBytes ?? input.number(0...40)
        var frame: [UInt8] = [0, 1, 0, 0, 0, 0, read.unit, read.question.function]
        switch input.byte() & 15 {
        case 0: return (.timeout, [], read.timeoutMilliseconds)
        case 1: return (.lost, [], Int64(input.byte()))
        case 2: return (.corrupted, [], Int64(input.byte()))
        case 3: return (.exception(input.byte() % 11 + 1), [], 1)
        case 4: frame += input.take(input.number(0...40))
        default: frame += [UInt8(truncatingIfNeeded: length)] + input.take(min(length, 250))
        }
        frame[5] = UInt8(truncatingIfNeeded: frame.count - 6)
        let verdict = ReadFrame.judge(
            frame, length: frame.count, question: read.question, unit: read.unit, transaction: 1,
            isOutstanding: { _ in false })
        switch verdict {
        case .payload(let place): return (.answered(payloadAt: place), frame, 2)
        case .exception(let code): return (.exception(code), frame, 2)
        case .late, .unasked, .foreign: return (.invalid, frame, 2)
        }
    }

    private static func moment(_ uptime: Int64) -> Moment {
        Moment(wallMilliseconds: 1_790_000_000_000 + uptime, uptimeMilliseconds: uptime)
    }

    private static let tcp = bus(.tcp(host: "192.0.2.1", port: 502))
    private static let serial = bus(.serial(device: "/dev/ttyS0", baud: 9600, parity: .even, stopBits: 1))

    private static func bus(_ endpoint: ModbusBus.Endpoint) -> ModbusBus {
        let places: [(RegisterArea, Int, RegisterType, Int64?)] = [
            (.holding, 0, .float32, 1000), (.holding, 2, .uint16, 1000), (.holding, 40, .int32, 1000),
            (.holding, 300, .uint64, 5000), (.input, 7, .bcd32, 1000), (.input, 9, .bool, 200),
            (.coil, 3, .bool, 1000), (.coil, 19, .bool, 1000), (.discrete, 65_535, .bool, 5000),
            (.holding, 65_532, .float64, nil),
        ]
        let points = places.enumerated().map { index, place in
            ModbusPoint(
                meaning: PointMeaning(
                    name: "p\(index)", label: Bilingual(zh: "p", en: "p"), kind: .gauge,
                    expectedMilliseconds: place.3),
                register: RegisterAddress(place.0, UInt16(place.1)), length: place.2.registers ?? 1,
                type: place.2, bits: place.2 == .bool && !place.0.isBits ? 3...3 : nil,
                periodMilliseconds: place.3)
        }
        return ModbusBus(
            id: "bus", endpoint: endpoint, timeoutMilliseconds: 500, requestDelayMilliseconds: 0,
            units: (0..<3).map { unit in
                ModbusUnit(
                    asset: AssetID("A\(unit)"), unit: UInt8(unit + 1), map: ModbusMap(points: points),
                    points: points.indices.map { PointID(unit * points.count + $0) })
            })
    }
}

extension ModbusBus {
    fileprivate var pointCount: Int { units.reduce(0) { $0 + $1.points.count } }
}
