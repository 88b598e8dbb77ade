public import Facility

/// Which points went silent, said once per silence.
public struct Staleness: Sendable {
    /// What silence means for a point.
    public enum Meaning: Hashable, Sendable {
        /// The source is gone: there is no value.
        case offline
        /// The last value stands, doubted.
        case stale
    }

    private struct Watch {
        let point: PointID
        let limit: Int64
        var heardAt: Int64
        var value: Value?
        var isSilent = false
    }

    private let meaning: Meaning
    private var watches: [Watch]
    private var nextSweep: Int64

    /// Watches points, each with the longest silence it is granted; nil for points that may be silent for ever.
    ///
    /// Points are addressed by their position in `limits` from here on.
    public init(_ limits: [(point: PointID, milliseconds: Int64?)], meaning: Meaning, at now: Int64) {
        self.meaning = meaning
        watches = limits.map { Watch(point: $0.point, limit: $0.milliseconds ?? .max / 4, heardAt: now) }
        nextSweep = now
    }

    /// Notes a reading. A bad one ends the watch until the next good one, for it has been announced already.
    public mutating func heard(_ position: Int, _ value: Value?, at now: Int64) {
        watches[position].heardAt = now
        watches[position].value = value
        watches[position].isSilent = value == nil
    }

    /// Takes over what was heard of the same point under another number.
    mutating func inherit(_ position: Int, from old: Staleness, _ place: Int) {
        watches[position].heardAt = old.watches[place].heardAt
        watches[position].value = old.watches[place].value
        watches[position].isSilent = old.watches[place].isSilent
    }

    /// Starts every watch anew, as after a time during which nothing could be heard.
    public mutating func restart(at now: Int64) {
        for position in watches.indices {
            watches[position].heardAt = now
            watches[position].isSilent = false
        }
    }

    /// Appends a sample for every point whose silence has become too long. Looks once a second.
    public mutating func sweep(at now: Moment, into samples: inout [Sample]) {
        guard now.uptimeMilliseconds >= nextSweep else { return }
        nextSweep = now.uptimeMilliseconds + 1000
        for position in watches.indices where !watches[position].isSilent {
            let watch = watches[position]
            guard now.uptimeMilliseconds - watch.heardAt > watch.limit else { continue }
            watches[position].isSilent = true
            switch (meaning, watch.value) {
            case (.stale, .some(let value)):
                samples.append(
                    Sample(watch.point, value, .uncertain(.stale), at: now.wallMilliseconds))
            case (.stale, .none), (.offline, _):
                samples.append(Sample(watch.point, failed: .offline, at: now.wallMilliseconds))
            }
        }
    }
}
