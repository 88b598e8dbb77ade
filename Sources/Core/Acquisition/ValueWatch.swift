public import Facility

/// The last word on every point of a broker's sources: what it was, and whether it still stands.
///
/// ```
///              fresh value                  longer silence than expected
///   ┌────────┐ ───────────▶ ┌──────────┐ ──────────────────────────────▶ ┌────────┐
///   │ silent │              │ standing │   gone: the device or the link   │ silent │
///   └────────┘ ◀─ kept ───▶ └──────────┘ ◀────── back: kept, doubted ──── └────────┘
/// ```
/// A value that the broker kept stands too, but it does not count as heard: nobody knows how old it is.
public struct ValueWatch: Sendable {
    private struct Watch {
        let point: PointID
        let limit: Int64
        /// When the point was heard, by uptime: when its value was measured, not when the message came.
        var heardAt: Int64
        var value: Value?
        /// The time of the newest value, by the wall clock.
        var measuredAt = Int64.min
        var isSilent = false
    }

    private var watches: [Watch]
    private var nextSweep: Int64

    /// Watches points, each with the longest silence it is granted; they are addressed by their position from here
    /// on.
    public init(_ limits: [(point: PointID, milliseconds: Int64)], at now: Int64) {
        watches = limits.map { Watch(point: $0.point, limit: $0.milliseconds, heardAt: now) }
        nextSweep = now
    }

    /// Notes a sample that was made of a message; whether it is news, and not older than what is known already.
    ///
    /// - Parameter isRetained: whether the broker kept the message, which a sample without a value cannot say.
    public mutating func note(
        _ sample: Sample, at position: Int, isRetained: Bool = false, now: Moment
    ) -> Bool {
        switch sample.quality {
        case .uncertain(.retained):
            watches[position].value = sample.value
            watches[position].measuredAt = .min
            watches[position].isSilent = false
            return true
        case .uncertain(.stale):
            // Older than the point may be silent: it is for the history only, unless nothing newer is known.
            guard sample.wallMilliseconds >= watches[position].measuredAt else { return false }
            watches[position].measuredAt = sample.wallMilliseconds
            return watches[position].value == nil || watches[position].isSilent
        case .uncertain(.clockSkew):
            // The gateway's own time takes the place of the device's.
            watches[position].measuredAt = .min
            return heard(sample, at: position, now: now)
        case .good, .uncertain:
            return heard(sample, at: position, now: now)
        case .bad:
            guard !isLate(sample, at: position, isRetained: isRetained, now: now) else { return false }
            watches[position].heardAt = now.uptimeMilliseconds
            watches[position].measuredAt = isRetained ? .min : sample.wallMilliseconds
            watches[position].value = nil
            watches[position].isSilent = true
            return true
        }
    }

    /// Whether something newer of the point is known than a sample.
    public func isLate(_ sample: Sample, at position: Int, isRetained: Bool = false, now: Moment) -> Bool {
        switch sample.quality {
        case .uncertain(.retained), .uncertain(.clockSkew): false
        // A reading that failed, nobody knows when, takes no value away.
        case .bad where isRetained: watches[position].value != nil
        case .bad:
            sample.wallMilliseconds < watches[position].measuredAt
                && watches[position].measuredAt <= now.wallMilliseconds
        case .uncertain(.stale): sample.wallMilliseconds < watches[position].measuredAt
        case .good, .uncertain:
            // Once the clock is put back, times seem to be ahead of what is known for as long as it was wrong.
            sample.wallMilliseconds < watches[position].measuredAt
                && watches[position].measuredAt <= now.wallMilliseconds && !watches[position].isSilent
        }
    }

    private mutating func heard(_ sample: Sample, at position: Int, now: Moment) -> Bool {
        let age = max(0, now.wallMilliseconds - sample.wallMilliseconds)
        guard !isLate(sample, at: position, now: now) else { return false }
        watches[position].heardAt = now.uptimeMilliseconds - age
        watches[position].measuredAt = sample.wallMilliseconds
        watches[position].value = sample.value
        watches[position].isSilent = sample.value == nil
        return true
    }

    /// Keeps a value for when the point's source is back.
    public mutating func remember(_ position: Int, _ value: Value?) {
        watches[position].value = value
    }

    /// Notes that a point's source is gone. What it last said is kept for when it is back.
    public mutating func lost(_ position: Int, at now: Moment) -> Sample {
        watches[position].isSilent = true
        return Sample(watches[position].point, failed: .offline, at: now.wallMilliseconds)
    }

    /// What is still known of a point whose source or link was gone and is back, doubted; nil if its last value is
    /// older than the point may be silent.
    public mutating func kept(_ position: Int, doubt: Doubt = .retained, at now: Moment) -> Sample? {
        let watch = watches[position]
        guard let value = watch.value, now.uptimeMilliseconds - watch.heardAt <= watch.limit else {
            return nil
        }
        watches[position].isSilent = false
        return Sample(watch.point, value, doubt, at: now.wallMilliseconds)
    }

    /// Grants a point its whole span of silence once more, as after a time during which nothing could be heard.
    ///
    /// Its last value is forgotten: messages may have been missed.
    public mutating func restart(_ position: Int, at now: Int64) {
        watches[position].heardAt = now
        watches[position].value = nil
        watches[position].isSilent = false
    }

    /// Appends a sample for every point whose silence has become too long. Looks once a second.
    public mutating func sweep(at now: Moment, into samples: inout [Sample]) {
        guard now.uptimeMilliseconds >= nextSweep else { return }
        nextSweep = now.uptimeMilliseconds + 1000
        for position in watches.indices where !watches[position].isSilent {
            guard now.uptimeMilliseconds - watches[position].heardAt > watches[position].limit else {
                continue
            }
            watches[position].value = nil
            samples.append(lost(position, at: now))
        }
    }
}

extension Sample {
    fileprivate init(_ point: PointID, _ value: Value, _ doubt: Doubt, at wallMilliseconds: Int64) {
        self.init(point, value, .uncertain(doubt), at: wallMilliseconds)
    }
}
