import Facility

extension PollMachine {
    /// Takes the outcome of a read.
    ///
    /// - Parameter reply: the frame the outcome speaks of; its contents are not kept.
    public mutating func handle(
        _ outcome: Outcome, of read: Read, reply: [UInt8], timing: Timing, into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        noteQuiet(after: read.unit, at: now)
        switch read.task {
        case .poll(let poll):
            count(outcome, read, poll.index, timing)
            noteDelay(outcome, read, poll, timing)
            handle(outcome, of: poll, reply: reply, timing: timing, read, into: &decision)
            noteHealth(of: poll.index)
        case .errand(let errand):
            handle(outcome, of: errand, reply: reply, timing: timing, read, into: &decision)
        }
    }

    private mutating func handle(
        _ outcome: Outcome, of poll: Poll, reply: [UInt8], timing: Timing, _ read: Read,
        into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        if poll.purpose == .followUp { noteLost(outcome, poll.index, into: &decision) }
        switch outcome {
        case .answered(let start):
            answered(poll.index, at: timing.ended, into: &decision)
            notePace(read, poll.index, timing)
            units[poll.index].trust.prove(by: read.question, at: now)
            guard poll.purpose != .followUp else {
                return drained(poll.index, reply, payloadAt: start, timing, into: &decision)
            }
            let first = decision.samples.count
            units[poll.index].decoder.decode(
                poll.request, reply, payloadAt: start, at: timing.wallMilliseconds, into: &decision.samples)
            condition(first, of: poll, at: timing.ended, into: &decision)
            note(decision.samples[first...], of: poll, at: now)
            noteCounter(of: poll, in: first, timing, into: &decision)
            done(poll, timing, into: &decision)
        case .exception(let code) where code == 10 || code == 11:
            // A gateway's word that the unit behind it is silent.
            reached(at: timing.ended, into: &decision)
            failed(poll, .exception(code), timing, read, into: &decision)
        case .exception(let code):
            answered(poll.index, at: timing.ended, into: &decision)
            refused(poll, code, timing, into: &decision)
        case .timeout:
            units[poll.index].pace.timedOut()
            doubt(poll, read, at: now)
            guard isSerial || !shadow.timedOut(read.unit, isProbe: poll.purpose.isProbe) else { break }
            // Dead units that are probed in a row say nothing about the connection of those that live.
            if !poll.purpose.isProbe || !hasHealthyUnit { timeoutsInARow += 1 }
            mustRenew = !isSerial && timeoutsInARow >= Self.renewalTolerance
            failed(poll, .timeout, timing, read, into: &decision)
        case .corrupted, .invalid:
            mustRenew = !isSerial
            doubt(poll, read, at: now)
            failed(poll, .invalidReply, timing, read, into: &decision)
        case .lost:
            failed(poll, .noConnection, timing, read, into: &decision)
            handleConnection(.lost, at: timing.ended, into: &decision)
        }
    }

    /// Learns from how long a read took whether the one before it was still in its way.
    ///
    /// What the read after a probe waited because of the probe counts as the probe's.
    private mutating func noteDelay(_ outcome: Outcome, _ read: Read, _ poll: Poll, _ timing: Timing) {
        let usual = statistics.units[poll.index].roundTrip.microseconds(0.5) / 1000
        let excess = outcome == .timeout || usual > 0 ? timing.milliseconds - usual : 0
        if outcome != .timeout {
            shadow.answered(read.unit, isPrompt: usual == 0 || excess <= Self.jitter)
        }
        guard !isSerial, probes.hasAftermath, !poll.purpose.isProbe else { return }
        probes.chargeAftermath(
            milliseconds: excess > Self.jitter ? excess : 0, at: timing.ended.uptimeMilliseconds)
    }

    /// Differences between answers that mean nothing, milliseconds.
    private static let jitter: Int64 = 30

    /// Notes that something may still come that must not be taken for another answer.
    private mutating func doubt(_ poll: Poll, _ read: Read, at now: Int64) {
        units[poll.index].trust.abandon(read.question, at: now)
        // A dead unit's answer would be told apart by its unit; one that was healthy is worth waiting for.
        guard isSerial, !poll.purpose.isProbe else { return }
        drainMilliseconds = min(read.timeoutMilliseconds, bus.timeoutMilliseconds)
    }

