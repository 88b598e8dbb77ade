public import Facility

/// One Modbus bus as a value: what to do next, and what an outcome means.
///
/// The adapter asks `next`, does it, and reports back with `handle` or `handleConnection`; every sample and
/// every event comes out of those two. Nothing here waits, reads a clock or touches a socket, so a year of a bus
/// with failing units runs in a test in no time.
public struct PollMachine: Sendable {
    /// What the adapter does next.
    public enum Action: Hashable, Sendable {
        /// Open the bus.
        case connect
        /// Close the bus; `next` says when to open it again.
        case disconnect
        /// Keep silent and throw away whatever arrives, for so many milliseconds.
        case drain(milliseconds: Int64)
        /// Send a read and wait for its answer.
        case read(Read)
        /// Do nothing until an uptime.
        case wait(until: Int64)
    }

    /// One read of one unit.
    public struct Read: Hashable, Sendable {
        /// The unit id.
        public let unit: UInt8
        /// What is asked.
        public let question: BusQuestion
        /// How long the answer may take in all, milliseconds.
        public let timeoutMilliseconds: Int64
        /// How long the bus must have been silent before it is sent, microseconds.
        public let silenceMicroseconds: Int64
        fileprivate let task: Task

        /// How many points the answer feeds.
        public var pointCount: Int {
            switch task {
            case .poll(let poll): poll.request.points.count
            case .errand: 0
            }
        }
    }

    /// A read of the site's points.
    fileprivate struct Poll: Hashable {
        /// The unit, as an index into the bus's units.
        let index: Int
        let request: PollRequest
        let purpose: Purpose
    }

    /// Why something is read.
    fileprivate enum Task: Hashable {
        /// For the site.
        case poll(Poll)
        /// For a person.
        case errand(BusErrand)
    }

    /// How a read ended.
    public enum Outcome: Hashable, Sendable {
        /// The measurements stand in the reply, from this byte on.
        case answered(payloadAt: Int)
        /// The unit refused, with an exception code.
        case exception(UInt8)
        /// Nothing came in time.
        case timeout
        /// An answer came whose checksum does not fit.
        case corrupted
        /// Something came that is not the answer.
        case invalid
        /// The connection broke.
        case lost
    }

    /// When a read was sent and when its answer was there.
    public struct Timing: Hashable, Sendable {
        /// When it was sent.
        public let sent: Moment
        /// When it ended.
        public let ended: Moment
        /// The time between, microseconds.
        public let microseconds: Int64
        /// How many answers to earlier reads came meanwhile and were thrown away.
        public let late: Int

        /// Describes a read's times.
        public init(sent: Moment, ended: Moment, microseconds: Int64, late: Int = 0) {
            self.sent = sent
            self.ended = ended
            self.microseconds = microseconds
            self.late = late
        }

        /// The middle of the read: the best guess at when the registers held these values.
        var wallMilliseconds: Int64 { sent.wallMilliseconds + ended.milliseconds(since: sent) / 2 }
    }

    /// What came out of an outcome.
    public struct Decision: Sendable {
        /// The new readings, good and bad.
        public var samples: [Sample] = []
        /// What an engineer wants to know.
        public var events: [BusEvent] = []
        /// What became of errands.
        public var errands: [BusErrand.Answer] = []

        /// Nothing yet.
        public init() {}
    }

    fileprivate enum Purpose: Hashable {
        /// Because its time has come.
        case poll(PollSchedule.Turn)
        /// To find out why a poll was refused.
        case split
        /// To be sure that no late answer is on its way.
        case proof
        /// To find out whether a demoted unit is back.
        case probe
        /// To find out whether a refused point can be read by now.
        case retest
    }

    private struct Unit {
        let source: ModbusUnit
        var decoder: RegisterDecoder
        /// Where the unit's points start among all points of the bus.
        let firstPosition: Int
        var plan: PollPlan
        var health = LinkHealth()
        var trust: ReplyTrust
        var split: ReadSplit?
        var hasFailedOnce = false
        /// The polls of the present plan that were answered at least once, as group and read in one number.
        var proven: Set<Int> = []
        var refused: [Int: Fault] = [:]
        var holes: Set<RegisterAddress> = []
        var maximum: [RegisterArea: Int] = [:]
        /// When the holes and limits found are forgotten, by uptime.
        var relearnAt = Int64.max
        var retestAt: Int64 = 0
        var nextRetest = 0
    }

