import Facility

/// One figure of a report with what the standard asks for.
public struct AlarmMeasure: Hashable, Sendable {
    /// What a figure may be.
    public enum Bound: Hashable, Sendable {
        /// This or less.
        case atMost(Double)
        /// Less than this.
        case below(Double)
        /// This or more.
        case atLeast(Double)

        /// Whether a figure keeps to it.
        public func holds(_ value: Double) -> Bool {
            switch self {
            case .atMost(let limit): value <= limit
            case .below(let limit): value < limit
            case .atLeast(let limit): value >= limit
            }
        }
    }

    /// What the standard says of a figure.
    public enum Verdict: String, Hashable, Sendable, CaseIterable, Codable {
        /// As it should be.
        case onTarget = "on_target"
        /// More than it should be, and still manageable.
        case manageable
        /// Too much.
        case offTarget = "off_target"
        /// The span is too short to judge.
        case insufficientData = "insufficient_data"
        /// The standard says nothing of it, or not of so few alarms.
        case unjudged
    }

    /// The name: `per_hour_average`. Its text is `alarm.measure.NAME`.
    public let name: String
    /// The figure; nil if there is nothing to take it of.
    public let value: Double?
    /// Whether it is a share of 1, to be read as a percentage.
    public let isShare: Bool
    /// What it should be.
    public let target: Bound?
    /// What can still be managed.
    public let limit: Bound?
    /// What the standard says of it.
    public let verdict: Verdict
}

extension AlarmReport {
    /// Every figure that the standard has a word about, with its word (ISA-18.2-2016, table 7, as public sources
    /// agree on it; the mix of priorities is that of four levels).
    public var measures: [AlarmMeasure] {
        let most = staleByDay.max() ?? 0
        let figures = [
            figure("per_10_minutes_average", load.perTenMinutes, .atMost(1), .atMost(2)),
            figure("per_hour_average", load.perHour, .atMost(6), .atMost(12)),
            figure("per_day_average", load.perDay, .atMost(150), .atMost(300)),
            figure("per_10_minutes_most", Double(load.mostInTenMinutes), .atMost(10)),
            figure("per_hour_most", Double(load.mostInHour)),
            figure("per_day_most", Double(load.mostInDay)),
            share("busy_10_minutes_share", load.busyTenMinutesShare, .below(0.01)),
            share("busy_hours_share", load.busyHoursShare, .below(0.01)),
            share("flood_share", load.floodShare, .below(0.01)),
            // Ten of ten are always all of them.
            share("top_ten_share", topShare, distinctAlarms > Self.topCount ? .atMost(0.05) : nil),
            figure("chattering_alarms", Double(chattering.count), .atMost(0)),
            figure("fleeting_alarms", Double(fleeting.count), .atMost(0)),
            figure("stale_most", Double(most), .below(5)),
        ]
        return figures + mix + [share("unacknowledged_at_clear_share", clearedUnacknowledgedShare)]
    }

    private var mix: [AlarmMeasure] {
        Priority.allCases.map { priority in
            let bound: AlarmMeasure.Bound =
                switch priority {
                case .p1: .below(0.01)
                case .p2: .atMost(0.05)
                case .p3: .atMost(0.15)
                case .p4: .atLeast(0.8)
                }
            let part = load.activations > 0 ? share(priorities[priority] ?? 0) : nil
            return share("\(priority.name)_share", part, bound)
        }
    }

    private func share(
        _ name: String, _ value: Double?, _ target: AlarmMeasure.Bound? = nil
    ) -> AlarmMeasure {
        measure(name, value, isShare: true, target, nil)
    }

    private func figure(
        _ name: String, _ value: Double?, _ target: AlarmMeasure.Bound? = nil,
        _ limit: AlarmMeasure.Bound? = nil
    ) -> AlarmMeasure {
        measure(name, value, isShare: false, target, limit)
    }

    private func measure(
        _ name: String, _ value: Double?, isShare: Bool, _ target: AlarmMeasure.Bound?,
        _ limit: AlarmMeasure.Bound?
    ) -> AlarmMeasure {
        AlarmMeasure(
            name: name, value: value, isShare: isShare, target: target, limit: limit,
            verdict: verdict(value, target, limit))
    }

    private func verdict(
        _ value: Double?, _ target: AlarmMeasure.Bound?, _ limit: AlarmMeasure.Bound?
    ) -> AlarmMeasure.Verdict {
        guard let value, let target else { return .unjudged }
        guard isSufficient else { return .insufficientData }
        if target.holds(value) { return .onTarget }
        return limit?.holds(value) == true ? .manageable : .offTarget
    }
}
