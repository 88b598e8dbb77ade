import Facility

extension PollMachine {
    /// Takes a read for a person; false if too many wait already.
    ///
    /// Its answer comes out of `handle` or `sweep`, whatever happens.
    public mutating func submit(_ errand: BusErrand) -> Bool {
        errands.submit(errand)
    }

    /// The errand whose time has come.
    ///
    /// - Parameter isIdle: whether no poll is due.
    mutating func nextErrand(at now: Int64, isIdle: Bool) -> Read? {
        guard !errands.isEmpty else { return nil }
        let units = units
        let endpoint = bus.endpoint
        let errand = errands.next(at: now, isIdle: isIdle) { errand in
            let unit = units.first { $0.source.unit == errand.unit }
            return errand.isSayable(over: endpoint)
                && unit?.trust.proves(errand.question, at: now) != false
        }
        guard let errand else { return nil }
        return Read(
            unit: errand.unit, question: errand.question,
            timeoutMilliseconds: errand.timeoutMilliseconds ?? bus.timeoutMilliseconds,
            silenceMicroseconds: silence(before: errand.unit), task: .errand(errand))
    }

    /// Takes what became of an errand.
    mutating func handle(
        _ outcome: Outcome, of errand: BusErrand, reply: [UInt8], timing: Timing, _ read: Read,
        into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        let index = units.firstIndex { $0.source.unit == errand.unit }
        statistics.errands += 1
        errands.charge(milliseconds: timing.milliseconds, at: now)
        decision.errands.append(
            BusErrand.Answer(
                errand: errand, result: BusErrand.Result(outcome, of: errand.question, reply),
                microseconds: timing.microseconds))
        if outcome == .timeout {
            _ = shadow.timedOut(errand.unit, isProbe: true)
        } else {
            shadow.answered(errand.unit, isPrompt: true)
        }
        switch outcome {
        case .answered, .exception:
            // A gateway speaks for a silent unit with exceptions 10 and 11.
            if let index, outcome != .exception(10), outcome != .exception(11) {
                answered(index, at: timing.ended, into: &decision)
                noteHealth(of: index)
            } else {
                reached(at: timing.ended, into: &decision)
            }
        case .timeout, .corrupted, .invalid:
            if let index {
                units[index].trust.abandon(errand.question, at: now)
            } else {
                errands.abandon(errand, timeoutMilliseconds: read.timeoutMilliseconds, at: now)
            }
            if outcome != .timeout { mustRenew = !isSerial }
        case .lost:
            handleConnection(.lost, at: timing.ended, into: &decision)
        }
    }

    /// Answers the errands that cannot be done: on a bus without a connection none can.
    mutating func sweepErrands(at now: Int64, into decision: inout Decision) {
        guard !errands.isEmpty else { return }
        let isDown =
            switch connection.phase {
            case .down: !statistics.isUp
            case .up: false
            }
        let endpoint = bus.endpoint
        decision.errands += errands.refused(at: now, mayWait: !isDown) { $0.isSayable(over: endpoint) }
    }
}

extension BusErrand {
    /// Whether the transport has words for it.
    func isSayable(over endpoint: ModbusBus.Endpoint) -> Bool {
        if case .serial = endpoint, !(1...247).contains(unit) { return false }
        switch question {
        case .registers(let area, let first, let count):
            return (1...(area.isBits ? 2000 : 125)).contains(count) && Int(first) + count <= 65_536
        case .serverID:
            return true
        case .deviceIdentification(let category, _):
            return (1...4).contains(category)
        }
    }
}
