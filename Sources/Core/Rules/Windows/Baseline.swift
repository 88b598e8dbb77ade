import Facility

/// What is normal for a quantity, learnt from itself: its mean and how far it usually strays from it.
///
/// While it learns, every known value counts by the time it held. After that the mean and the deviation follow
/// what is still normal with a time constant of `drift` times the span it learnt from, so that the seasons move
/// them and a fault that creeps in within days does not; what lies `limit` deviations away or more moves nothing.
/// A deviation smaller than a thousandth of the mean counts as that, so that a value that never moved while it
/// was learnt does not flag the last digit of its sensor.
public struct Baseline: Hashable, Sendable {
    /// How much longer than it learnt it takes to follow.
    static let drift = 4.0
    /// From how many deviations on a value is not normal, and nothing is learnt from it.
    static let limit = 3.0

    private struct Body: Hashable, Sendable, Codable {
        var mean = 0.0
        var variance = 0.0
        /// How long was learnt, milliseconds; no longer counted when enough was.
        var learnt: Int64 = 0
        var isReady = false
        /// The value that holds; nil while it is unknown, and whenever it is kept.
        var input: Double?
        /// When it was looked at last.
        var end: Moment
    }

    /// In a box of one element, so that a slot that holds it stays as small as any other.
    private var box: [Body]

    /// One that knows nothing yet.
    init(at now: Moment) {
        box = [Body(end: now)]
    }

    /// Whether it has learnt enough to say something.
    var isReady: Bool { box[0].isReady }

    /// How long it has learnt, milliseconds, until it was enough.
    var learnt: Int64 { box[0].learnt }

    /// Takes the value as it is at a moment; how many deviations it is away from the mean, NaN for unknown.
    mutating func take(_ value: Double, span: Int64, needed: Int64, at now: Moment) -> Double {
        let time = max(now.uptimeMilliseconds, box[0].end.uptimeMilliseconds)
        follow(for: time - box[0].end.uptimeMilliseconds, span: span, needed: needed)
        box[0].end = Moment(wallMilliseconds: now.wallMilliseconds, uptimeMilliseconds: time)
        box[0].input = value.isFinite ? value : nil
        guard box[0].isReady, value.isFinite else { return .nan }
        return deviations(value)
    }

    /// The form in which it is kept: what follows is unknown until the next value.
    func settled() -> Baseline {
        var copy = self
        copy.box[0].input = nil
        return copy
    }

    /// The same on the clocks of another boot.
    func translated(from boot: String, to current: String, now: Moment) -> Baseline {
        var copy = self
        copy.box[0].end = KeptMoment(boot: boot, moment: box[0].end).translated(boot: current, now: now)
        return copy
    }

    private func deviations(_ value: Double) -> Double {
        let body = box[0]
        let deviation = max(body.variance.squareRoot(), abs(body.mean) / 1000)
        if value == body.mean { return 0 }
        let away = (value - body.mean) / max(deviation, .leastNormalMagnitude)
        return away.isFinite ? away : .nan
    }

    /// Learns from the value that held for a while.
    private mutating func follow(for time: Int64, span: Int64, needed: Int64) {
        guard let value = box[0].input, time > 0, span > 0 else { return }
        let share: Double
        if box[0].isReady {
            guard abs(deviations(value)) < Self.limit else { return }
            // 1 - e^-x, by the first terms of e^x.
            let x = Double(time) / (Self.drift * Double(span))
            share = 1 - 1 / (1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4))))
        } else {
            share = Double(time) / Double(box[0].learnt + time)
        }
        let away = value - box[0].mean
        let mean = box[0].mean + share * away
        let variance = (1 - share) * (box[0].variance + share * away * away)
        guard mean.isFinite, variance.isFinite else { return }
        box[0].mean = mean
        box[0].variance = variance
        guard !box[0].isReady else { return }
        box[0].learnt += time
        box[0].isReady = box[0].learnt >= needed
    }
}

extension Baseline: Codable {
    /// The settled form.
    public func encode(to encoder: any Encoder) throws {
        try settled().box[0].encode(to: encoder)
    }

    /// Takes only what can have been kept: of anything else nothing is left.
    public init(from decoder: any Decoder) throws {
        let body = try Body(from: decoder)
        let far: Int64 = 1 << 52
        let isSound =
            body.mean.isFinite && body.variance.isFinite && body.variance >= 0 && 0...far ~= body.learnt
            && body.input == nil && abs(body.end.uptimeMilliseconds / 2) < far
        box = [isSound ? body : Body(end: Moment(wallMilliseconds: 0, uptimeMilliseconds: -far))]
    }
}
