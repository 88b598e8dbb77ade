public import Alarms
public import Facility
import Rules

/// How often one alarm came lately, and whether it chatters: comes and goes so often that people are told once
/// for all.
public struct ChatterMemory: Hashable, Sendable, Codable {
    /// A chatter that lasts.
    public struct Episode: Hashable, Sendable, Codable {
        /// The occurrence with which it began: what the message about its end tells of.
        public let occurrence: AlarmOccurrence
        /// When the first of its activations came, wall-clock milliseconds.
        public let sinceWallMilliseconds: Int64
        /// How often the alarm came.
        public var count: Int
        /// The ids of the messages that told of it.
        public var told: [String] = []
    }

    /// The alarm.
    public let key: AlarmKey
    /// When it came, the newest last: as many as make a chatter.
    public private(set) var activations: [Moment] = []
    /// The chatter that lasts.
    public var episode: Episode?

    init(key: AlarmKey) {
        self.key = key
    }

    /// Notes that the alarm came; true if it chatters from now on.
    mutating func note(
        _ occurrence: AlarmOccurrence, _ limits: RuleDefinition.Chatter, at now: Moment
    ) -> Bool {
        activations.append(now)
        activations.removeFirst(max(0, activations.count - max(1, limits.activations)))
        guard episode == nil else {
            episode?.count += 1
            return false
        }
        guard limits.activations > 1, activations.count == limits.activations, let first = activations.first,
            now.milliseconds(since: first) <= limits.withinMilliseconds
        else { return false }
        episode = Episode(
            occurrence: occurrence, sinceWallMilliseconds: first.wallMilliseconds, count: activations.count)
        return true
    }

    /// When there is nothing left to remember, on the uptime clock.
    func overUptimeMilliseconds(_ limits: RuleDefinition.Chatter) -> Int64 {
        (activations.last?.uptimeMilliseconds ?? .min)
            + (episode == nil ? limits.withinMilliseconds + 1 : limits.quietMilliseconds)
    }

    func translated(_ translate: (Moment) -> Moment) -> ChatterMemory {
        var copy = self
        copy.activations = activations.map(translate)
        return copy
    }
}