    /// At most this share of the bus goes to probes while any unit is healthy: one part in ten.
    private static let probeShare: Int64 = 10
    /// How often a unit's refused points are tried again, one at a time.
    private static let retestInterval: Int64 = 10_000
    /// How long what was found out about a unit is believed: one found out while it was starting up is wrong.
    private static let relearnInterval: Int64 = 24 * 3_600_000
    /// How often, when the unit answered them with silence, which costs a time-out each.
    private static let silentRetestInterval: Int64 = 60_000
    /// After how many time-outs in a row a TCP connection is opened afresh.
    private static let renewalTolerance = 2

    /// No more errands wait at a time.
    private static let maximumErrands = 64
    /// Errands take one part in so many of the bus at most.
    private static let errandShare: Int64 = 4

    private let bus: ModbusBus
    private let cost: BusCost
    private var units: [Unit]
    private var schedule: PollSchedule
    private var connection: ConnectionHealth
    private var staleness: Staleness
    private var probeNotBefore: Int64 = .min
    private var timeoutsInARow = 0
    /// The unit whose time-out was the newest outcome.
    private var shadow: Int?
    private var mustRenew = false
    private var mustDrain = false
    private var errands: [BusErrand] = []
    private var errandNotBefore: Int64 = .min
    private var frames: FrameLog
    private let silenceMicroseconds: Int64
    /// What happened since the start.
    public private(set) var statistics: BusStatistics

    /// A bus that was never connected.
    ///
    /// - Parameters:
    ///   - memory: what was found out before a restart.
    ///   - seed: tells buses apart where they would otherwise move in step.
    ///   - textOfGBK: makes text out of GBK; without it such texts cannot be decoded.
    public init(
        _ bus: ModbusBus, memory: BusMemory = .init(), seed: UInt64, at moment: Moment,
        textOfGBK: @escaping TextDecoding = { _ in nil }
    ) {
        let now = moment.uptimeMilliseconds
        self.bus = bus
        frames = FrameLog(units: bus.units.count)
        silenceMicroseconds = bus.silenceMicroseconds
        let cost = BusCost(bus.endpoint, requestDelayMilliseconds: bus.requestDelayMilliseconds)
        self.cost = cost
        var position = 0
        var random = SplitMix64(seed: seed)
        units = bus.units.map { unit in
            defer { position += unit.points.count }
            return Unit(
                source: unit, decoder: RegisterDecoder(unit, textOfGBK: textOfGBK), firstPosition: position,
                plan: PollPlan(unit.map, cost: cost),
                trust: ReplyTrust(timeoutMilliseconds: bus.timeoutMilliseconds))
        }
        schedule = PollSchedule(
            units.map(\.plan), at: now, phase: Double(random.next() >> 11) / Double(1 << 53))
        connection = ConnectionHealth(seed: random.next(), at: now)
        staleness = Staleness(
            bus.units.flatMap { unit in
                zip(unit.points, unit.map.points).map { ($0, $1.periodMilliseconds.map { 3 * $0 }) }
            }, meaning: .stale, at: now)
        statistics = BusStatistics(bus.units)
        for index in units.indices { notePlan(of: index) }
    }

    private var isSerial: Bool {
        switch bus.endpoint {
        case .tcp: false
        case .serial: true
        }
    }

    // MARK: What next

