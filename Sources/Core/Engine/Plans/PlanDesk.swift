import Facility
import Maintenance

/// The plans of a site within the engine: which points they read, and when they are looked at.
struct PlanDesk: Sendable {
    /// The plans as they are configured.
    let book: PlanBook
    /// The plans as they are stepped.
    var engine: PlanEngine
    /// What is added up of a point, by the point's index; empty where no plan reads meters.
    let meters: [Int32: [PlanEngine.MeterKey]]
    /// How much the counter of a point can add up in an hour, by the point's index, where its unit says so.
    private let fastest: [Int32: Double]
    /// The counters that go on from elsewhere, until that is told.
    var breaks: [(key: PlanEngine.MeterKey, found: MeterTally.Break)] = []
    /// The assets at which a rule's alarm asks for work, with the series.
    let conditions: [(series: PlanSeriesID, rule: RuleID)]
    /// When plans were looked at last, on the uptime clock.
    var steppedUptime: Int64?
    /// When meters were kept last, on the uptime clock.
    var keptUptime: Int64
    /// What was added up since then.
    var changedMeters: Set<PlanEngine.MeterKey> = []
    /// Years whose holidays are not known, as `cn/2027`.
    var unknownYears: Set<String>
    /// Plans that are neglected.
    var neglected: Set<PlanSeriesID>

    /// How often plans are looked at while nothing happens to them, milliseconds.
    static let period: Int64 = 10_000
    /// How often meters are kept, milliseconds: so much is lost of them by a power cut.
    static let keepingPeriod: Int64 = 600_000

    init(_ book: PlanBook, site: Site, memory: PlanMemory, at now: Moment) {
        self.book = book
        engine = PlanEngine(series: book.series(at: site), zone: site.zone, memory: memory, at: now)
        var meters: [Int32: [PlanEngine.MeterKey]] = [:]
        var fastest: [Int32: Double] = [:]
        for key in engine.meters.keys.sorted() {
            guard let point = site.point("\(key.asset).\(key.point)") else { continue }
            meters[point.index, default: []].append(key)
            fastest[point.index] = Self.fastest(site[point].unit)
        }
        self.meters = meters
        self.fastest = fastest
        conditions = engine.conditions
        keptUptime = now.uptimeMilliseconds
        unknownYears = memory.clock?.warnedYears ?? []
        neglected = Set(engine.memory.series.filter(\.isNeglected).map(\.series))
    }

    var isEmpty: Bool { book.entries.isEmpty && engine.memory.series.isEmpty }

    /// Adds up a sample.
    mutating func note(_ sample: Sample, at now: Moment) {
        guard let keys = meters[sample.point.index], let reading = sample.value?.double else { return }
        for key in keys {
            let fastest = fastest[sample.point.index]
            let found = engine.take(
                reading, of: key, at: sample.wallMilliseconds, now: now, fastest: fastest)
            if let found {
                breaks.append((key, found))
            }
            changedMeters.insert(key)
        }
    }

    /// No machine starts so often in an hour.
    private static let mostStarts = 1000.0

    /// Hours cannot be added up faster than they pass; what has no unit is taken for starts.
    private static func fastest(_ unit: MeasurementUnit?) -> Double? {
        guard let unit else { return mostStarts }
        return switch unit.dimension {
        case .time: 3600 / unit.factor
        case .ratio: mostStarts
        default: nil
        }
    }
}