    /// Something useful came over the bus.
    mutating func reached(at now: Moment, into decision: inout Decision) {
        timeoutsInARow = 0
        guard connection.handle(.answered, at: now.uptimeMilliseconds) == .up else { return }
        statistics.isUp = true
        staleness.restart(at: now.uptimeMilliseconds)
        decision.events.append(.busUp)
    }

    /// The unit itself said something.
    mutating func answered(_ index: Int, at now: Moment, into decision: inout Decision) {
        reached(at: now, into: &decision)
        let change = units[index].health.handle(.answered, at: now.uptimeMilliseconds)
        if units[index].owesRefusals {
            units[index].owesRefusals = false
            for (point, fault) in units[index].findings.refused.sorted(by: { $0.key < $1.key }) {
                fail([point], of: index, fault, at: now.wallMilliseconds, into: &decision)
            }
        }
        guard change == .admitted else { return }
        units[index].shortProbes = 0
        schedule.resume(index, at: now.uptimeMilliseconds)
        decision.events.append(.unitAdmitted(units[index].source.asset))
    }

    /// Learns how long the unit takes, and plans its reads anew if that is far from what was thought.
    private mutating func notePace(_ read: Read, _ index: Int, _ timing: Timing) {
        let beyond = timing.microseconds - read.question.wireMicroseconds(over: bus.endpoint)
        if timing.late > 0 {
            units[index].pace.wasTooShort(microseconds: read.timeoutMilliseconds * 1000)
        }
        units[index].pace.answered(microseconds: beyond, late: timing.late)
        pace.answered(microseconds: beyond)
        guard units[index].pace.times.total % Self.planReview == 0,
            units[index].adoptMeasuredTurnaround()
        else { return }
        replanIfDifferent(index, at: timing.ended.uptimeMilliseconds)
    }

    /// After how many answers a plan is looked at again.
    private static let planReview = 64

    /// The read brought its measurements.
    private mutating func done(_ poll: Poll, _ timing: Timing, into decision: inout Decision) {
        let now = timing.ended.uptimeMilliseconds
        switch poll.purpose {
        case .poll(let turn):
            units[poll.index].hasFailedOnce = false
            units[poll.index].prove(turn)
            schedule.advance(turn, at: now)
        case .split:
            continueSplit(poll, .readable, timing, into: &decision)
        case .retest:
            units[poll.index].findings.admitPoints()
            memoryRevision += 1
            replan(poll.index, at: now)
        case .proof, .probe, .followUp:
            break
        }
    }

    /// The unit refused the read.
    private mutating func refused(
        _ poll: Poll, _ code: UInt8, _ timing: Timing, into decision: inout Decision
    ) {
        switch poll.purpose {
        case .poll(let turn) where isAboutAddresses(code, turn, of: poll.index):
            split(poll, .exception(code), timing, into: &decision)
        case .poll(let turn):
            fail(poll, .exception(code), timing, into: &decision)
            schedule.advance(turn, at: timing.ended.uptimeMilliseconds, hasFailed: true)
        case .split:
            continueSplit(poll, .refused(.exception(code)), timing, into: &decision)
        case .proof, .probe:
            // It lives, but an exception proves nothing about late answers: ask something else next time.
            units[poll.index].trust.abandon(poll.request.question, at: timing.ended.uptimeMilliseconds)
        case .followUp:
            fail(poll, .exception(code), timing, into: &decision)
        case .retest:
            break
        }
    }

    /// Whether an exception says that some register does not exist.
    ///
    /// Codes 2 and 3 do. Some devices say 4, "device failure", which otherwise passes: it is believed only of a
    /// read that was never answered.
    private func isAboutAddresses(_ code: UInt8, _ turn: PollSchedule.Turn, of index: Int) -> Bool {
        switch code {
        case 2, 3: true
        case 4: !units[index].isProven(turn)
        default: false
        }
    }