    /// What to do now.
    public mutating func next(at now: Int64) -> Action {
        switch connection.phase {
        case .down(let attemptAt):
            return attemptAt <= now ? .connect : .wait(until: attemptAt)
        case .up:
            break
        }
        if mustRenew {
            mustRenew = false
            timeoutsInARow = 0
            _ = connection.handle(.renewed, at: now)
            return .disconnect
        }
        if mustDrain {
            mustDrain = false
            return .drain(milliseconds: bus.timeoutMilliseconds)
        }
        if let probe = nextProbe(at: now) { return .read(probe) }
        while let turn = schedule.next(at: now) {
            if let read = nextRead(turn, at: now) { return .read(read) }
        }
        if let retest = nextRetest(at: now) { return .read(retest) }
        if let errand = nextErrand(at: now) { return .read(errand) }
        forgetOldFindings(at: now)
        return .wait(until: nextWork(after: now))
    }

    private mutating func nextRead(_ turn: PollSchedule.Turn, at now: Int64) -> Read? {
        let half = units[turn.unit].split?.next
        let request = half ?? units[turn.unit].plan.groups[turn.group].requests[turn.request]
        // A half that stays silent must not count against the unit together with the one before, so each is
        // followed by a read that is known to work.
        let isSafe =
            units[turn.unit].trust.isClear(at: now)
            || half == nil && units[turn.unit].trust.proves(request, at: now)
        if isSafe {
            return read(turn.unit, request, half == nil ? .poll(turn) : .split)
        }
        guard let proof = proof(turn.unit, at: now) else {
            schedule.hold(turn.unit, until: units[turn.unit].trust.clearAt(now) ?? now)
            return nil
        }
        return read(turn.unit, proof, .proof)
    }

    private func proof(_ index: Int, at now: Int64) -> PollRequest? {
        let unit = units[index]
        var requests = unit.plan.groups.flatMap(\.requests)
        // A unit that refuses every point must still be able to say that it is there.
        if requests.isEmpty, let point = unit.source.map.points.indices.first {
            requests = [PollRequest(covering: [point], of: unit.source.map)]
        }
        return unit.trust.proof(among: requests, of: unit.source.map, at: now)
    }

    private func nextProbe(at now: Int64) -> Read? {
        guard now >= probeNotBefore else { return nil }
        var found: Read?
        var earliest = Int64.max
        for index in units.indices {
            guard let probeAt = units[index].health.probeAt, probeAt <= now, probeAt < earliest,
                let request = proof(index, at: now)
            else { continue }
            found = read(index, request, .probe)
            earliest = probeAt
        }
        return found
    }

    private mutating func nextRetest(at now: Int64) -> Read? {
        for index in units.indices
        where !units[index].refused.isEmpty && units[index].retestAt <= now && !units[index].health.isDemoted
        {
            let refused = units[index].refused.keys.sorted()
            let point = refused[units[index].nextRetest % refused.count]
            let request = PollRequest(covering: [point], of: units[index].source.map)
            guard units[index].trust.proves(request, at: now) else { continue }
            let isSilent = units[index].refused[point] == .timeout
            units[index].nextRetest += 1
            units[index].retestAt = now + (isSilent ? Self.silentRetestInterval : Self.retestInterval)
            return read(index, request, .retest)
        }
        return nil
    }

    private mutating func forgetOldFindings(at now: Int64) {
        for index in units.indices where units[index].relearnAt <= now {
            units[index].relearnAt = .max
            units[index].holes = []
            units[index].maximum = [:]
            replan(index, at: now)
        }
    }

    private func read(_ index: Int, _ request: PollRequest, _ purpose: Purpose) -> Read {
        Read(
            unit: units[index].source.unit, question: request.question,
            timeoutMilliseconds: bus.timeoutMilliseconds, silenceMicroseconds: silenceMicroseconds,
            task: .poll(Poll(index: index, request: request, purpose: purpose)))
    }

    private func nextWork(after now: Int64) -> Int64 {
        var earliest = schedule.nextDue ?? .max
        for index in units.indices {
            if let probeAt = units[index].health.probeAt {
                let blocked = max(probeNotBefore, units[index].trust.clearAt(now) ?? 0)
                earliest = min(earliest, max(probeAt, probeAt <= now ? blocked : probeNotBefore))
            } else if !units[index].refused.isEmpty {
                earliest = min(earliest, units[index].retestAt)
            }
        }
        return max(earliest == .max ? now + 1000 : earliest, now + 1)
    }

