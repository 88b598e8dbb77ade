public import Alarms
public import Facility

/// An occurrence whose raise or end waits for the next digest of its route.
public struct DigestEntry: Hashable, Sendable, Codable {
    /// The route whose people are told.
    public let route: String
    /// The occurrence.
    public let occurrence: OccurrenceID
    /// Its alarm.
    public let key: AlarmKey
    /// How urgent it is.
    public let priority: Priority
    /// What happened.
    public let text: Bilingual
    /// When it was raised, wall-clock milliseconds.
    public let raisedWallMilliseconds: Int64
    /// Whether its raise was told before, so that only its end is news.
    public let isKnown: Bool
    /// When it ended, wall-clock milliseconds; nil while it holds.
    public var endedWallMilliseconds: Int64?
}
