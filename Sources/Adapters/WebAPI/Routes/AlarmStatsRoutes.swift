public import Alarms
public import Facility
import Hummingbird

/// What the alarms of a span came to, beside what the standard asks for.
struct AlarmStatsRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/alarms/stats") { request, context in
            let presenter = await desk.presenter()
            let query = Query(request, context)
            let (now, zone) = (presenter.now, presenter.site.zone)
            let to = min(now, try query.instant("to", now: now, zone: zone) ?? now)
            let from =
                try query.instant("from", now: now, zone: zone) ?? to - AlarmReport.leastMilliseconds
            guard from < to else {
                throw APIError.invalid(parameter: "from", expected: Message("api.expected-before-to"))
            }
            let report = try await desk.ports.alarmReport(from, to)
            return try JSON.response(presenter.stats(report, await desk.ports.standings()))
        }
    }
}

extension Presenter {
    fileprivate func stats(_ report: AlarmReport, _ standings: AlarmStandings) -> AlarmStatsDocument {
        AlarmStatsDocument(
            time: time(now), from: time(report.span.fromWallMilliseconds),
            to: time(report.span.toWallMilliseconds), sufficient: report.isSufficient,
            activations: report.load.activations, measures: report.measures.map(MeasureEntry.init),
            top: report.top.map { counted($0, of: report) },
            chattering: report.chattering.map { counted($0) }, fleeting: report.fleeting.map { counted($0) },
            floods: report.load.floods.map {
                FloodEntry(
                    from: time($0.fromWallMilliseconds), to: time($0.toWallMilliseconds),
                    activations: $0.activations)
            },
            staleByDay: report.staleByDay,
            stale: report.staleAtEnd.map {
                StaleEntry(
                    rule: $0.key.rule.name, asset: $0.key.asset.name, since: time($0.sinceWallMilliseconds))
            },
            acknowledging: report.acknowledging.sorted { $0.key < $1.key }.map { priority, delays in
                DelayEntry(
                    priority: priority.name, count: delays.count, p50Ms: delays.medianMilliseconds,
                    p95Ms: delays.percentile95Milliseconds)
            },
            cleared: report.cleared, clearedUnacknowledged: report.clearedUnacknowledged,
            now: StandingsEntry(
                shelved: standings.shelved, suppressed: standings.suppressed,
                outOfService: standings.outOfService, heldUnknown: standings.heldUnknown))
    }

    private func counted(_ counted: AlarmReport.Counted, of report: AlarmReport? = nil) -> CountedEntry {
        CountedEntry(
            rule: counted.key.rule.name, asset: counted.key.asset.name,
            assetLabel: site.asset(counted.key.asset)?.label, count: counted.count,
            share: report?.share(counted.count))
    }
}

/// What the alarms of a span came to.
public struct AlarmStatsDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The beginning of the span.
    public let from: String
    /// Its end.
    public let to: String
    /// Whether the span is long enough to be judged by the standard: 30 days.
    public let sufficient: Bool
    /// How many alarms people were shown.
    public let activations: Int
    /// The figures that the standard has a word about, with its word.
    public let measures: [MeasureEntry]
    /// The ten alarms that came most often.
    public let top: [CountedEntry]
    /// Those that came three times or more within a minute, and how often that began.
    public let chattering: [CountedEntry]
    /// Those that were over within seconds without anybody having done anything, and how often.
    public let fleeting: [CountedEntry]
    /// The floods, oldest first.
    public let floods: [FloodEntry]
    /// How many alarms stood for more than 24 hours, on each day of the span.
    public let staleByDay: [Int]
    /// Those that still do at its end.
    public let stale: [StaleEntry]
    /// How long people took to say that they know, by priority.
    public let acknowledging: [DelayEntry]
    /// How many alarms ended.
    public let cleared: Int
    /// How many of these before anybody had said that they know.
    public let clearedUnacknowledged: Int
    /// How many are kept quiet, or held without data, at present.
    public let now: StandingsEntry
}

/// One figure with what the standard asks for.
public struct MeasureEntry: Codable, Hashable, Sendable {
    /// The name: `per_hour_average`.
    public let name: String
    /// The figure; absent if there is nothing to take it of.
    public let value: Double?
    /// Whether it is a share of 1.
    public let share: Bool
    /// What it should be; absent where the standard says nothing.
    public let target: BoundEntry?
    /// What can still be managed.
    public let limit: BoundEntry?
    /// What the standard says of it.
    public let verdict: AlarmMeasure.Verdict

    fileprivate init(_ measure: AlarmMeasure) {
        name = measure.name
        value = measure.value
        share = measure.isShare
        target = measure.target.map(BoundEntry.init)
        limit = measure.limit.map(BoundEntry.init)
        verdict = measure.verdict
    }
}

/// What a figure may be.
public struct BoundEntry: Codable, Hashable, Sendable {
    /// How it is compared: `at_most`, `below` or `at_least`.
    public let comparison: String
    /// With what.
    public let value: Double

    fileprivate init(_ bound: AlarmMeasure.Bound) {
        switch bound {
        case .atMost(let value): (comparison, self.value) = ("at_most", value)
        case .below(let value): (comparison, self.value) = ("below", value)
        case .atLeast(let value): (comparison, self.value) = ("at_least", value)
        }
    }
}

/// An alarm and how often something was so.
public struct CountedEntry: Codable, Hashable, Sendable {
    /// The rule.
    public let rule: String
    /// The asset.
    public let asset: String
    /// What people call the asset; absent if the site has it no more.
    public let assetLabel: Bilingual?
    /// How often.
    public let count: Int
    /// The share in all alarms, where that is told.
    public let share: Double?
}

/// One flood in a document.
public struct FloodEntry: Codable, Hashable, Sendable {
    /// When it began.
    public let from: String
    /// When it was over.
    public let to: String
    /// How many alarms came in it.
    public let activations: Int
}

/// An alarm that stands for long.
public struct StaleEntry: Codable, Hashable, Sendable {
    /// The rule.
    public let rule: String
    /// The asset.
    public let asset: String
    /// Since when it stands.
    public let since: String
}

/// How long people took to say that they know of the alarms of a priority.
public struct DelayEntry: Codable, Hashable, Sendable {
    /// The priority.
    public let priority: String
    /// How often somebody did.
    public let count: Int
    /// Half of them took no longer, milliseconds.
    public let p50Ms: Int64
    /// 95 of 100 took no longer, milliseconds.
    public let p95Ms: Int64
}

/// How many alarms stand how at present.
public struct StandingsEntry: Codable, Hashable, Sendable {
    /// Put aside by a person.
    public let shelved: Int
    /// Kept quiet by the site itself.
    public let suppressed: Int
    /// Out of service.
    public let outOfService: Int
    /// Held as they were, because what decides them is unknown.
    public let heldUnknown: Int
}
