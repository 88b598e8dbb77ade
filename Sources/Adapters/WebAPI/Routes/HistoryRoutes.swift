public import Facility
import Hummingbird
public import Trends

/// What points measured in the past.
struct HistoryRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/points/{path}/history") { request, context in
            let query = Query(request, context)
            let presenter = await desk.presenter()
            let span = try Span(query, presenter)
            if let step = try self.step(query) {
                return try JSON.response(try await buckets(span, step: step, query, presenter))
            }
            return try JSON.response(try await samples(span, query, presenter))
        }
    }

    /// The point and the span of time a request asks for: without `from` the last hour before `to`.
    private struct Span {
        let point: Point
        let from: Int64
        let to: Int64

        init(_ query: Query, _ presenter: Presenter) throws {
            let path = try query.place("path")
            let (now, zone) = (presenter.now, presenter.site.zone)
            guard let id = presenter.site.point(path) else { throw APIError.unknownPoint(path) }
            self.point = presenter.site[id]
            self.to = try query.instant("to", now: now, zone: zone) ?? now
            self.from = try query.instant("from", now: now, zone: zone) ?? to - 3_600_000
            guard from < to else {
                throw APIError.invalid(parameter: "from", expected: Message("api.expected-before-to"))
            }
        }
    }

    private func step(_ query: Query) throws -> Int64? {
        guard let text = query.text("step") else {
            guard query.text("agg") == nil else {
                throw APIError.invalid(parameter: "step", expected: Message("api.expected-span"))
            }
            return nil
        }
        guard let step = TimeExpression.span(text), step >= 1000 else {
            throw APIError.invalid(parameter: "step", expected: Message("api.expected-span"))
        }
        return step
    }

    private func samples(
        _ span: Span, _ query: Query, _ presenter: Presenter
    ) async throws -> HistoryDocument {
        let limit = try query.limit(default: Query.pageLimit)
        let isExact = try query.flag("exact") ?? false
        let from = max(span.from, try query.cursor() ?? span.from)
        // One more than shown tells where the next page begins.
        let found = try await desk.ports.historySamples(
            HistoryRequest(
                point: span.point.path, fromWallMilliseconds: from, toWallMilliseconds: span.to,
                limit: limit + 1))
        return HistoryDocument(
            point: span.point.path, unit: span.point.unit?.symbol, from: presenter.time(span.from),
            to: presenter.time(span.to),
            samples: found.prefix(limit).map { presenter.sample($0, exact: isExact) },
            stepMs: nil, buckets: nil,
            nextCursor: found.count > limit ? String(found[limit].wallMilliseconds) : nil)
    }

    private func buckets(
        _ span: Span, step: Int64, _ query: Query, _ presenter: Presenter
    ) async throws -> HistoryDocument {
        let asked = try AggregateChoice(query.texts("agg")) { _ in
            throw APIError.invalid(
                parameter: "agg",
                expected: Message("api.expected-one-of", ["names": .text(AggregateChoice.known)]))
        }
        let codes = try codes(asked.states, of: span.point)
        let limit = Query.pageLimit
        guard (span.to - span.from - 1) / step < Int64(limit) else {
            throw APIError.tooManyBuckets(limit: limit)
        }
        let request = BucketRequest(
            point: span.point.path, fromWallMilliseconds: span.from, toWallMilliseconds: span.to,
            stepMilliseconds: step)
        let found = try await desk.ports.historyBuckets(request)
        var times = TimesInStates()
        for (state, code) in zip(asked.states, codes) {
            times.add(state, try await desk.ports.historyStateTimes(request, code))
        }
        return HistoryDocument(
            point: span.point.path, unit: span.point.unit?.symbol, from: presenter.time(span.from),
            to: presenter.time(span.to), samples: nil, stepMs: step,
            buckets: found.filter { $0.count + $0.badCount > 0 || $0.coverage > 0 }.map { bucket in
                presenter.bucket(bucket, asked.sums, times[bucket.startWallMilliseconds])
            },
            nextCursor: nil)
    }

    private func codes(_ states: [String], of point: Point) throws -> [Double] {
        try states.map { state in
            guard let code = Point.State.code(state, among: point.states) else {
                let names = point.states.map(\.name).joined(separator: ", ")
                throw APIError.invalid(
                    parameter: "agg",
                    expected: Message("api.expected-state", ["names": .text(names), "state": .text(state)]))
            }
            return code
        }
    }
}