    /// The read brought nothing usable.
    private mutating func failed(
        _ poll: Poll, _ fault: Fault, _ timing: Timing, _ read: Read, into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        // Where nobody lives, nobody is kept waiting.
        if case .probe(let kind) = poll.purpose, hasHealthyUnit {
            let silence = read.silenceMicroseconds / 1000 + 1
            probes.charge(kind, milliseconds: timing.milliseconds + silence, at: now)
        }
        if case .demoted(let fault) = units[poll.index].health.handle(.failed(fault), at: now) {
            units[poll.index].hasFailedOnce = false
            units[poll.index].split = nil
            schedule.suspend(poll.index)
            fail(allPointsOf: poll.index, fault, at: timing.ended.wallMilliseconds, into: &decision)
            decision.events.append(.unitDemoted(units[poll.index].source.asset, fault))
            return
        }
        switch poll.purpose {
        case .split:
            continueSplit(poll, .refused(fault), timing, into: &decision)
        case .poll(let turn):
            pollFailed(turn, poll, fault, timing, into: &decision)
        case .proof, .probe, .retest, .followUp:
            break
        }
    }

    /// One lost frame is asked for again; a read that fails twice while the unit answers others is bad.
    private mutating func pollFailed(
        _ turn: PollSchedule.Turn, _ poll: Poll, _ fault: Fault, _ timing: Timing,
        into decision: inout Decision
    ) {
        units[poll.index].hasFailedOnce.toggle()
        guard !units[poll.index].hasFailedOnce else { return }
        if units[poll.index].isProven(turn) || fault == .noConnection {
            fail(poll, fault, timing, into: &decision)
            schedule.advance(turn, at: timing.ended.uptimeMilliseconds, hasFailed: true)
        } else {
            // Never answered: some devices keep silent where others refuse.
            split(poll, fault, timing, into: &decision)
        }
    }

    // MARK: Samples

    private mutating func note(_ samples: ArraySlice<Sample>, of poll: Poll, at now: Int64) {
        let first = units[poll.index].firstPosition
        for (point, sample) in zip(poll.request.points, samples) {
            staleness.heard(first + point, sample.value, at: now)
        }
    }

    private mutating func fail(
        _ poll: Poll, _ fault: Fault, _ timing: Timing, into decision: inout Decision
    ) {
        fail(poll.request.points, of: poll.index, fault, at: timing.wallMilliseconds, into: &decision)
    }

    /// Says of every point of a unit that it has no value.
    mutating func fail(
        allPointsOf index: Int, _ fault: Fault, at wallMilliseconds: Int64, into decision: inout Decision
    ) {
        units[index].owesRefusals = !units[index].findings.refused.isEmpty
        let points = Array(units[index].source.points.indices)
        fail(points, of: index, fault, at: wallMilliseconds, into: &decision)
    }

    /// Says of some points of a unit that they have no value.
    mutating func fail(
        _ points: [Int], of index: Int, _ fault: Fault, at wallMilliseconds: Int64,
        into decision: inout Decision
    ) {
        for point in points where units[index].source.points.indices.contains(point) {
            decision.samples.append(
                Sample(units[index].source.points[point], failed: fault, at: wallMilliseconds))
            staleness.heard(units[index].firstPosition + point, nil, at: 0)
            units[index].conditioner?.failed(at: point)
        }
    }

    // MARK: Statistics

    /// Takes over whether a unit is given up, and until when.
    mutating func noteHealth(of index: Int) {
        schedule.suspect(index, units[index].health.isSuspect)
        statistics.units[index].isDemoted = units[index].health.isDemoted
        statistics.units[index].nextProbeUptimeMilliseconds = units[index].health.probeAt
    }

    private mutating func count(_ outcome: Outcome, _ read: Read, _ index: Int, _ timing: Timing) {
        statistics.units[index].requests += 1
        statistics.units[index].late += timing.late
        statistics.units[index].overruns = schedule.overruns(of: index)
        statistics.units[index].timeoutMilliseconds = read.timeoutMilliseconds
        switch outcome {
        case .answered, .exception:
            statistics.units[index].lastMicroseconds = timing.microseconds
            statistics.units[index].totalMicroseconds += timing.microseconds
            statistics.units[index].roundTrip.note(microseconds: timing.microseconds)
        case .timeout, .corrupted, .invalid, .lost:
            break
        }
        switch outcome {
        case .answered: statistics.units[index].good += 1
        case .exception(let code): statistics.units[index].exceptions[code, default: 0] += 1
        case .timeout: statistics.units[index].timeouts += 1
        case .corrupted: statistics.units[index].corrupted += 1
        case .invalid: statistics.units[index].invalid += 1
        case .lost: break
        }
    }
}