    // MARK: What an outcome means

    /// Takes the outcome of `connect`, or the news that the idle connection was closed.
    ///
    /// - Parameter failure: why the connection could not be opened; nil if it was.
    public mutating func handleConnection(
        _ input: ConnectionHealth.Input, failure: String? = nil, at now: Moment, into decision: inout Decision
    ) {
        if input == .connected {
            statistics.connections += 1
            timeoutsInARow = 0
            schedule.connected(at: now.uptimeMilliseconds)
        }
        if input == .refused { statistics.refusedConnections += 1 }
        guard connection.handle(input, at: now.uptimeMilliseconds) == .down else { return }
        giveUp(reason: failure ?? "connection lost", at: now, into: &decision)
    }

    /// Ends the bus for good: its points have no value from now on.
    public mutating func close(at now: Moment, into decision: inout Decision) {
        guard statistics.isUp else { return }
        giveUp(reason: "closed", at: now, into: &decision)
    }

    private mutating func giveUp(reason: String, at now: Moment, into decision: inout Decision) {
        statistics.isUp = false
        decision.events.append(.busDown(reason: reason))
        for index in units.indices {
            fail(allPointsOf: index, .noConnection, at: now.wallMilliseconds, into: &decision)
            units[index].health = LinkHealth()
            units[index].split = nil
            units[index].hasFailedOnce = false
            statistics.units[index].isDemoted = false
            schedule.resume(index, at: now.uptimeMilliseconds)
        }
    }

    /// Takes the outcome of a read.
    ///
    /// - Parameter reply: the frame the outcome speaks of; its contents are not kept.
    public mutating func handle(
        _ outcome: Outcome, of read: Read, reply: [UInt8], timing: Timing, into decision: inout Decision
    ) {
        switch read.task {
        case .poll(let poll): handle(outcome, of: poll, reply: reply, timing: timing, into: &decision)
        case .errand(let errand):
            handle(outcome, of: errand, reply: reply, timing: timing, into: &decision)
        }
    }

    private mutating func handle(
        _ outcome: Outcome, of read: Poll, reply: [UInt8], timing: Timing, into decision: inout Decision
    ) {
        count(outcome, read.index, timing)
        let now = timing.ended.uptimeMilliseconds
        if outcome != .timeout { shadow = nil }
        switch outcome {
        case .answered(let start):
            answered(read, at: timing.ended, into: &decision)
            units[read.index].trust.prove(by: read.request, at: now)
            let first = decision.samples.count
            units[read.index].decoder.decode(
                read.request, reply, payloadAt: start, at: timing.wallMilliseconds, into: &decision.samples)
            note(decision.samples[first...], of: read, at: now)
            done(read, timing, into: &decision)
        case .exception(let code) where code == 10 || code == 11:
            // A gateway's word that the unit behind it is silent.
            reached(at: timing.ended, into: &decision)
            failed(read, .exception(code), timing, into: &decision)
        case .exception(let code):
            answered(read, at: timing.ended, into: &decision)
            refused(read, code, timing, into: &decision)
        case .timeout:
            doubt(read, at: now)
            guard !isInShadow(read) else { break }
            timeoutsInARow += 1
            mustRenew = !isSerial && timeoutsInARow >= Self.renewalTolerance
            failed(read, .timeout, timing, into: &decision)
        case .corrupted, .invalid:
            mustRenew = !isSerial
            doubt(read, at: now)
            failed(read, .invalidReply, timing, into: &decision)
        case .lost:
            failed(read, .noConnection, timing, into: &decision)
            handleConnection(.lost, at: timing.ended, into: &decision)
        }
    }

    /// Appends the samples of points that have not been read for too long.
    public mutating func sweep(at now: Moment, into decision: inout Decision) {
        refuseErrands(into: &decision)
        guard statistics.isUp else { return }
        staleness.sweep(at: now, into: &decision.samples)
    }