/// What a span of samples can be summed up to.
public enum Aggregate: String, Hashable, Sendable, CaseIterable {
    /// The smallest value.
    case min
    /// The largest value.
    case max
    /// The mean over time.
    case avg
    /// The last value.
    case last
    /// How much a counter grew.
    case increase
    /// The sum of the values.
    case sum
    /// The first value.
    case first
    /// The plain mean of the values.
    case mean
    /// For which part of the step a usable value stood.
    case coverage
    /// The worst quality among the samples.
    case worst
    /// How many samples have a usable value.
    case count

    /// Those shown when nobody says which.
    public static let usual: Set<Aggregate> = [.min, .max, .avg]
}

extension Presenter {
    func sample(_ sample: HistoricSample, exact isExact: Bool) -> SampleEntry {
        SampleEntry(sample, zone: site.zone, exact: isExact)
    }

    func bucket(_ bucket: HistoryBucket, _ shown: Set<Aggregate>, _ times: [TimeInEntry]) -> BucketEntry {
        BucketEntry(bucket, showing: shown, times: times, zone: site.zone)
    }
}

extension SampleEntry {
    /// A stored sample as documents show it; on request with the text that gives back every bit of its value.
    public init(_ sample: HistoricSample, zone: SiteZone, exact isExact: Bool = false) {
        self.init(
            time: zone.iso(sample.wallMilliseconds, milliseconds: true),
            value: sample.value.flatMap { ValueEntry($0) }, quality: sample.quality.name,
            reason: sample.quality.reason,
            exact: isExact ? sample.value.flatMap(ExactValue.text) : nil,
            replaced: sample.isReplacement ? true : nil)
    }
}

extension BucketEntry {
    /// The sums of a step as documents show them, only those asked for.
    public init(
        _ bucket: HistoryBucket, showing shown: Set<Aggregate>, times: [TimeInEntry] = [], zone: SiteZone
    ) {
        func only(_ aggregate: Aggregate, _ number: Double?) -> Double? {
            guard shown.contains(aggregate), let number, number.isFinite else { return nil }
            return number
        }
        self.init(
            time: zone.iso(bucket.startWallMilliseconds, milliseconds: true), count: bucket.count,
            bad: bucket.badCount, min: only(.min, bucket.minimum), max: only(.max, bucket.maximum),
            avg: only(.avg, bucket.average), last: only(.last, bucket.last),
            increase: only(.increase, bucket.increase), sum: only(.sum, bucket.sum),
            first: only(.first, bucket.first), mean: only(.mean, bucket.mean), coverage: bucket.coverage,
            worst: bucket.worst.word, timeIn: times.isEmpty ? nil : times)
    }
}

/// How long a point was in states, by the start of each step.
public struct TimesInStates: Sendable {
    private var entries: [Int64: [TimeInEntry]] = [:]

    /// Knows nothing yet.
    public init() {}

    /// Adds the times in one state.
    public mutating func add(_ state: String, _ buckets: [StateBucket]) {
        for bucket in buckets where bucket.count > 0 || bucket.coveredMilliseconds > 0 {
            entries[bucket.startMilliseconds, default: []].append(
                TimeInEntry(
                    state: state, ms: bucket.heldMilliseconds, percent: bucket.share.map { $0 * 100 }))
        }
    }

    /// The times of the step with a start, in the order in which the states were added.
    public subscript(_ start: Int64) -> [TimeInEntry] { entries[start] ?? [] }
}

