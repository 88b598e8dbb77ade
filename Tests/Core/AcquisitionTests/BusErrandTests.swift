import Facility
import Testing

@testable import Acquisition

@Suite struct BusErrandTests {
    private let map = ModbusMap(points: (0..<10).map { point($0, every: 1000) })

    private func line(units count: Int, serial: Bool = true) -> SimulatedLine {
        SimulatedLine(
            bus(
                (0..<count).map { unit(map, id: UInt8($0 + 1), firstPoint: 10 * $0) }, timeout: 1000,
                serial: serial))
    }

    private func peek(_ id: UInt64, _ unit: UInt8, timeout: Int64? = nil) -> BusErrand {
        BusErrand(
            id: id, unit: unit, question: .registers(.holding, first: 0, count: 2),
            timeoutMilliseconds: timeout)
    }

    @Test func `a person's read is answered once, whoever it is about`() {
        var line = line(units: 2)
        line.run(untilMilliseconds: 5000)
        line.devices[77] = .init()
        for errand in [
            peek(1, 1), peek(2, 77), peek(3, 78, timeout: 100),
            BusErrand(id: 4, unit: 77, question: .serverID),
            BusErrand(id: 5, unit: 77, question: .deviceIdentification(category: 1, from: 0)),
        ] {
            let isTaken = line.machine.submit(errand)
            #expect(isTaken)
        }
        line.run(untilMilliseconds: 15_000)
        let answers = line.errands.map(\.answer).sorted { $0.errand.id < $1.errand.id }
        #expect(answers.map(\.errand.id) == [1, 2, 3, 4, 5])
        guard answers.count == 5 else { return }
        for index in 0..<2 {
            guard case .registers(let words) = answers[index].result else {
                Issue.record("\(answers[index])")
                continue
            }
            #expect(words.count == 2)
        }
        #expect(answers[2].result == .timeout)
        #expect(answers[3].result == .serverID([7, 0xFF]))
        guard case .identification(let device) = answers[4].result else {
            Issue.record("\(answers[4])")
            return
        }
        #expect(device.objects == [.init(id: 0, bytes: [0x41, 0x42])] && device.next == nil)
    }

    @Test func `a scan of every unit id costs the polls little`() {
        var line = line(units: 8)
        line.run(untilMilliseconds: 10_000)
        let start = line.milliseconds
        var next: UInt8 = 1
        var answered = 0
        while line.milliseconds < 600_000, answered < 247 {
            if line.errands.count == Int(next) - 1, next <= 247 {
                let isTaken = line.machine.submit(peek(UInt64(next), next, timeout: 200))
                #expect(isTaken)
                next += 1
            }
            line.run(untilMilliseconds: line.milliseconds + 20)
            answered = line.errands.count
        }
        #expect(answered == 247)
        #expect(
            line.errands.count {
                if case .registers = $0.answer.result { true } else { false }
            } == 8)
        for unit in 0..<8 {
            #expect(line.share(made: 10 * unit, period: 1000, from: start) >= 0.95)
        }
        #expect(line.share(of: Set(9...247), from: start) <= 0.3)
    }

    @Test func `a bus without a gap still finds time for a person`() {
        var line = line(units: 30)
        line.run(untilMilliseconds: 30_000)
        let isTaken = line.machine.submit(peek(1, 3))
        #expect(isTaken)
        line.run(untilMilliseconds: 33_000)
        #expect(line.errands.count == 1)
    }

    @Test func `what cannot be asked is refused, and what cannot be reached says so`() {
        var line = line(units: 1)
        line.run(untilMilliseconds: 2000)
        for errand in [
            peek(1, 0), peek(2, 250),
            BusErrand(id: 3, unit: 1, question: .registers(.holding, first: 0xFFFF, count: 2)),
            BusErrand(id: 4, unit: 1, question: .registers(.input, first: 0, count: 126)),
        ] {
            let isTaken = line.machine.submit(errand)
            #expect(isTaken)
        }
        line.run(untilMilliseconds: 3000)
        #expect(line.errands.map(\.answer.result) == [.invalid, .invalid, .invalid, .invalid])

        let moment = Moment(wallMilliseconds: 0, uptimeMilliseconds: 0)
        var machine = PollMachine(bus([unit(map)]), seed: 1, at: moment)
        var decision = PollMachine.Decision()
        let isTaken = machine.submit(peek(1, 1))
        #expect(isTaken)
        machine.handleConnection(.refused, at: moment, into: &decision)
        machine.sweep(at: moment, into: &decision)
        #expect(decision.errands.map(\.result) == [.noConnection])
    }

    @Test func `no more than a bounded number waits`() {
        var line = line(units: 1)
        let taken = (0..<100).count { line.machine.submit(peek(UInt64($0), 9)) }
        #expect(taken == 64)
    }

    @Test func `a dead unit that answers a person is polled again at once`() {
        var line = line(units: 4)
        line.run(untilMilliseconds: 30_000)
        line.devices[2]?.isDead = true
        line.run(untilMilliseconds: 60_000)
        #expect(line.machine.statistics.units[1].isDemoted)
        line.devices[2]?.isDead = false
        _ = line.machine.submit(peek(1, 2))
        line.run(untilMilliseconds: 60_500)
        #expect(!line.machine.statistics.units[1].isDemoted)
    }
}