    /// Whether a time-out says nothing about the unit, because the one before still blocked the way.
    ///
    /// A gateway waits for a silent unit on its serial line longer than we do, and lets everybody else wait. So
    /// the first read after another unit's time-out is simply asked again.
    private mutating func isInShadow(_ read: Poll) -> Bool {
        let isShadowed = !isSerial && read.purpose != .probe && shadow.map { $0 != read.index } ?? false
        // A shadow throws none: units that are all dead must not excuse each other for ever.
        shadow = isShadowed ? nil : read.index
        return isShadowed
    }

    private mutating func doubt(_ read: Poll, at now: Int64) {
        units[read.index].trust.abandon(read.request, at: now)
        mustDrain = isSerial
    }

    /// Something useful came over the bus.
    private mutating func reached(at now: Moment, into decision: inout Decision) {
        timeoutsInARow = 0
        guard connection.handle(.answered, at: now.uptimeMilliseconds) == .up else { return }
        statistics.isUp = true
        staleness.restart(at: now.uptimeMilliseconds)
        decision.events.append(.busUp)
    }

    /// The unit itself said something.
    private mutating func answered(_ read: Poll, at now: Moment, into decision: inout Decision) {
        reached(at: now, into: &decision)
        guard units[read.index].health.handle(.answered, at: now.uptimeMilliseconds) == .admitted else {
            return
        }
        statistics.units[read.index].isDemoted = false
        schedule.resume(read.index, at: now.uptimeMilliseconds)
        decision.events.append(.unitAdmitted(units[read.index].source.asset))
    }

    /// The read brought its measurements.
    private mutating func done(_ read: Poll, _ timing: Timing, into decision: inout Decision) {
        let now = timing.ended.uptimeMilliseconds
        switch read.purpose {
        case .poll(let turn):
            units[read.index].hasFailedOnce = false
            units[read.index].proven.insert(turn.group << 16 | turn.request)
            schedule.advance(turn, at: now)
        case .split:
            continueSplit(read, .readable, timing, into: &decision)
        case .retest:
            // What made it refuse one point may have been the same for all: start from a clean slate.
            units[read.index].refused = [:]
            replan(read.index, at: now)
        case .proof, .probe:
            break
        }
    }

    /// The unit refused the read.
    private mutating func refused(
        _ read: Poll, _ code: UInt8, _ timing: Timing, into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        switch read.purpose {
        case .poll(let turn) where isAboutAddresses(code, turn, of: read.index):
            split(read, .exception(code), timing, into: &decision)
        case .poll(let turn):
            fail(read, .exception(code), timing, into: &decision)
            schedule.advance(turn, at: now, hasFailed: true)
        case .split:
            continueSplit(read, .refused(.exception(code)), timing, into: &decision)
        case .proof, .probe:
            // It lives, but an exception proves nothing about late answers: ask something else next time.
            units[read.index].trust.abandon(read.request, at: now)
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
        case 4: !units[index].proven.contains(turn.group << 16 | turn.request)
        default: false
        }
    }

    /// Starts to find out which part of a read the unit refuses.
    private mutating func split(
        _ read: Poll, _ fault: Fault, _ timing: Timing, into decision: inout Decision
    ) {
        units[read.index].split = ReadSplit(refused: read.request, fault, map: units[read.index].source.map)
        endSplit(read, timing, into: &decision)
    }

    private mutating func continueSplit(
        _ read: Poll, _ answer: ReadSplit.Answer, _ timing: Timing, into decision: inout Decision
    ) {
        units[read.index].split?.handle(answer)
        endSplit(read, timing, into: &decision)
    }

