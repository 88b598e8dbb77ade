public import Facility

/// One Modbus bus as a value: what to do next, and what an outcome means.
///
/// The adapter asks `next`, does it, and reports back with `handle` or `handleConnection`; every sample and
/// every event comes out of those two. Nothing here waits, reads a clock or touches a socket, so a year of a bus
/// with failing units runs in a test in no time.
///
/// What is next, the first that applies: open or close the bus, let a late answer pass, probe a dead unit as far
/// as `ProbeBudget` allows, what a queue of events holds, the read that `PollSchedule` says, a refused point once
/// more, a person's errand.
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
        let task: Task

        /// How many points the answer feeds.
        public var pointCount: Int {
            switch task {
            case .poll(let poll): poll.request.points.count
            case .errand: 0
            }
        }
    }

    /// Whom something is read for.
    enum Task: Hashable, Sendable {
        /// For the site.
        case poll(Poll)
        /// For a person.
        case errand(BusErrand)
    }

    /// A read of the site's points.
    struct Poll: Hashable, Sendable {
        /// The unit, as an index into the bus's units.
        let index: Int
        let request: PollRequest
        let purpose: Purpose
    }

    /// Why a unit is read.
    enum Purpose: Hashable, Sendable {
        /// Because its time has come.
        case poll(PollSchedule.Turn)
        /// To find out why a poll was refused.
        case split
        /// To be sure that no late answer is on its way.
        case proof
        /// To find out whether a demoted unit is back.
        case probe(ProbeBudget.Kind)
        /// To find out whether a refused point can be read by now.
        case retest
        /// To fetch what a queue of events holds.
        case followUp

        var isProbe: Bool {
            switch self {
            case .probe: true
            case .poll, .split, .proof, .retest, .followUp: false
            }
        }
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
        var wallMilliseconds: Int64 { sent.wallMilliseconds + milliseconds / 2 }

        var milliseconds: Int64 { ended.milliseconds(since: sent) }
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

    /// After how many time-outs in a row a TCP connection is opened afresh.
    static let renewalTolerance = 2

    /// The bus as it is described at present.
    public let bus: ModbusBus
    var units: [PolledUnit]
    var schedule: PollSchedule
    var connection: ConnectionHealth
    var staleness: Staleness
    var errands = ErrandQueue()
    var probes = ProbeBudget()
    /// How long the answers of all units took beyond their bytes: what a unit nobody has heard yet is given.
    var pace = AnswerPace()
    var timeoutsInARow = 0
    var shadow = GatewayShadow()
    /// The unit that was asked last, and when the bus became quiet after it.
    var lastUnit: UInt8?
    var quietSince = Int64.min
    /// The units of which some samples are judged by those before, as indices.
    let conditionedUnits: [Int]
    /// The units that keep a queue of events, as indices.
    let queueUnits: [Int]
    var mustRenew = false
    var drainMilliseconds: Int64 = 0
    var frames: FrameLog
    private let textOfGBK: TextDecoding
    /// What happened since the start.
    public internal(set) var statistics: BusStatistics
    /// A number that changes when there is something new to remember of the bus.
    public internal(set) var memoryRevision = 0

    /// A bus that was never connected.
    ///
    /// - Parameters:
    ///   - memory: what was found out before a restart.
    ///   - conditions: what was counted before a restart.
    ///   - seed: tells buses apart where they would otherwise move in step.
    ///   - textOfGBK: makes text out of GBK; without it such texts cannot be decoded.
    public init(
        _ bus: ModbusBus, memory: BusMemory = .init(), conditions: ConditionMemory = .init(), seed: UInt64,
        at moment: Moment,
        textOfGBK: @escaping TextDecoding = { _ in nil }
    ) {
        let now = moment.uptimeMilliseconds
        self.bus = bus
        self.textOfGBK = textOfGBK
        var random = SplitMix64(seed: seed)
        var position = 0
        units = bus.units.map { unit in
            defer { position += unit.points.count }
            return PolledUnit(
                unit, on: bus, memory: memory.unit(unit), conditions: conditions, firstPosition: position,
                at: moment,
                textOfGBK: textOfGBK)
        }
        let conditioned = units.map { $0.conditioner != nil }
        conditionedUnits = conditioned.indices.filter { conditioned[$0] }
        queueUnits = bus.units.indices.filter { bus.units[$0].map.queue != nil }
        schedule = PollSchedule(
            units.map(\.plan), weights: bus.units.map(\.weight), at: now,
            phase: Double(random.next() >> 11) / Double(1 << 53))
        // Trying to open a serial line costs nobody anything, and an adapter that was put back is to be used soon.
        let longestWait: Int64 =
            switch bus.endpoint {
            case .tcp: ConnectionHealth.longestInterval
            case .serial: 5000
            }
        connection = ConnectionHealth(seed: random.next(), at: now, longestWait: longestWait)
        staleness = Staleness(
            bus.units.flatMap { unit in
                zip(unit.points, unit.map.points).enumerated().map { position, point in
                    // Records come when something happens.
                    let isOccasional = unit.map.queue?.fields.points.contains(position) ?? false
                    return (point.0, isOccasional ? nil : point.1.periodMilliseconds.map { 3 * $0 })
                }
            }, meaning: .stale, at: now)
        frames = FrameLog(units: bus.units.count)
        statistics = BusStatistics(bus.units)
        for index in units.indices { notePlan(of: index) }
    }

    var isSerial: Bool {
        switch bus.endpoint {
        case .tcp: false
        case .serial: true
        }
    }

    var hasHealthyUnit: Bool { units.contains { !$0.health.isDemoted } }

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
        if drainMilliseconds > 0 {
            defer { drainMilliseconds = 0 }
            return .drain(milliseconds: drainMilliseconds)
        }
        if let probe = nextProbe(at: now) { return .read(probe) }
        if let errand = nextErrand(at: now, isIdle: false) { return .read(errand) }
        if let followUp = nextFollowUp(at: now) { return .read(followUp) }
        while let turn = schedule.next(at: now, preferring: quickest(at: now)) {
            if let read = nextRead(turn, at: now) { return .read(read) }
        }
        if let retest = nextRetest(at: now) { return .read(retest) }
        if let errand = nextErrand(at: now, isIdle: true) { return .read(errand) }
        forgetOldFindings(at: now)
        return .wait(until: nextWork(after: now))
    }

    /// The unit that may be asked at once while every other one must wait for more silence.
    private func quickest(at now: Int64) -> Int? {
        let silence = bus.requestDelayMilliseconds + bus.unitChangeDelayMilliseconds
        guard bus.unitChangeDelayMilliseconds > 0, let lastUnit, now - quietSince < silence else {
            return nil
        }
        return units.firstIndex { $0.source.unit == lastUnit }
    }

    private mutating func nextRead(_ turn: PollSchedule.Turn, at now: Int64) -> Read? {
        let half = units[turn.unit].split?.next
        let request = half ?? units[turn.unit].plan.groups[turn.group].requests[turn.request]
        // A half that stays silent must not count against the unit together with the one before, so each is
        // followed by a read that is known to work.
        let isSafe =
            units[turn.unit].trust.isClear(at: now)
            || half == nil && units[turn.unit].trust.proves(request.question, at: now)
        if isSafe {
            return read(turn.unit, request, half == nil ? .poll(turn) : .split)
        }
        guard let proof = units[turn.unit].proof(at: now) else {
            schedule.hold(turn.unit, until: units[turn.unit].trust.clearAt(now) ?? now)
            return nil
        }
        return read(turn.unit, proof, .proof)
    }

    /// The probe that is due and affordable, of the unit that has waited longest.
    private mutating func nextProbe(at now: Int64) -> Read? {
        let isFree = !hasHealthyUnit
        guard isFree || probes.notBefore(.short) <= now || probes.notBefore(.long) <= now else { return nil }
        let dead = units.indices.filter { units[$0].health.probeAt.map { $0 <= now } ?? false }
        guard !dead.isEmpty else { return nil }
        let waiting = dead.sorted {
            (units[$0].health.probeAt ?? 0, $0) < (units[$1].health.probeAt ?? 0, $1)
        }
        if isFree || probes.notBefore(.long) <= now {
            let neglected = waiting.max { units[$0].shortProbes < units[$1].shortProbes }
            if let neglected, units[neglected].shortProbes >= Self.leastShortProbes,
                let request = units[neglected].proof(at: now)
            {
                units[neglected].shortProbes = 0
                return read(neglected, request, .probe(.long))
            }
        }
        guard isFree || probes.notBefore(.short) <= now else { return nil }
        for index in waiting {
            guard let request = units[index].proof(at: now) else { continue }
            units[index].shortProbes += 1
            return read(index, request, .probe(.short))
        }
        return nil
    }

    /// How many short probes come before one that waits as long as the configuration grants.
    private static let leastShortProbes = 3

    private mutating func nextRetest(at now: Int64) -> Read? {
        for index in units.indices where !units[index].health.isDemoted {
            guard let point = units[index].findings.retest(at: now) else { continue }
            let request = PollRequest(covering: [point], of: units[index].source.map)
            guard units[index].trust.proves(request.question, at: now) else { continue }
            units[index].findings.tried(point, at: now)
            return read(index, request, .retest)
        }
        return nil
    }

    func read(_ index: Int, _ request: PollRequest, _ purpose: Purpose) -> Read {
        let unit = units[index]
        return Read(
            unit: unit.source.unit, question: request.question,
            timeoutMilliseconds: timeout(request.question, of: unit, purpose),
            silenceMicroseconds: silence(before: unit.source.unit),
            task: .poll(Poll(index: index, request: request, purpose: purpose)))
    }

    /// How long an answer of one of the units may take, milliseconds.
    private func timeout(_ question: BusQuestion, of unit: PolledUnit, _ purpose: Purpose) -> Int64 {
        let allowed = allowedMicroseconds(unit, purpose)
        guard let allowed else { return unit.timeoutMilliseconds }
        let whole = (question.wireMicroseconds(over: bus.endpoint) + allowed + 999) / 1000
        return min(whole, unit.timeoutMilliseconds)
    }

    /// How long an answer may take beyond its bytes, microseconds; nil for as long as the configuration grants.
    private func allowedMicroseconds(_ unit: PolledUnit, _ purpose: Purpose) -> Int64? {
        switch purpose {
        case .probe(.long), .followUp:
            // Reading may have removed what it reads: its answer is waited for as long as may be.
            return nil
        case .probe(.short):
            let floor: Int64 = isSerial ? 25_000 : 100_000
            return unit.pace.usualMicroseconds(floor: floor) ?? pace.usualMicroseconds(floor: floor)
        case .poll, .split, .proof, .retest:
            let isShadowed = !isSerial && shadow.covers(unit.source.unit)
            return isShadowed ? nil : unit.pace.allowedMicroseconds(floor: isSerial ? 150_000 : 400_000)
        }
    }

    /// How long the bus must be silent before a unit is asked, microseconds.
    func silence(before unit: UInt8) -> Int64 {
        let isChange = lastUnit.map { $0 != unit } ?? false
        return bus.silenceMicroseconds + (isChange ? bus.unitChangeDelayMilliseconds * 1000 : 0)
    }

    private mutating func forgetOldFindings(at now: Int64) {
        for index in units.indices where units[index].findings.forgetIfOld(at: now) {
            replan(index, at: now)
        }
    }

    private func nextWork(after now: Int64) -> Int64 {
        var earliest = schedule.nextDue ?? .max
        let affordable = hasHealthyUnit ? min(probes.notBefore(.short), probes.notBefore(.long)) : .min
        for unit in units {
            if let probeAt = unit.health.probeAt {
                let isBlocked = probeAt <= now && affordable <= now
                let provable = isBlocked ? unit.trust.clearAt(now) ?? probes.notBefore(.short) : .min
                earliest = min(earliest, max(probeAt, affordable, provable))
            } else if !unit.findings.refused.isEmpty {
                earliest = min(earliest, unit.findings.retestAt)
            }
        }
        if let errandAt = errands.nextWork(after: now) { earliest = min(earliest, errandAt) }
        return max(earliest == .max ? now + 1000 : earliest, now + 1)
    }

    // MARK: Connection

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
        decision.errands += errands.refused(
            at: now.uptimeMilliseconds, mayWait: false, isSayable: { _ in true })
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
            noteHealth(of: index)
            schedule.resume(index, at: now.uptimeMilliseconds)
        }
    }

    /// Appends the samples of points that have not been read for too long, and answers errands that cannot be
    /// done. To be called after every action.
    public mutating func sweep(at now: Moment, into decision: inout Decision) {
        sweepErrands(at: now.uptimeMilliseconds, into: &decision)
        guard statistics.isUp else { return }
        if !conditionedUnits.isEmpty { sweepConditions(at: now, into: &decision) }
        staleness.sweep(at: now, into: &decision.samples)
    }

    // MARK: Another description

    /// Whether a description can take the place of this one without a new connection.
    public func canBecome(_ next: ModbusBus) -> Bool { next.isReached(as: bus) }

    /// Goes on as a bus with other units, reached in the same way. Not to be called while something is under way.
    ///
    /// Units that are read as before keep their times, findings and frames, and miss no read. Whatever follows
    /// speaks of the points by their new numbers.
    ///
    /// - Parameter elsewhere: what was counted on other buses: an asset may have moved here from one of them.
    public mutating func become(_ next: ModbusBus, conditions elsewhere: ConditionMemory, at now: Moment) {
        precondition(canBecome(next), "another connection needs another machine")
        var known = elsewhere
        known.merge(conditions)
        var machine = PollMachine(
            next, memory: memory, conditions: known, seed: 0, at: now, textOfGBK: textOfGBK)
        machine.inherit(from: self)
        self = machine
    }

    // MARK: Frames

    /// Keeps a frame as the adapter sent or received it, for those who look for a fault.
    public mutating func note(
        _ frame: [UInt8], count: Int, isSent: Bool, of read: Read, at wallMilliseconds: Int64
    ) {
        guard case .poll(let poll) = read.task else { return }
        frames.note(poll.index, isSent: isSent, frame, count: count, at: wallMilliseconds)
    }

    /// The newest frames of a unit, the oldest first: at most eight, and at most half a kilobyte.
    public func frames(ofUnitAt index: Int) -> [BusFrame] {
        frames.frames(of: index, unit: bus.units[index].unit)
    }

    /// Notes which unit the bus was busy with last, and until when.
    mutating func noteQuiet(after unit: UInt8, at now: Int64) {
        lastUnit = unit
        quietSince = now
    }
}
