public import Facility

/// Whom a step of a route tells.
public enum Party: Hashable, Sendable {
    /// One person.
    case person(PersonID)
    /// Whoever is on duty.
    case roster(Roster)
    /// The contact people of a firm; of the one that maintains the equipment where nil.
    case contractor(String?)
    /// Everybody.
    case everybody
}

/// What one person has asked for.
public struct Preference: Hashable, Sendable {
    /// What they want to hear of; nil for all. What may cost a life is always told.
    public let priorities: Set<Priority>?
    /// The ways they want to be told by; nil for all. Where a step has none of them, all of its ways stand.
    public let channels: [ChannelID]?
    /// When they are not to be woken; nil for never.
    public let quietHours: QuietHours?

    /// Describes what somebody has asked for.
    public init(
        priorities: Set<Priority>? = nil, channels: [ChannelID]? = nil, quietHours: QuietHours? = nil
    ) {
        self.priorities = priorities
        self.channels = channels
        self.quietHours = quietHours
    }

    func wants(_ priority: Priority) -> Bool {
        priority == .p1 || priorities.map { $0.contains(priority) } ?? true
    }
}

/// What is known of people beyond their names and numbers.
public struct NoticeDirectory: Hashable, Sendable {
    /// What people have asked for.
    public let preferences: [PersonID: Preference]
    /// Who is told for a firm.
    public let contacts: [String: [PersonID]]
    /// The channels that programs listen to: they are never held, and nothing is told them again.
    public let machines: Set<ChannelID>

    /// Describes what is known.
    public init(
        preferences: [PersonID: Preference] = [:], contacts: [String: [PersonID]] = [:],
        machines: Set<ChannelID> = []
    ) {
        self.preferences = preferences
        self.contacts = contacts
        self.machines = machines
    }
}
