import Facility
import Testing

@testable import Acquisition

/// A bus with its units in virtual time.
private struct SimulatedBus {
    struct Device {
        var isDead = false
        var missing: Set<UInt16> = []
        /// What it says about a missing register; nil for nothing.
        var missingCode: UInt8? = 2
        var exception: UInt8?
        var answerMilliseconds: Int64 = 5
    }

    var machine: PollMachine
    var devices: [UInt8: Device] = [:]
    var isReachable = true
    var breaksEvery: Int?
    /// How long a gateway still waits for a dead unit after we have given up.
    var blocksAfterTimeout: Int64 = 0
    private var blockedUntil: Int64 = 0
    var now = Moment(wallMilliseconds: 1_000_000, uptimeMilliseconds: 0)
    var samples: [(at: Int64, sample: Sample)] = []
    private var byPoint: [PointID: [(at: Int64, quality: Quality)]] = [:]
    var events: [BusEvent] = []
    /// How often the machine was asked what to do: a machine that spins shows here.
    var rounds = 0
    var reads: [(at: Int64, read: PollMachine.Read, milliseconds: Int64)] = []

    init(_ bus: ModbusBus, seed: UInt64 = 1) {
        machine = PollMachine(bus, seed: seed, at: now)
        for unit in bus.units { devices[unit.unit] = Device() }
    }

    mutating func run(until end: Int64) {
        while now.uptimeMilliseconds < end {
            rounds += 1
            var decision = PollMachine.Decision()
            switch machine.next(at: now.uptimeMilliseconds) {
            case .connect:
                now = now.advanced(milliseconds: 1)
                machine.handleConnection(isReachable ? .connected : .refused, at: now, into: &decision)
            case .disconnect:
                break
            case .drain(let milliseconds):
                now = now.advanced(milliseconds: milliseconds)
            case .wait(let until):
                now = now.advanced(milliseconds: min(until, end) - now.uptimeMilliseconds)
            case .read(let read):
                perform(read, into: &decision)
            }
            machine.sweep(at: now, into: &decision)
            for sample in decision.samples {
                samples.append((now.uptimeMilliseconds, sample))
                byPoint[sample.point, default: []].append((now.uptimeMilliseconds, sample.quality))
            }
            events += decision.events
        }
    }

    private mutating func perform(_ read: PollMachine.Read, into decision: inout PollMachine.Decision) {
        let sent = now
        let timeout = read.timeoutMilliseconds
        var reply: [UInt8] = []
        var outcome = answer(read, &reply, within: timeout)
        var spent = devices[read.unit]?.answerMilliseconds ?? 0
        if outcome == .timeout {
            blockedUntil = max(blockedUntil, now.uptimeMilliseconds) + timeout + blocksAfterTimeout
        } else {
            spent += max(0, blockedUntil - now.uptimeMilliseconds)
        }
        if outcome == .timeout || spent > timeout { (outcome, spent) = (.timeout, timeout) }
        now = now.advanced(milliseconds: spent)
        reads.append((sent.uptimeMilliseconds, read, now.milliseconds(since: sent)))
        let timing = PollMachine.Timing(
            sent: sent, ended: now, microseconds: 1000 * now.milliseconds(since: sent))
        machine.handle(outcome, of: read, reply: reply, timing: timing, into: &decision)
    }

    private func answer(
        _ read: PollMachine.Read, _ reply: inout [UInt8], within timeout: Int64
    ) -> PollMachine.Outcome {
        if !isReachable { return .lost }
        if let breaksEvery, reads.count % breaksEvery == 0 { return .lost }
        let device = devices[read.unit] ?? Device()
        if device.isDead || device.answerMilliseconds > timeout { return .timeout }
        if let code = device.exception { return .exception(code) }
        let addresses = Int(read.first)..<Int(read.first) + read.count
        if device.missing.contains(where: { addresses.contains(Int($0)) }) {
            return device.missingCode.map { .exception($0) } ?? .timeout
        }
        reply = addresses.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return .answered(payloadAt: 0)
    }

    /// What the newest sample of a point says.
    func last(_ point: Int) -> Quality? {
        byPoint[PointID(point)]?.last?.quality
    }

    /// How many good values of a point came in a time.
    func good(_ point: Int, from start: Int64) -> Int {
        byPoint[PointID(point), default: []].count { $0.quality == .good && $0.at >= start }
    }
}

