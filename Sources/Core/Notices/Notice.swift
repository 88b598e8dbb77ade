public import Alarms
public import Facility
public import Maintenance

/// One message to one recipient over one channel: a row of the outbox.
public struct Notice: Hashable, Sendable, Codable {
    /// Why it is sent.
    public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// An alarm was raised.
        case raise
        /// An alarm ended that was announced.
        case clear
        /// An alarm ended before its raise was sent: both in one message.
        case raiseAndClear = "raise_and_clear"
        /// Nobody acknowledged in time.
        case escalate
        /// An alarm comes and goes: told once for all.
        case chatter
        /// It has stopped coming and going.
        case calm
        /// Many alarms at once, in one message.
        case digest
        /// Somebody has come on duty: what is open, in one message.
        case handover
        /// A sign of life of the channel itself, once a day; about no alarm.
        case heartbeat
        /// A person tries whether they are reached; about no alarm.
        case test
    }

    /// The idempotency key: the same for every attempt at the same message, unique over the life of the site.
    ///
    /// Made of occurrence, wave, kind, channel and recipient: `17/0/raise/duty-hook/wang`. Where no alarm is behind
    /// it, an order's number stands for the occurrence.
    public let id: String
    /// The occurrence it tells of; `noAlarm` in messages about none.
    public let occurrence: OccurrenceID
    /// The alarm it tells of.
    public let key: AlarmKey
    /// The wave of messages about the occurrence it belongs to, from 0; the end of an alarm has that of its raise.
    public let step: Int
    /// Why it is sent.
    public let kind: Kind
    /// The channel it leaves by.
    public let channel: ChannelID
    /// Who it is for; nil for channels that address nobody, such as MQTT.
    public let recipient: PersonID?
    /// The language it is written in.
    public let language: Language
    /// How urgent it is.
    public let priority: Priority
    /// The first line.
    public let title: String
    /// The whole text: what, where, since when, values, what to do.
    public let body: String
    /// The order opened for it, if any.
    public let order: OrderNumber?
    /// When it was decided, wall-clock milliseconds.
    public let decidedWallMilliseconds: Int64
    /// When it is no longer worth sending, wall-clock milliseconds.
    public let deliverByWallMilliseconds: Int64
    /// When the alarm was raised, wall-clock milliseconds; nil in messages of versions that did not keep it.
    public let raisedWallMilliseconds: Int64?
    /// Whether the alarm holds although the message tells of an end; nil where the kind says it all.
    public let holds: Bool?
    /// The occurrence that was told of before this one took its place; nil for none.
    public let replaces: OccurrenceID?

    /// Collects the parts of a message.
    public init(
        occurrence: OccurrenceID, key: AlarmKey, step: Int, kind: Kind, channel: ChannelID,
        recipient: PersonID?, language: Language, priority: Priority, title: String, body: String,
        order: OrderNumber?, decidedWallMilliseconds: Int64, deliverByWallMilliseconds: Int64,
        raisedWallMilliseconds: Int64? = nil, holds: Bool? = nil, replaces: OccurrenceID? = nil
    ) {
        self.init(
            subject: (occurrence == .noAlarm ? order?.name : nil) ?? String(occurrence.number),
            word: kind.rawValue, occurrence: occurrence,
            key: key, step: step, kind: kind, channel: channel, recipient: recipient, language: language,
            priority: priority, title: title, body: body, order: order,
            decidedWallMilliseconds: decidedWallMilliseconds,
            deliverByWallMilliseconds: deliverByWallMilliseconds,
            raisedWallMilliseconds: raisedWallMilliseconds, holds: holds, replaces: replaces)
    }

    private init(
        subject: String, word: String, occurrence: OccurrenceID, key: AlarmKey, step: Int, kind: Kind,
        channel: ChannelID,
        recipient: PersonID?, language: Language, priority: Priority, title: String, body: String,
        order: OrderNumber?, decidedWallMilliseconds: Int64, deliverByWallMilliseconds: Int64,
        raisedWallMilliseconds: Int64?, holds: Bool? = nil, replaces: OccurrenceID? = nil
    ) {
        self.id = [
            subject, String(step), word, channel.name, recipient?.name ?? "-",
        ].joined(separator: "/")
        self.occurrence = occurrence
        self.key = key
        self.step = step
        self.kind = kind
        self.channel = channel
        self.recipient = recipient
        self.language = language
        self.priority = priority
        self.title = title
        self.body = body
        self.order = order
        self.decidedWallMilliseconds = decidedWallMilliseconds
        self.deliverByWallMilliseconds = deliverByWallMilliseconds
        self.raisedWallMilliseconds = raisedWallMilliseconds
        self.holds = holds
        self.replaces = replaces
    }

    /// One message in the place of many, as its first part but with words of its own.
    ///
    /// Its id is made from that of its first part, which goes into one digest only: `17/0/digest-of-raise/robot/wang`.
    public init(digest parts: [Notice], first: Notice, priority: Priority, title: String, body: String) {
        self.init(
            subject: first.subject, word: "\(Kind.digest.rawValue)-of-\(first.kind.rawValue)",
            occurrence: first.occurrence,
            key: first.key, step: first.step, kind: .digest, channel: first.channel,
            recipient: first.recipient, language: first.language, priority: priority, title: title,
            body: body, order: nil,
            decidedWallMilliseconds: parts.reduce(first.decidedWallMilliseconds) {
                min($0, $1.decidedWallMilliseconds)
            },
            deliverByWallMilliseconds: parts.reduce(first.deliverByWallMilliseconds) {
                max($0, $1.deliverByWallMilliseconds)
            },
            raisedWallMilliseconds: first.raisedWallMilliseconds)
    }

    /// What whoever comes on duty is told at a change of shift, kept under one of the occurrences it tells of.
    ///
    /// Its id names the change and not the occurrence: `0/1772787600/handover-of-duty/mail/wang`.
    init(
        handover roster: Roster, since change: Int64, anchor: OccurrenceID, channel: ChannelID,
        to person: PersonID, language: Language, priority: Priority, title: String, body: String,
        at now: Moment
    ) {
        self.init(
            subject: "0", word: "\(Kind.handover.rawValue)-of-\(roster.id)", occurrence: anchor,
            key: AlarmKey(rule: RuleID("sitewatch.\(Kind.handover.rawValue)"), asset: "sitewatch"),
            step: Int(change / 1000), kind: .handover, channel: channel, recipient: person,
            language: language, priority: priority, title: title, body: body, order: nil,
            decidedWallMilliseconds: now.wallMilliseconds,
            deliverByWallMilliseconds: now.wallMilliseconds + NoticePlanner.handoverMilliseconds,
            raisedWallMilliseconds: nil)
    }

    /// The same message by another way, worth sending for as long as it was at first.
    public func redirected(to channel: ChannelID, at wallMilliseconds: Int64) -> Notice {
        let parts = id.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false)
        let worth = deliverByWallMilliseconds - decidedWallMilliseconds
        return Notice(
            subject: subject, word: parts.count > 2 ? String(parts[2]) : kind.rawValue,
            occurrence: occurrence, key: key,
            step: step, kind: kind, channel: channel, recipient: recipient, language: language,
            priority: priority, title: title, body: body, order: order,
            decidedWallMilliseconds: decidedWallMilliseconds,
            deliverByWallMilliseconds: max(deliverByWallMilliseconds, wallMilliseconds + worth),
            raisedWallMilliseconds: raisedWallMilliseconds, holds: holds, replaces: replaces)
    }

    /// What its id begins with.
    private var subject: String { String(id.prefix { $0 != "/" }) }

    /// The wave that an id names; nil if it is not an id of a message.
    static func wave(ofID id: String) -> Int? {
        id.split(separator: "/").dropFirst().first.flatMap { Int($0) }
    }
}
