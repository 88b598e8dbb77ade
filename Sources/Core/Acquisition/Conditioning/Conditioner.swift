public import Facility

/// Judges the samples of one asset by those before them: totals that only grow, measurements that cannot jump,
/// pulses that last.
///
/// Stands between decoding and everybody else. An asset of which no point needs it has none, and the samples of
/// its other points pass without being looked up.
public struct Conditioner: Sendable {
    private enum Judge: Sendable {
        case counter(CounterTotal)
        case level(LevelGate)
        case pulse(PulseHold)
    }

    private struct Case: Sendable {
        var point: PointID
        let name: String
        let unit: String?
        var judge: Judge
    }

    private let asset: AssetID
    private var cases: [Case] = []
    /// For each of the asset's points the place in `cases`, or -1.
    private let places: [Int16]
    private let hasPulses: Bool
    /// Changes when something happened that must outlast a crash.
    public private(set) var revision = 0

    /// Prepares the points of an asset; nil if no sample of it needs judging.
    ///
    /// - Parameters:
    ///   - points: one for each meaning, in the same order.
    ///   - memory: what an earlier run knew.
    public init?(
        _ asset: AssetID, _ meanings: [PointMeaning], points: [PointID], memory: ConditionMemory = .init()
    ) {
        var places: [Int16] = []
        for (meaning, point) in zip(meanings, points) {
            guard let conditioning = meaning.conditioning else {
                places.append(-1)
                continue
            }
            places.append(Int16(truncatingIfNeeded: cases.count))
            cases.append(
                Case(
                    point: point, name: meaning.name, unit: meaning.unit?.symbol,
                    judge: Self.judge(conditioning, meaning, memory.counter(asset, meaning))))
        }
        guard !cases.isEmpty else { return nil }
        self.asset = asset
        self.places = places
        hasPulses = cases.contains { if case .pulse = $0.judge { true } else { false } }
    }

    private static func judge(
        _ conditioning: Conditioning, _ meaning: PointMeaning, _ memory: ConditionMemory.Counter?
    ) -> Judge {
        switch conditioning {
        case .counter(let meter):
            var total = CounterTotal(
                meter, resolution: meaning.resolution, expectedMilliseconds: meaning.expectedMilliseconds)
            if let memory {
                total.resume(
                    reading: memory.reading, total: memory.total, offset: memory.offset,
                    at: memory.wallMilliseconds)
            }
            return .counter(total)
        case .limited(let perHour):
            return .level(
                LevelGate(
                    perHour: perHour, resolution: meaning.resolution,
                    expectedMilliseconds: meaning.expectedMilliseconds))
        case .held(let milliseconds):
            return .pulse(PulseHold(milliseconds: milliseconds))
        }
    }

    /// What a sample counts as.
    ///
    /// - Parameters:
    ///   - position: the point's place among the asset's points.
    ///   - now: when it arrived.
    public mutating func handle(
        _ sample: Sample, at position: Int, now: Moment, into events: inout [BusEvent]
    ) -> Sample {
        let place = Int(places[position])
        guard place >= 0 else { return sample }
        switch cases[place].judge {
        case .counter(var total):
            guard let value = sample.value, let reading = value.double else { return sample }
            let verdict = total.handle(reading, at: now)
            cases[place].judge = .counter(total)
            return counted(verdict, sample, value, reading, cases[place].name, &events)
        case .level(var gate):
            guard let reading = sample.value?.double else { return sample }
            let isPossible = gate.admits(reading, at: now)
            cases[place].judge = .level(gate)
            return isPossible
                ? sample : Sample(sample.point, failed: .implausible, at: sample.wallMilliseconds)
        case .pulse(var pulse):
            guard case .flag(let isClosed) = sample.value else {
                pulse.failed()
                cases[place].judge = .pulse(pulse)
                return sample
            }
            let counts = pulse.handle(isClosed, at: now)
            cases[place].judge = .pulse(pulse)
            return counts == isClosed
                ? sample : Sample(sample.point, .flag(counts), sample.quality, at: sample.wallMilliseconds)
        }
    }

    private mutating func counted(
        _ verdict: CounterTotal.Verdict, _ sample: Sample, _ value: Value, _ reading: Double,
        _ name: String, _ events: inout [BusEvent]
    ) -> Sample {
        switch verdict {
        case .implausible:
            return Sample(sample.point, failed: .implausible, at: sample.wallMilliseconds)
        case .total(let total):
            return Self.sample(sample, value, reading, total)
        case .restarted(let total, let before):
            revision += 1
            events.append(.meterRestarted(asset, point: name, before: before, after: reading))
            return Self.sample(sample, value, reading, total)
        case .replaced(let total, let before):
            revision += 1
            events.append(.meterReplaced(asset, point: name, before: before, after: reading))
            return Self.sample(sample, value, reading, total)
        }
    }

    private static func sample(_ sample: Sample, _ value: Value, _ reading: Double, _ total: Double) -> Sample
    {
        guard total != reading else { return sample }
        let counted: Value
        if case .integer = value, let whole = Int64(exactly: total) {
            counted = .integer(whole)
        } else {
            counted = .number(total)
        }
        return Sample(sample.point, counted, sample.quality, at: sample.wallMilliseconds)
    }

    /// Goes on with the same points under other numbers.
    public mutating func renumber(_ points: [PointID]) {
        for (position, place) in places.enumerated() where place >= 0 {
            cases[Int(place)].point = points[position]
        }
    }

    /// Notes that a point has no value from now on, for a reason of its own.
    public mutating func failed(at position: Int) {
        let place = Int(places[position])
        guard place >= 0, case .pulse(var pulse) = cases[place].judge else { return }
        pulse.failed()
        cases[place].judge = .pulse(pulse)
    }

    /// Appends the openings of contacts whose time is over and of which nothing was heard since.
    public mutating func sweep(at now: Moment, into samples: inout [Sample]) {
        guard hasPulses else { return }
        for place in cases.indices {
            guard case .pulse(var pulse) = cases[place].judge, pulse.owesOpening else { continue }
            if pulse.isReleased(at: now) {
                samples.append(Sample(cases[place].point, .flag(false), at: now.wallMilliseconds))
            }
            cases[place].judge = .pulse(pulse)
        }
    }

    /// What another run needs to go on counting.
    public var memory: [ConditionMemory.Counter] {
        cases.compactMap { known in
            guard case .counter(let total) = known.judge, let standing = total.standing else { return nil }
            return ConditionMemory.Counter(
                asset: asset, point: known.name, unit: known.unit, reading: standing.reading,
                total: standing.total, offset: standing.offset, wallMilliseconds: standing.wallMilliseconds)
        }
    }
}