extension PollMachine.Read {
    var replyBytes: Int { question.replyBytes ?? 0 }
    var first: UInt16 { if case .registers(_, let first, _) = question { first } else { 0 } }
    var count: Int { if case .registers(_, _, let count) = question { count } else { 0 } }
}

@Suite struct PollMachineTests {
    private let map = ModbusMap(points: (0..<10).map { point(2 * $0) })

    private func simulated(
        units count: Int, timeout: Int64 = 500, serial: Bool = false
    ) -> SimulatedBus {
        SimulatedBus(
            bus(
                (0..<count).map { unit(map, id: UInt8($0 + 1), firstPoint: 10 * $0) }, timeout: timeout,
                serial: serial))
    }

    @Test func `every point arrives once per period with the time of its read`() {
        var bus = simulated(units: 3)
        bus.run(until: 60_000)
        for point in 0..<30 { #expect((59...61).contains(bus.good(point, from: 0))) }
        #expect(bus.samples.allSatisfy { $0.sample.quality == .good })
        let first = bus.samples[0]
        #expect(first.sample.wallMilliseconds == 1_000_000 + first.at - 5 + 2)
        #expect(bus.samples[0].sample.value == .integer(0))
    }

    @Test func `four dead units of thirty-two cost the others nothing`() {
        var bus = simulated(units: 32)
        bus.run(until: 20_000)
        for dead in [4, 11, 20, 31] as [UInt8] { bus.devices[dead]?.isDead = true }
        bus.run(until: 30_000)
        let start = bus.now.uptimeMilliseconds
        bus.run(until: start + 100_000)
        for unit in 0..<32 where ![4, 11, 20, 31].contains(UInt8(unit + 1)) {
            #expect(bus.good(10 * unit, from: start) >= 99)
        }
        let dead = bus.reads.filter { [4, 11, 20, 31].contains($0.read.unit) && $0.at >= start }
        #expect(dead.reduce(0) { $0 + $1.milliseconds } <= 10_000)
    }

    @Test func `twenty dead units together take a tenth of the bus at most`() {
        var bus = simulated(units: 24)
        bus.run(until: 10_000)
        for dead in UInt8(1)...20 { bus.devices[dead]?.isDead = true }
        while bus.machine.statistics.units.count(where: \.isDemoted) < 20 {
            bus.run(until: bus.now.uptimeMilliseconds + 100)
        }
        let start = bus.now.uptimeMilliseconds
        bus.run(until: start + 60_000)
        let spent = bus.reads.filter { $0.read.unit <= 20 && $0.at >= start }.reduce(0) {
            $0 + $1.milliseconds
        }
        #expect(spent > 2000 && spent <= 6500)
        #expect(bus.good(230, from: start) >= 59)
    }

    @Test func `a gateway that blocks for a dead unit makes no healthy neighbour look dead`() {
        var bus = simulated(units: 28)
        bus.blocksAfterTimeout = 500
        for unit in UInt8(1)...28 { bus.devices[unit]?.answerMilliseconds = 20 }
        bus.run(until: 10_000)
        for dead in [4, 11, 20] as [UInt8] { bus.devices[dead]?.isDead = true }
        bus.run(until: 200_000)
        let demoted = bus.events.filter { $0.id == "field.unit-demoted" }
        #expect(demoted.count == 3)
        for unit in 0..<28 where ![4, 11, 20].contains(UInt8(unit + 1)) {
            #expect(bus.good(10 * unit, from: 100_000) >= 90)
        }
    }

    @Test func `a dead unit's points turn bad once and come back within a minute`() {
        var bus = simulated(units: 4)
        bus.run(until: 10_000)
        bus.devices[2]?.isDead = true
        bus.run(until: 300_000)
        for point in 10..<20 { #expect(bus.last(point) == .bad(.timeout)) }
        #expect(bus.samples.count { $0.sample.quality == .bad(.timeout) } == 10)
        #expect(bus.events.filter { $0 == .unitDemoted("A2", .timeout) }.count == 1)
        bus.devices[2]?.isDead = false
        bus.run(until: 360_000)
        #expect(bus.last(10) == .good)
        #expect(bus.events.last == .unitAdmitted("A2"))
    }

    @Test func `when every unit is dead they are still found within a minute of their return`() {
        var bus = simulated(units: 5)
        for unit in UInt8(1)...5 { bus.devices[unit]?.isDead = true }
        bus.run(until: 600_000)
        for unit in UInt8(1)...5 { bus.devices[unit]?.isDead = false }
        bus.run(until: 660_000)
        for point in [0, 10, 20, 30, 40] { #expect(bus.last(point) == .good) }
    }

    @Test func `a missing register makes one point bad and leaves its neighbours good in the same cycle`() {
        var bus = simulated(units: 1)
        bus.devices[1]?.missing = [8]
        bus.run(until: 1500)
        #expect(bus.last(4) == .bad(.exception(2)))
        for point in [0, 1, 2, 3, 5, 6, 7, 8, 9] { #expect(bus.last(point) == .good) }
        bus.run(until: 5000)
        #expect(bus.good(0, from: 2000) == 3)
        #expect(bus.events.contains(.pointsRefused("A1", [PointID(4)])))
        bus.devices[1]?.missing = []
        bus.run(until: 30_000)
        #expect(bus.last(4) == .good)
    }

    @Test func `a missing register between points changes the plan and no value`() {
        var bus = simulated(units: 1)
        bus.devices[1]?.missing = [9]
        bus.run(until: 20_000)
        #expect(bus.samples.allSatisfy { $0.sample.quality == .good })
        #expect(bus.events.contains(.planChanged("A1")))
        #expect(bus.machine.statistics.units[0].plannedRequests == 2)
        #expect((bus.machine.statistics.units[0].exceptions[2] ?? 0) < 6)
    }

    @Test func `a device that calls a missing register its own failure is understood`() {
        var bus = simulated(units: 1)
        bus.devices[1]?.missing = [8]
        bus.devices[1]?.missingCode = 4
        bus.run(until: 5000)
        #expect(bus.last(4) == .bad(.exception(4)))
        #expect(bus.last(5) == .good)
    }

    @Test func `what a unit did while it started up is not held against it for ever`() {
        let slow = ModbusMap(points: (0..<10).map { point(2 * $0, every: 600_000) })
        var bus = SimulatedBus(AcquisitionTests.bus([unit(slow)]))
        bus.devices[1]?.missing = [9]
        bus.run(until: 60_000)
        #expect(bus.machine.statistics.units[0].plannedRequests == 2)
        bus.devices[1]?.missing = []
        bus.run(until: 25 * 3_600_000)
        #expect(bus.machine.statistics.units[0].plannedRequests == 1)
        #expect(bus.samples.allSatisfy { $0.sample.quality == .good })
    }

    @Test func `a point that is read once is read until it was read`() {
        var bus = SimulatedBus(AcquisitionTests.bus([unit(ModbusMap(points: [point(0, every: nil)]))]))
        bus.devices[1]?.exception = 6
        bus.run(until: 90_000)
        #expect(bus.last(0) == .bad(.exception(6)))
        bus.devices[1]?.exception = nil
        bus.run(until: 400_000)
        #expect(bus.good(0, from: 0) == 1)
    }

    @Test(arguments: [false, true])
    func `a device that keeps silent about a missing register is understood`(isSerial: Bool) {
        var bus = simulated(units: 1, serial: isSerial)
        bus.devices[1]?.missing = [8]
        bus.devices[1]?.missingCode = nil
        bus.run(until: 40_000)
        #expect(bus.last(4) == .bad(.timeout))
        for point in [0, 3, 5, 9] { #expect(bus.last(point) == .good) }
        #expect(bus.good(5, from: 30_000) >= 9)
        #expect(!bus.events.contains(.unitDemoted("A1", .timeout)))
    }

    @Test func `a device that fails for a while is whole again right after`() {
        var bus = simulated(units: 1)
        bus.devices[1]?.exception = 4
        bus.run(until: 60_000)
        #expect(bus.last(3) == .bad(.exception(4)))
        bus.devices[1]?.exception = nil
        bus.run(until: 75_000)
        for point in 0..<10 { #expect(bus.last(point) == .good) }
        #expect(bus.machine.statistics.units[0].plannedRequests == 1)
    }

    @Test func `a unit that is busy says so about its points and is not given up`() {
        var bus = simulated(units: 1)
        bus.devices[1]?.exception = 6
        bus.run(until: 5000)
        #expect(bus.last(0) == .bad(.exception(6)))
        #expect(!bus.machine.statistics.units[0].isDemoted)
    }

    @Test func `a gateway's word that a unit is silent counts like silence`() {
        var bus = simulated(units: 2)
        bus.devices[1]?.exception = 11
        bus.run(until: 10_000)
        #expect(bus.last(0) == .bad(.exception(11)))
        #expect(bus.machine.statistics.units[0].isDemoted)
        #expect(bus.last(10) == .good)
    }

    @Test func `an unreachable bus makes every point bad once and heals`() {
        var bus = simulated(units: 2)
        bus.run(until: 5000)
        bus.isReachable = false
        bus.run(until: 200_000)
        #expect(bus.samples.count { $0.sample.quality == .bad(.noConnection) } == 20)
        bus.isReachable = true
        bus.run(until: 240_000)
        #expect(bus.last(0) == .good && bus.last(19) == .good)
        #expect(bus.events.first == .busUp)
        #expect(bus.events.last == .busUp)
        #expect(bus.events.count == 3)
    }

    @Test func `a connection that breaks now and then costs no value`() {
        var bus = simulated(units: 2)
        bus.breaksEvery = 7
        bus.run(until: 60_000)
        #expect(bus.good(0, from: 10_000) >= 49)
        #expect(!bus.samples.contains { $0.at > 5000 && $0.sample.quality == .bad(.noConnection) })
    }

    @Test func `a device alone on its bus that hangs is not mistaken for a dead bus`() {
        var bus = simulated(units: 1)
        bus.run(until: 5000)
        bus.devices[1]?.isDead = true
        bus.run(until: 600_000)
        let faults = Set(bus.samples.map(\.sample.quality))
        #expect(faults == [.good, .bad(.timeout)])
        #expect(bus.samples.count { $0.sample.quality == .bad(.timeout) } == 10)
    }

    @Test func `after silence on a serial line the line is drained and the next read proves itself`() {
        var bus = simulated(units: 1, serial: true)
        bus.run(until: 3000)
        bus.devices[1]?.isDead = true
        let before = bus.reads.count
        bus.run(until: 4200)
        let silent = bus.reads[before...].map(\.read.replyBytes)
        #expect(silent.count >= 1)
        bus.devices[1]?.isDead = false
        bus.run(until: 8000)
        let after = bus.reads[(before + silent.count)...].map(\.read.replyBytes)
        #expect(after.first.map { !silent.contains($0) } == true)
        #expect(bus.last(0) == .good)
    }

    @Test func `a point nobody gets round to reading is doubted`() {
        let slow = (0..<40).map { unit(map, id: UInt8($0 + 1), firstPoint: 10 * $0) }
        var bus = SimulatedBus(Self.overloaded(slow))
        for unit in slow { bus.devices[unit.unit]?.answerMilliseconds = 400 }
        bus.run(until: 60_000)
        #expect(bus.samples.contains { $0.sample.quality == .uncertain(.stale) })
        #expect(bus.machine.statistics.units[0].overruns > 0)
    }

    private static func overloaded(_ units: [ModbusUnit]) -> ModbusBus { bus(units) }

    @Test(arguments: UInt64(0)..<24)
    func `whatever fails and returns, every point ends good and time is never lost`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var simulation = SimulatedBus(
            bus(
                (0..<6).map { unit(map, id: UInt8($0 + 1), firstPoint: 10 * $0) },
                serial: Bool.random(using: &random)), seed: seed)
        for step in 1...10 {
            let id = UInt8.random(in: 1...6, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: simulation.devices[id]?.isDead.toggle()
            case 1: simulation.devices[id]?.missing = [UInt16.random(in: 0..<20, using: &random)]
            case 2: simulation.devices[id]?.exception = [4, 6, 10, nil].randomElement(using: &random) ?? nil
            case 3: simulation.isReachable.toggle()
            case 4: simulation.breaksEvery = [nil, 3, 11].randomElement(using: &random) ?? nil
            default: simulation.devices[id]?.answerMilliseconds = Int64.random(in: 1...900, using: &random)
            }
            simulation.run(until: Int64(step) * 7000)
        }
        for id in UInt8(1)...6 { simulation.devices[id] = .init() }
        simulation.isReachable = true
        simulation.breaksEvery = nil
        let start = simulation.now.uptimeMilliseconds
        simulation.run(until: start + 200_000)
        #expect(simulation.rounds < 3 * simulation.reads.count + 2000)
        for point in 0..<60 {
            #expect(simulation.last(point) == .good, "point \(point)")
            #expect(simulation.good(point, from: start + 150_000) >= 48, "point \(point)")
        }
    }
}
