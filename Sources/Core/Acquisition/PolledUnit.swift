import Facility

/// What a bus knows about one of its units while it is polled.
struct PolledUnit: Sendable {
    private(set) var source: ModbusUnit
    /// How long its answers may take at most, milliseconds.
    let timeoutMilliseconds: Int64
    /// Where the unit's points start among all points of the bus.
    private(set) var firstPosition: Int
    var decoder: RegisterDecoder
    /// What judges its samples by those before; nil if none needs it.
    var conditioner: Conditioner?
    /// What follows its queue of events, if it keeps one.
    var queue: QueueDrain?
    var plan: PollPlan
    var health = LinkHealth()
    var trust: ReplyTrust
    var pace: AnswerPace
    var findings: UnitFindings
    var split: ReadSplit?
    /// How long it was taken to think when its reads were planned, nanoseconds.
    var plannedTurnaround: Int64
    var hasFailedOnce = false
    /// The polls of the present plan that were answered at least once, as group and read in one number.
    var proven: Set<Int> = []
    /// Whether the points it refuses must be said to be bad once it answers: something else was said since.
    var owesRefusals: Bool
    /// How many probes in a row were short.
    var shortProbes = 0

    init(
        _ source: ModbusUnit, on bus: ModbusBus, memory: BusMemory.Unit?, conditions: ConditionMemory,
        firstPosition: Int, at now: Moment,
        textOfGBK: @escaping TextDecoding
    ) {
        let timeout = source.timeoutMilliseconds ?? bus.timeoutMilliseconds
        self.source = source
        self.firstPosition = firstPosition
        timeoutMilliseconds = timeout
        decoder = RegisterDecoder(source, textOfGBK: textOfGBK)
        conditioner = Conditioner(
            source.asset, source.map.points.map(\.meaning), points: source.points, memory: conditions)
        queue = QueueDrain(source, memory: conditions.queue(source.asset))
        trust = ReplyTrust(timeoutMilliseconds: timeout)
        pace = AnswerPace(answerMicroseconds: memory?.answerMicroseconds)
        findings = memory.map { UnitFindings($0, at: now) } ?? UnitFindings()
        owesRefusals = !findings.refused.isEmpty
        plannedTurnaround =
            memory?.usualMicroseconds.map { $0 * 1000 } ?? BusCost.usualTurnaround(bus.endpoint)
        plan = findings.plan(source.map, cost: Self.cost(on: bus, turnaround: plannedTurnaround))
    }

    static func cost(on bus: ModbusBus, turnaround: Int64) -> BusCost {
        BusCost(
            bus.endpoint, requestDelayMilliseconds: bus.requestDelayMilliseconds, turnaround: turnaround)
    }

    /// Takes over everything that is known of the same unit; only the numbers of its points may be others.
    mutating func inherit(from old: PolledUnit) {
        var next = old
        next.source = source
        next.firstPosition = firstPosition
        next.decoder = decoder
        next.decoder.inheritScales(from: old.decoder)
        next.conditioner?.renumber(source.points)
        next.queue?.renumber(source)
        self = next
    }

    /// Whether a poll of the present plan was answered before.
    func isProven(_ turn: PollSchedule.Turn) -> Bool { proven.contains(Self.number(turn)) }

    mutating func prove(_ turn: PollSchedule.Turn) { proven.insert(Self.number(turn)) }

    private static func number(_ turn: PollSchedule.Turn) -> Int { turn.group << 16 | turn.request }

    /// Takes the measured turn-around for the next plan if it is far from what was taken for this one; whether
    /// it is.
    mutating func adoptMeasuredTurnaround() -> Bool {
        guard pace.times.total >= Self.leastMeasured else { return false }
        let measured = max(pace.times.microseconds(0.5) * 1000, 100_000)
        let isFar =
            max(measured, plannedTurnaround) > 2 * min(measured, plannedTurnaround)
            && abs(measured - plannedTurnaround) > Self.leastDifference
        if isFar { plannedTurnaround = measured }
        return isFar
    }

    private static let leastMeasured = 64
    private static let leastDifference: Int64 = 3_000_000

    /// The smallest read whose answer proves that nothing old is on its way; nil if there is none for now.
    func proof(at now: Int64) -> PollRequest? {
        var requests = plan.groups.flatMap(\.requests)
        // A unit that refuses every point must still be able to say that it is there.
        if requests.isEmpty, let point = source.map.points.indices.first {
            requests = [PollRequest(covering: [point], of: source.map)]
        }
        return trust.proof(among: requests, of: source.map, at: now)
    }

    /// What is to be remembered of the unit over a restart; nil if nothing is known.
    var memory: BusMemory.Unit? {
        let isMeasured = pace.times.total >= Self.leastMeasured
        guard isMeasured || !findings.isEmpty else { return nil }
        return findings.memory(of: source, times: isMeasured ? pace.times : nil)
    }
}
