import Facility

/// One meter's readings as a total that only grows and equals what the meter showed as long as the meter was
/// the same.
///
/// ```
///               possible, or across the wrap
///                 ┌──────┐
///                 ▼      │        impossible
/// unread ──────► following ─────────────────────► doubting ◄─┐ another
///      reading    ▲    ▲                          │ │    └───┘ impossible one
///                 │    └──── possible after all ──┘ │
///                 └───────── three that agree ──────┘
///                            (restarted or replaced)
/// ```
///
/// An impossible reading is never counted. Three that agree with each other are believed: the meter started
/// again from zero, or another one hangs in its place, and the total goes on from where it stood.
struct CounterTotal: Sendable {
    /// What a reading means.
    enum Verdict: Hashable, Sendable {
        /// The total by now.
        case total(Double)
        /// The meter cannot show this.
        case implausible
        /// The meter counts from zero again; the total by now, and what it showed before.
        case restarted(total: Double, before: Double)
        /// Another meter; the total by now, and what the one before showed last.
        case replaced(total: Double, before: Double)
    }

    /// One meter that is followed.
    fileprivate struct Track: Sendable {
        /// What is added to the reading.
        var offset: Double
        /// The highest reading.
        var reading: Double
        var total: Double
        var time: ReadingTime
        var budget: RateBudget?
        /// How many readings it has shown in this run, as far as it matters.
        var readings = 1
    }

    /// A reading that may be the first of another meter.
    private struct Candidate: Sendable {
        let first: Double
        var latest: Double
        var time: ReadingTime
        var count = 1
        var budget: RateBudget?
    }

    private enum Phase: Sendable {
        case unread
        case following(Track)
        case doubting(Track, Candidate)
    }

    /// How many readings that agree are believed against the ones before.
    static let confirmations = 3
    /// For how long a meter that seems to have restarted may still turn out to be the old one, milliseconds.
    private static let returnMilliseconds: Double = 3_600_000

    private let meter: Conditioning.Counter
    private let resolution: Double?
    private let lag: Double
    private var phase = Phase.unread
    /// The meter followed before, for one that showed zeros while it started.
    private var previous: Track?

    init(_ meter: Conditioning.Counter, resolution: Double?, expectedMilliseconds: Int64?) {
        self.meter = meter
        self.resolution = resolution
        lag = max(60_000, Double(expectedMilliseconds ?? 0))
    }

    /// Goes on where an earlier run stopped.
    mutating func resume(reading: Double, total: Double, offset: Double, at wallMilliseconds: Int64) {
        guard reading.isFinite, total.isFinite, offset.isFinite else { return }
        phase = .following(
            Track(
                offset: offset, reading: reading, total: total, time: ReadingTime(before: wallMilliseconds),
                budget: budget(), readings: Self.confirmations))
    }

    /// What another run needs to go on; nil before the first reading.
    var standing: (reading: Double, total: Double, offset: Double, wallMilliseconds: Int64)? {
        switch phase {
        case .unread: nil
        case .following(let track), .doubting(let track, _):
            (track.reading, track.total, track.offset, track.time.wallMilliseconds)
        }
    }

    /// Takes what the meter shows.
    mutating func handle(_ reading: Double, at now: Moment) -> Verdict {
        guard reading.isFinite else { return .implausible }
        switch phase {
        case .unread:
            phase = .following(
                Track(
                    offset: 0, reading: reading, total: reading, time: ReadingTime(now), budget: budget()))
            return .total(reading)
        case .following(let track):
            if let next = returned(track, reading, at: now) ?? follow(track, reading, at: now) {
                phase = .following(next)
                return .total(next.total)
            }
            phase = .doubting(track, candidate(reading, at: now))
            return .implausible
        case .doubting(let track, var doubt):
            if let next = returned(track, reading, at: now) ?? follow(track, reading, at: now) {
                phase = .following(next)
                return .total(next.total)
            }
            guard agrees(&doubt, reading, at: now) else {
                phase = .doubting(track, candidate(reading, at: now))
                return .implausible
            }
            guard doubt.count >= Self.confirmations else {
                phase = .doubting(track, doubt)
                return .implausible
            }
            return believe(doubt, after: track, reading, at: now)
        }
    }

    // MARK: One step

    private func budget() -> RateBudget? {
        meter.maximumPerHour.map { RateBudget(perHour: $0, lagMilliseconds: lag) }
    }

    private func candidate(_ reading: Double, at now: Moment) -> Candidate {
        Candidate(first: reading, latest: reading, time: ReadingTime(now), budget: budget())
    }

    /// How far apart two equal readings may be for the way they are represented.
    private func tolerance(_ reading: Double) -> Double {
        resolution ?? Double(Float(reading).ulp)
    }

