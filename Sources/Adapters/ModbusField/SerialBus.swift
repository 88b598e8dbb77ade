import Acquisition
import Facility

/// The thread of one serial line: does what the bus's machine wants and blocks meanwhile.
final class SerialBus: Sendable {
    /// Handing over samples happens on it, so it has room for more than the line needs.
    private static let stackBytes = 512 * 1024
    /// Bounded, so that the watchdog sees the thread come round.
    private static let longestRest: Int64 = 5000

    private let bell = Bell()

    /// Ends the thread's wait: it is to stop, or somebody wants something.
    func ring() { bell.ring() }

    /// Starts the thread.
    func start(_ poller: ModbusPoller) {
        guard case .serial(let device, let baud, let parity, let stopBits) = poller.endpoint else {
            preconditionFailure("a serial line, not \(poller.endpoint)")
        }
        let bell = bell
        startThread(device.split(separator: "/").last.map(String.init) ?? device, stackBytes: Self.stackBytes)
        {
            let line = SerialLine(
                device: device, baud: baud, parity: parity, stopBits: stopBits, bell: bell,
                isStopping: { poller.mustStop })
            Self.run(poller, over: line)
        }
    }

    private static func run(_ poller: ModbusPoller, over line: SerialLine) {
        while !poller.mustStop {
            let now = poller.clock()
            var decision = PollMachine.Decision()
            let action = poller.next(at: now, into: &decision)
            let mayGoOn = perform(action, for: poller, over: line, at: now, into: &decision)
            poller.handOver(decision)
            guard mayGoOn else { break }
        }
        line.close()
        poller.finish()
    }

    /// Does what the machine wants; false if the bus cannot ever work.
    private static func perform(
        _ action: PollMachine.Action, for poller: ModbusPoller, over line: SerialLine, at now: Moment,
        into decision: inout PollMachine.Decision
    ) -> Bool {
        switch action {
        case .connect:
            return connect(poller, line, into: &decision)
        case .disconnect:
            line.close()
        case .drain(let milliseconds):
            if !line.drain(milliseconds: milliseconds) { lost(poller, line, into: &decision) }
        case .wait(let until):
            let milliseconds = min(until - now.uptimeMilliseconds, longestRest)
            if !line.idle(milliseconds: milliseconds) { lost(poller, line, into: &decision) }
        case .read(let read):
            ask(read, for: poller, over: line, into: &decision)
        }
        return true
    }

    private static func connect(
        _ poller: ModbusPoller, _ line: SerialLine, into decision: inout PollMachine.Decision
    ) -> Bool {
        do throws(ModbusError) {
            try line.open()
            poller.handleConnection(.connected, into: &decision)
            return true
        } catch {
            poller.handleConnection(.refused, failure: error.reason, into: &decision)
            guard !error.isRetryable else { return true }
            decision.events.append(.misconfigured(reason: error.reason))
            return false
        }
    }

    private static func lost(
        _ poller: ModbusPoller, _ line: SerialLine, into decision: inout PollMachine.Decision
    ) {
        line.close()
        poller.handleConnection(.lost, failure: "the serial device is gone", into: &decision)
    }

    private static func ask(
        _ read: PollMachine.Read, for poller: ModbusPoller, over line: SerialLine,
        into decision: inout PollMachine.Decision
    ) {
        line.keepSilence(microseconds: read.silenceMicroseconds)
        let sent = poller.clock()
        let start = uptimeMicroseconds()
        var exchange = SerialLine.Exchange(outcome: .lost, late: 0)
        if line.send(read) {
            poller.noteSent(line.request, of: read, at: sent)
            exchange = line.receive(read, since: start)
            poller.show(line.reply, count: line.reply.count, isSent: false, unit: read.unit)
        }
        // An answer cut off by our own stop is no news about the device.
        guard !poller.mustStop else { return }
        let timing = PollMachine.Timing(
            sent: sent, ended: poller.clock(), microseconds: uptimeMicroseconds() - start, late: exchange.late
        )
        if exchange.outcome == .lost { line.close() }
        poller.handle(
            exchange.outcome, of: read, reply: line.reply, count: line.reply.count, timing: timing,
            into: &decision)
    }
}