    /// Once everything is known, plans anew.
    private mutating func endSplit(_ read: Poll, _ timing: Timing, into decision: inout Decision) {
        guard let split = units[read.index].split, split.next == nil else { return }
        let now = timing.ended.uptimeMilliseconds
        let unit = units[read.index].source
        units[read.index].split = nil
        units[read.index].refused.merge(split.findings.points) { _, new in new }
        units[read.index].holes.formUnion(split.findings.holes)
        units[read.index].retestAt = now + Self.retestInterval
        units[read.index].relearnAt = now + Self.relearnInterval
        if let maximum = split.findings.maximum {
            units[read.index].maximum[read.request.area] = maximum
        }
        replan(read.index, at: now)
        if !split.findings.points.isEmpty {
            let points = split.findings.points.keys.sorted()
            for point in points {
                let fault = split.findings.points[point] ?? .timeout
                fail([point], of: read.index, fault, at: timing.wallMilliseconds, into: &decision)
            }
            decision.events.append(.pointsRefused(unit.asset, points.map { unit.points[$0] }))
        }
        if !split.findings.holes.isEmpty || split.findings.maximum != nil {
            decision.events.append(.planChanged(unit.asset))
        }
    }

    /// The read brought nothing usable.
    private mutating func failed(
        _ read: Poll, _ fault: Fault, _ timing: Timing, into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        if read.purpose == .probe, units.contains(where: { !$0.health.isDemoted }) {
            let spent =
                timing.ended.milliseconds(since: timing.sent)
                + (mustDrain ? bus.timeoutMilliseconds : 0)
            probeNotBefore = now + (Self.probeShare - 1) * spent
        }
        if case .demoted(let fault) = units[read.index].health.handle(.failed(fault), at: now) {
            units[read.index].hasFailedOnce = false
            units[read.index].split = nil
            statistics.units[read.index].isDemoted = true
            schedule.suspend(read.index)
            fail(allPointsOf: read.index, fault, at: timing.ended.wallMilliseconds, into: &decision)
            decision.events.append(.unitDemoted(units[read.index].source.asset, fault))
            return
        }
        switch read.purpose {
        case .split:
            continueSplit(read, .refused(fault), timing, into: &decision)
        case .poll(let turn):
            pollFailed(turn, read, fault, timing, into: &decision)
        case .proof, .probe, .retest:
            break
        }
    }

    /// One lost frame is asked for again; a read that fails twice while the unit answers others is bad.
    private mutating func pollFailed(
        _ turn: PollSchedule.Turn, _ read: Poll, _ fault: Fault, _ timing: Timing,
        into decision: inout Decision
    ) {
        units[read.index].hasFailedOnce.toggle()
        guard !units[read.index].hasFailedOnce else { return }
        if units[read.index].proven.contains(turn.group << 16 | turn.request) || fault == .noConnection {
            fail(read, fault, timing, into: &decision)
            schedule.advance(turn, at: timing.ended.uptimeMilliseconds, hasFailed: true)
        } else {
            // Never answered: some devices keep silent where others refuse.
            split(read, fault, timing, into: &decision)
        }
    }

    // MARK: Errands

    /// Takes a read for a person; false if too many wait already.
    public mutating func submit(_ errand: BusErrand) -> Bool {
        guard errands.count < Self.maximumErrands else { return false }
        errands.append(errand)
        return true
    }

    private mutating func nextErrand(at now: Int64) -> Read? {
        guard let errand = errands.first, now >= errandNotBefore else { return nil }
        errands.removeFirst()
        return Read(
            unit: errand.unit, question: errand.question,
            timeoutMilliseconds: errand.timeoutMilliseconds ?? bus.timeoutMilliseconds,
            silenceMicroseconds: silenceMicroseconds, task: .errand(errand))
    }

    private mutating func handle(
        _ outcome: Outcome, of errand: BusErrand, reply: [UInt8], timing: Timing,
        into decision: inout Decision
    ) {
        let now = timing.ended.uptimeMilliseconds
        statistics.errands += 1
        errandNotBefore = now + (Self.errandShare - 1) * timing.ended.milliseconds(since: timing.sent)
        decision.errands.append(
            BusErrand.Answer(
                errand: errand, result: BusErrand.Result(outcome, of: errand.question, reply),
                microseconds: timing.microseconds))
        switch outcome {
        case .answered, .exception: reached(at: timing.ended, into: &decision)
        case .timeout, .corrupted, .invalid: mustDrain = isSerial
        case .lost: handleConnection(.lost, at: timing.ended, into: &decision)
        }
    }

