public import Facility

/// How many alarms people were told of lately, and whether that is a flood: more than anybody can follow.
///
/// More than ten in ten minutes begin it, fewer than five end it (ISA-18.2).
public struct FloodMemory: Hashable, Sendable, Codable {
    /// More than this many begin a flood.
    static let most = 10
    /// Fewer than this many end it.
    static let few = 5
    /// The span in which they are counted, and from one digest to the next, milliseconds.
    static let spanMilliseconds: Int64 = 600_000

    /// When the newest of them were told, the newest last; no more than are needed to tell.
    public private(set) var recent: [Moment] = []
    /// Since when the flood lasts; nil when there is none.
    public private(set) var since: Moment?
    /// When the next digest of a route is due.
    public var due: [String: Moment] = [:]
    /// The number of the last digest.
    public var lastDigest = 0

    init() {}

    /// Whether there is a flood.
    var isOn: Bool { since != nil }

    /// Notes that people are told of an alarm; true if a flood begins with it.
    mutating func note(at now: Moment) -> Bool {
        recent.append(now)
        recent.removeFirst(max(0, recent.count - Self.most - 1))
        guard since == nil, recent.count > Self.most, let first = recent.first,
            now.milliseconds(since: first) < Self.spanMilliseconds
        else { return false }
        since = now
        return true
    }

    /// When the flood is over if no more alarms come, on the uptime clock.
    var overUptimeMilliseconds: Int64? {
        guard since != nil, recent.count >= Self.few else { return since?.uptimeMilliseconds }
        return recent[recent.count - Self.few].uptimeMilliseconds + Self.spanMilliseconds
    }

    /// Ends the flood.
    mutating func end() { since = nil }

    func translated(_ translate: (Moment) -> Moment) -> FloodMemory {
        var copy = self
        copy.recent = recent.map(translate)
        copy.since = since.map(translate)
        copy.due = due.mapValues(translate)
        return copy
    }
}
