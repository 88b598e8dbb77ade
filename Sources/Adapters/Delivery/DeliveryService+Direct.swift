import Alarms
public import Facility
import Notices

/// A message about no alarm: a test by a person, or the daily sign of life.
///
/// It leaves at once and past the outbox: whoever asks waits for the answer, and a sign of life that comes late is
/// none.
public struct LifeSign: Hashable, Sendable {
    /// What kind it is.
    public enum Occasion: Hashable, Sendable {
        /// A person tries whether somebody is reached.
        case test(by: String)
        /// It is that time of day; how many alarms are open, and how many messages wait.
        case heartbeat(open: Int, waiting: Int)
    }

    /// Why it is sent.
    public let occasion: Occasion
    /// Who it is for; nil for channels that address nobody.
    public let recipient: PersonID?
    /// The language it is written in.
    public let language: Language

    /// Describes a message.
    public init(_ occasion: Occasion, to recipient: PersonID?, in language: Language) {
        self.occasion = occasion
        self.recipient = recipient
        self.language = language
    }
}

extension DeliveryService {
    /// The channels there are, by name.
    public var channelNames: [ChannelID] { channels.keys.sorted() }

    /// Whether a channel must be told whom its messages are for; nil if there is no such channel.
    public func addressesPeople(_ channel: ChannelID) -> Bool? {
        channels[channel].map { type(of: $0).kind.addressesPeople }
    }

    /// Sends a message at once; how it went, nil if there is no such channel.
    public func send(_ sign: LifeSign, by channel: ChannelID) async -> SendOutcome? {
        guard let way = channels[channel] else { return nil }
        let now = ports.now()
        return await way.send(words.outgoing(sign, by: channel, at: now.wallMilliseconds))
    }
}

extension DeliveryWords {
    /// The message of a sign of life.
    func outgoing(_ sign: LifeSign, by channel: ChannelID, at wall: Int64) -> OutgoingNotice {
        let (kind, arguments): (Notice.Kind, [String: Message.Argument]) =
            switch sign.occasion {
            case .test(let person): (.test, ["person": .text(person)])
            case .heartbeat(let open, let waiting):
                (.heartbeat, ["open": .text(String(open)), "waiting": .text(String(waiting))])
            }
        func text(_ part: String) -> String {
            let common: [String: Message.Argument] = [
                "channel": .text(channel.name), "time": .text(zone.readable(wall)),
            ]
            return catalog.text(
                Message("notice.\(kind.rawValue).\(part)", arguments.merging(common) { $1 }),
                in: sign.language)
        }
        let notice = Notice(
            occurrence: .noAlarm,
            key: AlarmKey(rule: RuleID("sitewatch.\(kind.rawValue)"), asset: "sitewatch"),
            step: Int(wall / 1000), kind: kind, channel: channel, recipient: sign.recipient,
            language: sign.language, priority: .p4, title: text("title"), body: text("body"), order: nil,
            decidedWallMilliseconds: wall, deliverByWallMilliseconds: wall + 60_000)
        return OutgoingNotice(notice: notice, body: notice.body, attempt: 1, sentWallMilliseconds: wall)
    }
}