/// What a point measured over a span of time: samples, or sums over steps.
public struct HistoryDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The point's path.
    public let point: String
    /// What its numbers measure.
    public let unit: String?
    /// The first instant.
    public let from: String
    /// The instant after the last one.
    public let to: String
    /// The samples, oldest first; absent when a step was given.
    public let samples: [SampleEntry]?
    /// The length of one step, milliseconds; absent without steps.
    public let stepMs: Int64?
    /// The steps that have samples or in which a value stood, oldest first; absent without steps.
    public let buckets: [BucketEntry]?
    /// Where the next page begins; absent on the last one.
    public let nextCursor: String?

    /// Describes what a point measured.
    public init(
        point: String, unit: String?, from: String, to: String, samples: [SampleEntry]?, stepMs: Int64?,
        buckets: [BucketEntry]?, nextCursor: String? = nil
    ) {
        self.point = point
        self.unit = unit
        self.from = from
        self.to = to
        self.samples = samples
        self.stepMs = stepMs
        self.buckets = buckets
        self.nextCursor = nextCursor
    }
}

/// One stored sample in a document.
public struct SampleEntry: Codable, Hashable, Sendable {
    /// When it was measured.
    public let time: String
    /// What was measured; absent when the quality is bad.
    public let value: ValueEntry?
    /// How far the value can be trusted: `good`, `uncertain` or `bad`.
    public let quality: String
    /// Why the quality is not good.
    public let reason: String?
    /// The value as a text that gives back every bit, with `exact=true`; absent for characters.
    public let exact: String?
    /// True where it took the place of another sample of its time; otherwise absent.
    public let replaced: Bool?

    /// Describes a sample.
    public init(
        time: String, value: ValueEntry?, quality: String, reason: String?, exact: String? = nil,
        replaced: Bool? = nil
    ) {
        self.time = time
        self.value = value
        self.quality = quality
        self.reason = reason
        self.exact = exact
        self.replaced = replaced
    }
}

/// The samples of one step, summed up.
public struct BucketEntry: Codable, Hashable, Sendable {
    /// When the step begins.
    public let time: String
    /// How many samples have a usable value.
    public let count: Int
    /// How many samples have none.
    public let bad: Int
    /// The smallest value.
    public let min: Double?
    /// The largest value.
    public let max: Double?
    /// The mean over time.
    public let avg: Double?
    /// The last value.
    public let last: Double?
    /// How much a counter grew.
    public let increase: Double?
    /// The sum of the values.
    public let sum: Double?
    /// The first value.
    public let first: Double?
    /// The plain mean of the values.
    public let mean: Double?
    /// For which part of the step a usable value stood, 0 to 1.
    public let coverage: Double
    /// The worst quality among the samples in one word: `good`, `stale`, `timeout`.
    public let worst: String
    /// How long the point was in the states that were asked for.
    public let timeIn: [TimeInEntry]?

    /// Describes a step.
    public init(
        time: String, count: Int, bad: Int, min: Double?, max: Double?, avg: Double?, last: Double?,
        increase: Double?, sum: Double? = nil, first: Double? = nil, mean: Double? = nil,
        coverage: Double = 0, worst: String = "good", timeIn: [TimeInEntry]? = nil
    ) {
        self.time = time
        self.count = count
        self.bad = bad
        self.min = min
        self.max = max
        self.avg = avg
        self.last = last
        self.increase = increase
        self.sum = sum
        self.first = first
        self.mean = mean
        self.coverage = coverage
        self.worst = worst
        self.timeIn = timeIn
    }
}

/// How long a point was in one state during a step.
public struct TimeInEntry: Codable, Hashable, Sendable {
    /// The state, as it was asked for.
    public let state: String
    /// For how long, milliseconds.
    public let ms: Int64
    /// That as a percentage of the time for which the state is known; absent when none is.
    public let percent: Double?

    /// Describes a time in a state.
    public init(state: String, ms: Int64, percent: Double?) {
        self.state = state
        self.ms = ms
        self.percent = percent
    }
}
