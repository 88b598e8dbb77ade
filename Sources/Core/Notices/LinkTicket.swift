public import Facility

/// What a link in a message lets its holder do: act on one occurrence, as one person, until a time.
public struct LinkTicket: Hashable, Sendable {
    /// Who holds the link.
    public enum Holder: Hashable, Sendable {
        /// A person it was sent to.
        case person(PersonID)
        /// Everybody who reads a channel; whoever acts says who they are.
        case group(ChannelID)
    }

    /// How long a link is good for after its message was decided, unless its occurrence ends before, milliseconds.
    public static let lifeMilliseconds: Int64 = 7 * 86_400_000

    /// The occurrence.
    public let occurrence: OccurrenceID
    /// Who holds the link.
    public let holder: Holder
    /// Until when it is good, wall-clock seconds.
    public let expiresWallSeconds: Int64

    /// Describes what a link lets its holder do.
    public init(occurrence: OccurrenceID, holder: Holder, expiresWallSeconds: Int64) {
        self.occurrence = occurrence
        self.holder = holder
        self.expiresWallSeconds = expiresWallSeconds
    }

    /// The ticket that a message carries: the same for every attempt at it; nil for one that asks for nothing.
    ///
    /// - Parameter isPrivate: whether only the person it is for reads it. What is written into a chat of many, with
    ///   somebody's name on top, is everybody's.
    public init?(_ notice: Notice, isPrivate: Bool) {
        guard notice.asksForAction else { return nil }
        let holder: Holder =
            if isPrivate, let recipient = notice.recipient { .person(recipient) } else {
                .group(notice.channel)
            }
        self.init(
            occurrence: notice.occurrence, holder: holder,
            expiresWallSeconds: (notice.decidedWallMilliseconds + Self.lifeMilliseconds) / 1000)
    }

    /// As bytes: a version, the number, the time, what kind of holder and the holder's name.
    public var bytes: [UInt8] {
        let (kind, name): (UInt8, String) =
            switch holder {
            case .person(let person): (1, person.name)
            case .group(let channel): (2, channel.name)
            }
        return [Self.version] + Self.bytes(of: occurrence.number) + Self.bytes(of: expiresWallSeconds)
            + [kind] + Array(name.utf8)
    }

    /// Reads bytes; nil if they are no ticket.
    public init?(bytes: [UInt8]) {
        guard bytes.count > 18, bytes[0] == Self.version,
            let name = String(validating: bytes[18...], as: UTF8.self)
        else { return nil }
        switch bytes[17] {
        case 1: holder = .person(PersonID(name))
        case 2: holder = .group(ChannelID(name))
        default: return nil
        }
        occurrence = OccurrenceID(Self.number(bytes[1..<9]))
        expiresWallSeconds = Self.number(bytes[9..<17])
    }

    private static let version: UInt8 = 1

    private static func bytes(of number: Int64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        bytes.reduce(0) { $0 << 8 | Int64($1) }
    }
}
