public import Facility

/// What a channel asks the outbox for: the next message that may leave now.
public struct OutboxClaim: Sendable {
    /// The channel.
    public let channel: ChannelID
    /// Now, wall-clock milliseconds.
    public let nowWallMilliseconds: Int64
    /// How long the message is the channel's alone, milliseconds.
    public let leaseMilliseconds: Int64
    /// The way that messages take which this channel does not take in time.
    public var fallback: Fallback?
    /// Why the other side took nothing lately; nil while it does.
    public var fault: Message?
    /// The least urgent priority that may leave.
    public var lowestPriority = Priority.p4
    /// To whom nothing of a priority may leave.
    public var resting: [Priority: Set<PersonID>] = [:]
    /// Whether messages leave whose next attempt is not due yet: the other side is back after a time away.
    public var ignoresWaits = false
    /// Messages decided after this stay although they are too late, wall-clock milliseconds; nil where none do.
    ///
    /// The other side has been away since then for all of them, and there is nobody else to tell: giving them up
    /// would only lose them.
    public var keepsLateDecidedAfter: Int64?
    /// Whether the other side has not answered since the start: where messages failed before it, they wait for an
    /// answer before many become one, so that an outage with a restart in it ends in one digest and not in two.
    public var isUnproven = false
    /// When and how many messages become one; nil while each goes by itself.
    public var digest: DigestRule?

    /// Asks for anything.
    public init(channel: ChannelID, nowWallMilliseconds: Int64, leaseMilliseconds: Int64) {
        self.channel = channel
        self.nowWallMilliseconds = nowWallMilliseconds
        self.leaseMilliseconds = leaseMilliseconds
    }
}

/// When the messages that wait for one recipient become one.
///
/// The most urgent go first and singly, unless they are so many that nobody could read them either.
public struct DigestRule: Sendable {
    /// What waits for one recipient beyond this becomes one message.
    public static let waiting = 5
    /// So many of the most urgent wait before they become one, too.
    public static let mostUrgentWaiting = 10
    /// So many of the most urgent still go singly then.
    public static let mostUrgentSingly = 5
    /// A digest is made when nothing new came for this long,
    public static let settledMilliseconds: Int64 = 1000
    /// or when its oldest message has waited for this long.
    public static let longestMilliseconds: Int64 = 3000
    /// The most messages in one.
    public static let parts = 5000

    /// Who was sent a digest a moment ago and waits a little for the next; nil is whoever reads the channel.
    public let resting: Set<PersonID?>
    /// Makes the one message of the many.
    public let compose: @Sendable ([Notice]) -> Notice?

    /// Describes a rule.
    public init(resting: Set<PersonID?>, compose: @escaping @Sendable ([Notice]) -> Notice?) {
        self.resting = resting
        self.compose = compose
    }
}

/// What a look at the messages that do not get on has done.
public struct PassedOn: Hashable, Sendable {
    /// How many messages went on by the fallback.
    public let count: Int
    /// When the next one does if it is still there, wall-clock milliseconds; nil if none waits.
    public let nextWallMilliseconds: Int64?

    /// Describes a look.
    public init(count: Int, nextWallMilliseconds: Int64?) {
        self.count = count
        self.nextWallMilliseconds = nextWallMilliseconds
    }
}

/// A message that left not long ago: it counts against the quota of its channel.
public struct RecentSending: Hashable, Sendable {
    /// Who it went to.
    public let recipient: PersonID?
    /// When, wall-clock milliseconds.
    public let wallMilliseconds: Int64

    /// Describes a message that left.
    public init(recipient: PersonID?, wallMilliseconds: Int64) {
        self.recipient = recipient
        self.wallMilliseconds = wallMilliseconds
    }
}
