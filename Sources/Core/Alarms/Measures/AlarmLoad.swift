/// How many alarms people were shown, by spans of equal length from the beginning of what is measured.
public struct AlarmLoad: Hashable, Sendable {
    /// More than this in ten minutes are too many, and begin a flood.
    public static let flooding = 10
    /// Fewer than this in ten minutes end a flood.
    public static let ebbing = 5
    /// More than this in an hour are too many.
    public static let busyHour = 30

    static let tenMinutesMilliseconds: Int64 = 600_000
    static let hourMilliseconds: Int64 = 3_600_000
    static let dayMilliseconds: Int64 = 86_400_000

    /// One flood.
    public struct Flood: Hashable, Sendable {
        /// When it began: with the alarm that was one too many.
        public let fromWallMilliseconds: Int64
        /// When it was over, or the end of what is measured.
        public let toWallMilliseconds: Int64
        /// How many alarms came in it, with those of the ten minutes before it that made it one.
        public let activations: Int
    }

    /// How many there were.
    public let activations: Int
    /// How many there were in ten minutes on average.
    public let perTenMinutes: Double
    /// How many there were in an hour on average.
    public let perHour: Double
    /// How many there were in 24 hours on average.
    public let perDay: Double
    /// The most in any ten minutes, whenever they begin.
    public let mostInTenMinutes: Int
    /// The most in one of the hours.
    public let mostInHour: Int
    /// The most in one of the days.
    public let mostInDay: Int
    /// The share of the ten minutes with too many.
    public let busyTenMinutesShare: Double
    /// The share of the hours with too many.
    public let busyHoursShare: Double
    /// The floods, oldest first.
    public let floods: [Flood]
    /// The share of the time that was flood.
    public let floodShare: Double

    /// Counts activations at times that rise.
    init(_ times: [Int64], over span: AlarmReport.Span) {
        activations = times.count
        perTenMinutes = span.average(times.count, Self.tenMinutesMilliseconds)
        perHour = span.average(times.count, Self.hourMilliseconds)
        perDay = span.average(times.count, Self.dayMilliseconds)
        let tenMinutes = Self.counts(times, Self.tenMinutesMilliseconds, span)
        let hours = Self.counts(times, Self.hourMilliseconds, span)
        mostInTenMinutes = Self.mostWithin(Self.tenMinutesMilliseconds, times)
        mostInHour = hours.values.max() ?? 0
        mostInDay = Self.counts(times, Self.dayMilliseconds, span).values.max() ?? 0
        busyTenMinutesShare = Self.share(
            tenMinutes.values.count { $0 > Self.flooding }, of: span.count(of: Self.tenMinutesMilliseconds))
        busyHoursShare = Self.share(
            hours.values.count { $0 > Self.busyHour }, of: span.count(of: Self.hourMilliseconds))
        floods = Self.floods(times, until: span.toWallMilliseconds)
        let flooded = floods.reduce(0) { $0 + $1.toWallMilliseconds - $1.fromWallMilliseconds }
        floodShare = span.milliseconds > 0 ? Double(flooded) / Double(span.milliseconds) : 0
    }

    private static func counts(
        _ times: [Int64], _ step: Int64, _ span: AlarmReport.Span
    ) -> [Int64: Int] {
        var counts: [Int64: Int] = [:]
        for time in times { counts[(time - span.fromWallMilliseconds) / step, default: 0] += 1 }
        return counts
    }

    private static func share(_ count: Int, of all: Int) -> Double {
        all > 0 ? Double(count) / Double(all) : 0
    }

    private static func mostWithin(_ span: Int64, _ times: [Int64]) -> Int {
        var most = 0
        var first = 0
        for index in times.indices {
            while times[index] - times[first] >= span { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    /// A flood begins with the alarm that makes it more than ten in ten minutes. It ends when fewer than five are
    /// left of the last ten minutes, which is when the fifth newest is ten minutes old.
    private static func floods(_ times: [Int64], until end: Int64) -> [Flood] {
        var floods: [Flood] = []
        var first: Int?
        for index in times.indices {
            if let begun = first, times[index] - times[index - ebbing] >= tenMinutesMilliseconds {
                let over = times[index - ebbing] + tenMinutesMilliseconds
                floods.append(flood(times, begun, index - 1, over))
                first = nil
            }
            guard first == nil, index >= flooding,
                times[index] - times[index - flooding] < tenMinutesMilliseconds
            else { continue }
            first = index
        }
        if let begun = first {
            let over = times[times.count - ebbing] + tenMinutesMilliseconds
            floods.append(flood(times, begun, times.count - 1, min(over, end)))
        }
        return floods
    }

    private static func flood(_ times: [Int64], _ begun: Int, _ last: Int, _ over: Int64) -> Flood {
        Flood(
            fromWallMilliseconds: times[begun], toWallMilliseconds: over,
            activations: last - (begun - flooding) + 1)
    }
}