    /// The track with one more reading; nil if it cannot be this meter's.
    private func follow(_ track: Track, _ reading: Double, at now: Moment) -> Track? {
        var next = track
        let elapsed = track.time.elapsed(until: now)
        let rise = reading - track.reading
        if rise < 0, resolution == nil, rise >= -2 * tolerance(track.reading) {
            // A float that was rounded the other way.
            next.time = ReadingTime(now)
            return next
        }
        if rise >= 0 {
            guard next.admits(rise, after: elapsed, tolerance: tolerance(reading)) else { return nil }
        } else {
            // Whether it wrapped or restarted only the time it had tells.
            guard let span = meter.span, meter.maximumPerHour != nil, elapsed != nil, rise + span >= 0,
                reading >= 0, next.admits(rise + span, after: elapsed, tolerance: tolerance(reading))
            else { return nil }
            next.offset += span
        }
        next.take(reading, tidied: tidied(next.offset + reading), at: now)
        return next.isFinite ? next : nil
    }

    /// The meter followed before, if the reading is plainly its own: it showed zeros while it started.
    private mutating func returned(_ track: Track, _ reading: Double, at now: Moment) -> Track? {
        guard let before = previous else { return nil }
        guard let elapsed = before.time.elapsed(until: now), elapsed < Self.returnMilliseconds else {
            previous = nil
            return nil
        }
        guard reading >= before.reading, reading - track.reading > abs(before.reading - track.reading) / 2,
            var next = follow(before, reading, at: now)
        else { return nil }
        previous = nil
        next.total = max(next.total, track.total)
        return next
    }

    private func agrees(_ doubt: inout Candidate, _ reading: Double, at now: Moment) -> Bool {
        let rise = reading - doubt.latest
        let slack = tolerance(reading)
        guard rise >= -2 * slack else { return false }
        let elapsed = doubt.time.elapsed(until: now)
        if rise > 0, doubt.budget?.admits(rise, after: elapsed, tolerance: slack) == false { return false }
        doubt.latest = max(doubt.latest, reading)
        doubt.time = ReadingTime(now)
        doubt.count += 1
        return true
    }

    /// Follows another meter from here on.
    private mutating func believe(
        _ doubt: Candidate, after track: Track, _ reading: Double, at now: Moment
    ) -> Verdict {
        let elapsed = track.time.elapsed(until: now)
        if track.readings < Self.confirmations, reading > track.reading {
            // What it showed first was none of its readings yet.
            phase = .following(
                Track(
                    offset: 0, reading: reading, total: reading, time: ReadingTime(now),
                    budget: doubt.budget, readings: Self.confirmations))
            return .total(reading)
        }
        var fresh = budget()
        let isFromZero =
            reading < track.reading && doubt.first >= 0
            && (fresh?.admits(doubt.latest, after: elapsed, tolerance: tolerance(reading))
                ?? (doubt.first <= track.reading / 100))
        let grown = max(0, isFromZero ? doubt.latest : doubt.latest - doubt.first)
        let total = tidied(track.total + grown)
        let next = Track(
            offset: total - doubt.latest, reading: doubt.latest, total: total, time: ReadingTime(now),
            budget: doubt.budget, readings: Self.confirmations)
        guard next.isFinite else {
            // No number holds such a total, and the one before is still true.
            phase = .doubting(track, candidate(reading, at: now))
            return .implausible
        }
        previous = track
        phase = .following(next)
        return isFromZero
            ? .restarted(total: total, before: track.reading) : .replaced(total: total, before: track.reading)
    }

    /// A sum of readings without the noise of binary fractions: a multiple of the meter's step.
    private func tidied(_ total: Double) -> Double {
        guard let resolution, resolution > 0, resolution < 1 else { return total }
        let steps = (1 / resolution).rounded()
        guard abs(steps * resolution - 1) < 1e-9, abs(total) < 0x1p53 / steps else { return total }
        return (total * steps).rounded() / steps
    }
}

extension CounterTotal.Track {
    /// Whether it can be counted on and kept.
    fileprivate var isFinite: Bool { offset.isFinite && total.isFinite }

    fileprivate mutating func admits(_ rise: Double, after elapsed: Double?, tolerance: Double) -> Bool {
        budget?.admits(rise, after: elapsed, tolerance: tolerance) ?? true
    }

    fileprivate mutating func take(_ reading: Double, tidied sum: Double, at now: Moment) {
        self.reading = reading
        // With nothing added the total is what the meter shows, to the last digit.
        total = max(total, offset == 0 ? reading : sum)
        time = ReadingTime(now)
        readings = min(readings + 1, CounterTotal.confirmations)
    }
}
