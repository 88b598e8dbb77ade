public import Alarms
public import Facility
public import Maintenance

/// What the engine remembers of the site beyond its single alarms: kept in the ledger, given back after a
/// restart.
public enum SiteMemory: Hashable, Sendable, Codable {
    /// A cause that is over, while what it explained settles.
    case cause(EndedCause)
    /// How often an alarm came lately, and whether it chatters.
    case chatter(ChatterMemory)
    /// How many alarms people were told of lately, and whether that is a flood.
    case flood(FloodMemory)
    /// An occurrence whose raise or end waits for a digest.
    case digested(DigestEntry)
    /// The first of the alarms that came together in one tree of assets.
    case first(FirstOut)
    /// What a plan remembers at an asset.
    case plan(PlanSeriesMemory)
    /// What all plans together remember.
    case planClock(PlanClockMemory)
    /// What a meter of a plan has added up.
    case meter(MeterTally)
    /// How many orders alarms have asked for lately.
    case storm(StormMemory)
    /// How an asset stands since somebody said so.
    case standing(AssetStanding)

    /// What it is kept under: the same name is the same memory.
    public var name: String {
        switch self {
        case .cause(let cause): Self.name(ofCause: cause.occurrence)
        case .chatter(let chatter): Self.name(ofChatter: chatter.key)
        case .flood: Self.floodName
        case .digested(let entry): Self.name(ofDigested: entry.occurrence)
        case .first(let first): Self.name(ofFirst: first.root)
        case .plan(let memory): "plan/\(memory.series)"
        case .planClock: "plans"
        case .meter(let tally): "meter/\(tally.asset)/\(tally.point)/\(tally.kind.rawValue)"
        case .storm: Self.stormName
        case .standing(let standing): Self.name(ofStanding: standing.asset)
        }
    }

    /// The same memory on the clocks of the running boot.
    public func translated(from boot: String, to current: String, now: Moment) -> SiteMemory {
        func translate(_ moment: Moment) -> Moment {
            KeptMoment(boot: boot, moment: moment).translated(boot: current, now: now)
        }
        switch self {
        case .cause(let cause): return .cause(cause.translated(translate))
        case .chatter(let chatter): return .chatter(chatter.translated(translate))
        case .flood(let flood): return .flood(flood.translated(translate))
        case .digested, .plan: return self
        case .meter(let tally): return .meter(boot == current ? tally : tally.afterReboot)
        case .planClock(let clock): return .planClock(boot == current ? clock : clock.afterReboot)
        case .first(let first): return .first(first.translated(translate))
        case .storm(let storm): return .storm(storm.translated(translate))
        case .standing: return self
        }
    }

    static func name(ofCause occurrence: OccurrenceID) -> String { "cause/\(occurrence)" }
    static func name(ofChatter key: AlarmKey) -> String { "chatter/\(key)" }
    static func name(ofDigested occurrence: OccurrenceID) -> String { "digested/\(occurrence)" }
    static func name(ofFirst root: AssetID) -> String { "first/\(root)" }
    static func name(ofStanding asset: AssetID) -> String { "asset/\(asset)" }
    static let floodName = "flood"
    static let stormName = "storm"
}

/// What became of a piece of what the engine remembers of the site.
public struct SiteMemoryChange: Hashable, Sendable {
    /// What it is kept under.
    public let name: String
    /// What to keep; nil to forget it.
    public let memory: SiteMemory?

    /// Describes a change.
    public init(name: String, memory: SiteMemory?) {
        self.name = name
        self.memory = memory
    }
}

/// A cause that is over. What it explained stays quiet until it has settled.
public struct EndedCause: Hashable, Sendable, Codable {
    /// The occurrence that explained.
    public let occurrence: OccurrenceID
    /// Its alarm.
    public let key: AlarmKey
    /// When it ended.
    public let ended: Moment

    /// Describes a cause that is over.
    public init(occurrence: OccurrenceID, key: AlarmKey, ended: Moment) {
        self.occurrence = occurrence
        self.key = key
        self.ended = ended
    }

    func translated(_ translate: (Moment) -> Moment) -> EndedCause {
        EndedCause(occurrence: occurrence, key: key, ended: translate(ended))
    }
}
