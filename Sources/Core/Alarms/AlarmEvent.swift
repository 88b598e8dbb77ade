public import Facility

/// One entry of the alarm journal. The journal is only ever added to; replaying it gives the state.
public struct AlarmEvent: Hashable, Sendable, Codable {
    /// What happened.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// The condition held for its delay.
        case raised
        /// The condition came back while the alarm was still open.
        case reactivated
        /// It became more urgent while it held.
        case worsened
        /// It became less urgent while it held.
        case eased
        /// The condition was gone for its delay.
        case cleared
        /// Somebody said they know.
        case acknowledged
        /// Nobody said so in time, and people are asked once more.
        case overdue
        /// Somebody knows, but it still holds, and people hear of it again.
        case reminded
        /// A latched alarm was reset.
        case reset
        /// Nothing more is left to do.
        case closed
        /// Put aside for a limited time.
        case shelved
        /// Brought back from the shelf, by a person or by time.
        case unshelved
        /// Kept quiet by design.
        case suppressed
        /// No longer kept quiet.
        case unsuppressed
        /// Taken out of service under a work order.
        case removed
        /// Returned to service.
        case returned
        /// The values behind it became unknown.
        case uncertain
        /// The values behind it are known again.
        case certain
        /// Somebody wrote a remark.
        case commented
        /// The rule or the asset is gone.
        case retired
        /// It comes and goes so often that people are told once for all.
        case chattering
        /// It has stopped coming and going.
        case calmed
        /// More alarms came than people can follow: those that can wait are told in digests.
        case floodBegan = "flood_began"
        /// Alarms are told one by one again.
        case floodEnded = "flood_ended"
        /// Nothing was watched for a while, because sitewatch was down.
        case gap
        /// The wall clock jumped.
        case clockStepped = "clock_stepped"
        /// A counter goes on from another reading: it started again, or was replaced unsaid.
        case meterBroken = "meter_broken"
        /// Somebody replaced a counter.
        case meterReplaced = "meter_replaced"
    }

    /// The alarm.
    public let key: AlarmKey
    /// The occurrence, if one was open.
    public let occurrence: OccurrenceID?
    /// What happened.
    public let kind: Kind
    /// Where the alarm stands afterwards.
    public let state: AlarmState
    /// When, wall-clock milliseconds.
    public let wallMilliseconds: Int64
    /// Who did it; nil when the daemon decided.
    public let person: String?
    /// What they wrote, or why it happened.
    public let note: String?
    /// How urgent it is from here on; nil where the entry does not say.
    public var priority: Priority?

    /// Describes an entry.
    public init(
        key: AlarmKey, occurrence: OccurrenceID?, kind: Kind, state: AlarmState,
        wallMilliseconds: Int64, person: String? = nil, note: String? = nil, priority: Priority? = nil
    ) {
        self.key = key
        self.occurrence = occurrence
        self.kind = kind
        self.state = state
        self.wallMilliseconds = wallMilliseconds
        self.person = person
        self.note = note
        self.priority = priority
    }
}
