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

extension NoticeDirectory {
    /// The channels of the routes that ever tell somebody, each once, in the order of the routes.
    public func channels(of person: PersonID, on routes: [Route]) -> [ChannelID] {
        var seen: Set<ChannelID> = []
        return routes.filter { $0.steps.contains { $0.parties.contains { names($0, person) } } }
            .flatMap { $0.steps.flatMap(\.channels) }.filter { seen.insert($0).inserted }
    }

    private func names(_ party: Party, _ person: PersonID) -> Bool {
        switch party {
        case .person(let name): name == person
        case .roster(let roster): roster.people.contains(person)
        case .contractor(let firm?): contacts[firm]?.contains(person) == true
        case .contractor(nil): contacts.values.contains { $0.contains(person) }
        case .everybody: true
        }
    }
}
