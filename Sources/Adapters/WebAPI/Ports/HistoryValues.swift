public import Facility
public import Trends

/// Which stored samples a caller wants.
public struct HistoryRequest: Hashable, Sendable {
    /// The point's path.
    public let point: String
    /// The first instant, wall-clock milliseconds.
    public let fromWallMilliseconds: Int64
    /// The instant after the last one, wall-clock milliseconds.
    public let toWallMilliseconds: Int64
    /// At most so many, counted from the first.
    public let limit: Int

    /// Describes a request.
    public init(point: String, fromWallMilliseconds: Int64, toWallMilliseconds: Int64, limit: Int) {
        self.point = point
        self.fromWallMilliseconds = fromWallMilliseconds
        self.toWallMilliseconds = toWallMilliseconds
        self.limit = limit
    }
}

/// Which sums over stored samples a caller wants.
public struct BucketRequest: Hashable, Sendable {
    /// The point's path.
    public let point: String
    /// The first instant, wall-clock milliseconds.
    public let fromWallMilliseconds: Int64
    /// The instant after the last one, wall-clock milliseconds.
    public let toWallMilliseconds: Int64
    /// The length of one span, milliseconds.
    public let stepMilliseconds: Int64

    /// Describes a request.
    public init(
        point: String, fromWallMilliseconds: Int64, toWallMilliseconds: Int64, stepMilliseconds: Int64
    ) {
        self.point = point
        self.fromWallMilliseconds = fromWallMilliseconds
        self.toWallMilliseconds = toWallMilliseconds
        self.stepMilliseconds = stepMilliseconds
    }
}

/// The stored samples of one span, summed up. Only usable samples count, except in `badCount`.
public struct HistoryBucket: Hashable, Sendable {
    /// When the span begins, wall-clock milliseconds.
    public let startWallMilliseconds: Int64
    /// How many samples have a usable value.
    public let count: Int
    /// How many samples have none.
    public let badCount: Int
    /// The smallest value.
    public let minimum: Double?
    /// The largest value.
    public let maximum: Double?
    /// The mean over time.
    public let average: Double?
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
    /// The part of the span for which a usable value stood, 0 to 1.
    public let coverage: Double
    /// The worst quality among the samples.
    public let worst: Quality

    /// Describes a span.
    public init(
        startWallMilliseconds: Int64, count: Int, badCount: Int = 0, minimum: Double? = nil,
        maximum: Double? = nil, average: Double? = nil, last: Double? = nil, increase: Double? = nil,
        sum: Double? = nil, first: Double? = nil, mean: Double? = nil, coverage: Double = 0,
        worst: Quality = .good
    ) {
        self.startWallMilliseconds = startWallMilliseconds
        self.count = count
        self.badCount = badCount
        self.minimum = minimum
        self.maximum = maximum
        self.average = average
        self.last = last
        self.increase = increase
        self.sum = sum
        self.first = first
        self.mean = mean
        self.coverage = coverage
        self.worst = worst
    }
}

extension HistoryBucket {
    /// The figures of a span of the store; nil if it has no samples and none stood in it.
    public init?(_ bucket: Bucket) {
        guard bucket.count > 0 || bucket.coveredMilliseconds > 0 else { return nil }
        self.init(
            startWallMilliseconds: bucket.startMilliseconds, count: bucket.usable,
            badCount: bucket.count - bucket.usable, minimum: bucket.minimum, maximum: bucket.maximum,
            average: bucket.weightedMean ?? bucket.mean, last: bucket.last,
            increase: bucket.usable > 0 ? bucket.increase : nil, sum: bucket.usable > 0 ? bucket.sum : nil,
            first: bucket.first, mean: bucket.mean, coverage: bucket.coverage,
            worst: Quality(code: bucket.worstQuality) ?? .bad(.undecodable))
    }
}
