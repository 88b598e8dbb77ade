public import Alarms
public import Facility

/// What of an occurrence waits for the end of quiet hours, and what will be said of it then: the occurrence itself
/// may be closed by that time.
public struct HeldAnnouncement: Hashable, Sendable, Codable {
    /// One way to somebody.
    public struct Way: Hashable, Sendable, Codable {
        /// The channel.
        public let channel: ChannelID
        /// Who; nil for channels that address nobody.
        public let recipient: PersonID?
        /// When the quiet hours end, wall-clock milliseconds.
        public let untilWallMilliseconds: Int64
        /// Whether the raise was told before, so that only the end is news.
        public let isKnown: Bool
    }

    /// The alarm.
    public let key: AlarmKey
    /// How urgent it was.
    public var priority: Priority
    /// What happened.
    public let text: Bilingual
    /// When it was raised, wall-clock milliseconds.
    public let raisedWallMilliseconds: Int64
    /// When it ended, wall-clock milliseconds; nil while it holds.
    public var endedWallMilliseconds: Int64?
    /// Who is to be told.
    public var ways: [Way]
}

extension AnnouncementMemory {
    /// Whether the occurrence is over, and only remembered for those who have still to hear of it.
    public var isOver: Bool { held?.endedWallMilliseconds != nil }

    /// When the first of what waits is due, wall-clock milliseconds.
    var heldUntilWallMilliseconds: Int64? { held?.ways.map(\.untilWallMilliseconds).min() }

    /// Whether somebody was told of the occurrence by a way.
    func wasTold(_ recipient: PersonID?, _ channel: ChannelID) -> Bool {
        let way = "\(channel.name)/\(recipient?.name ?? "-")"
        return announced.contains { id in
            id.split(separator: "/", maxSplits: 3).last.map(String.init) == way
        }
    }

    /// Announcing at its beginning again, of an occurrence that seemed over: who was told of its end is not owed one.
    func resumed(on route: String, at now: Moment) -> AnnouncementMemory {
        var memory = AnnouncementMemory(occurrence: occurrence, route: route, raised: now)
        memory.announced = announced.suffix(1)
        memory.held = held
        memory.held?.endedWallMilliseconds = nil
        return memory
    }

    /// Forgets that something waits for somebody: they are told at once.
    mutating func release(_ recipient: PersonID?, _ channel: ChannelID) {
        held?.ways.removeAll { $0.recipient == recipient && $0.channel == channel }
        if held?.ways.isEmpty == true { held = nil }
    }
}