    /// Says of every errand that waits on a bus without a connection that it cannot be done.
    private mutating func refuseErrands(into decision: inout Decision) {
        guard !errands.isEmpty, !statistics.isUp, case .down = connection.phase else { return }
        for errand in errands {
            decision.errands.append(BusErrand.Answer(errand: errand, result: .noConnection, microseconds: 0))
        }
        errands.removeAll()
    }

    // MARK: Memory and frames

    /// What was found out about the units, to be handed to `init` after a restart.
    public var memory: BusMemory { BusMemory() }

    /// Keeps a frame as the adapter sent or received it, for those who look for a fault.
    public mutating func note(
        _ frame: [UInt8], count: Int, isSent: Bool, of read: Read, at wallMilliseconds: Int64
    ) {
        guard case .poll(let poll) = read.task else { return }
        frames.note(poll.index, isSent: isSent, frame, count: count, at: wallMilliseconds)
    }

    /// The newest frames of a unit, the oldest first.
    public func frames(ofUnitAt index: Int) -> [BusFrame] {
        frames.frames(of: index, unit: bus.units[index].unit)
    }

    // MARK: Samples and plans

    private mutating func note(_ samples: ArraySlice<Sample>, of read: Poll, at now: Int64) {
        let first = units[read.index].firstPosition
        for (point, sample) in zip(read.request.points, samples) {
            staleness.heard(first + point, sample.value, at: now)
        }
    }

    private mutating func fail(
        _ read: Poll, _ fault: Fault, _ timing: Timing, into decision: inout Decision
    ) {
        fail(read.request.points, of: read.index, fault, at: timing.wallMilliseconds, into: &decision)
    }

    private mutating func fail(
        allPointsOf index: Int, _ fault: Fault, at wallMilliseconds: Int64, into decision: inout Decision
    ) {
        let points = Array(units[index].source.points.indices)
        fail(points, of: index, fault, at: wallMilliseconds, into: &decision)
    }

    private mutating func fail(
        _ points: [Int], of index: Int, _ fault: Fault, at wallMilliseconds: Int64,
        into decision: inout Decision
    ) {
        for point in points {
            decision.samples.append(
                Sample(units[index].source.points[point], failed: fault, at: wallMilliseconds))
            staleness.heard(units[index].firstPosition + point, nil, at: 0)
        }
    }

    private mutating func replan(_ index: Int, at now: Int64) {
        let unit = units[index]
        let map = unit.source.map
        let refused = Set(unit.refused.keys)
        var avoided: Set<RegisterAddress> = []
        for point in refused {
            let place = map.points[point]
            avoided.formUnion(
                place.span.map { RegisterAddress(place.register.area, UInt16(truncatingIfNeeded: $0)) })
        }
        // A register of a refused point may still belong to a point that can be read.
        for (index, place) in map.points.enumerated() where !refused.contains(index) {
            avoided.subtract(
                place.span.map { RegisterAddress(place.register.area, UInt16(truncatingIfNeeded: $0)) })
        }
        units[index].plan = PollPlan(
            map, cost: cost, avoiding: avoided.union(unit.holes), excluding: refused, maximum: unit.maximum)
        units[index].hasFailedOnce = false
        units[index].proven = []
        schedule.replan(index, units[index].plan, at: now)
        notePlan(of: index)
    }

    private mutating func notePlan(of index: Int) {
        statistics.units[index].plannedRequests = units[index].plan.groups.reduce(0) {
            $0 + $1.requests.count
        }
        statistics.plannedUtilisation = units.reduce(0) { $0 + $1.plan.utilisation(cost) }
    }

    private mutating func count(_ outcome: Outcome, _ index: Int, _ timing: Timing) {
        statistics.units[index].requests += 1
        statistics.units[index].late += timing.late
        statistics.units[index].overruns = schedule.overruns(of: index)
        switch outcome {
        case .answered, .exception:
            statistics.units[index].lastMicroseconds = timing.microseconds
            statistics.units[index].roundTrip.note(microseconds: timing.microseconds)
            statistics.units[index].totalMicroseconds += timing.microseconds
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
