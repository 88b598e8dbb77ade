public import Facility

/// How much an alarm system asks of people over a span of time (ISA-18.2-2016 / IEC 62682), told by its journal.
///
/// Only activations that people are shown count: not ends, remarks or reminders, nothing of shadow rules, and
/// what is kept quiet not before it is let out. Entries from before the span only say how it began. Times are the
/// wall clock's, because the journal outlives boots; a clock that was set makes a span count as none.
public struct AlarmMeasures: Sendable {
    /// What is called fleeting: over within this time without anybody having done anything, milliseconds.
    public static let fleetingMilliseconds: Int64 = 30_000
    /// What is called stale: on people's list for longer than this without a break, milliseconds.
    public static let staleMilliseconds: Int64 = 24 * 3_600_000

    /// The beginning of the span, wall-clock milliseconds.
    public let fromWallMilliseconds: Int64
    /// The end of the span, which is not part of it.
    public let toWallMilliseconds: Int64

    private var tracks: [AlarmKey: Track] = [:]
    private var activations: [AlarmKey: [Int64]] = [:]
    private var ofPriority: [Priority: Int] = [:]
    private var fleeting: [AlarmKey: Int] = [:]
    private var delays: [Priority: [Int64]] = [:]
    private var stale: [StaleSpan] = []
    private var cleared = 0
    private var clearedUnacknowledged = 0

    /// How one alarm stands after the entries so far.
    private struct Track {
        var state = AlarmState.normal
        /// Since when it stands on people's list.
        var standingSince: Int64?
        /// When people were last shown that its condition came, while it lasts.
        var shownSince: Int64?
        /// When people were last asked to say that they know, while nobody has.
        var askedSince: Int64?
        /// Whether its condition came while it was kept quiet, and nobody has been shown so far.
        var isUnshown = false
        /// Whether somebody has done anything about it since it was shown.
        var isTouched = false
    }

    /// A span that an alarm stood for too long.
    private struct StaleSpan {
        let key: AlarmKey
        let from: Int64
        let to: Int64
    }

    /// Measures a span; an end before the beginning counts as the beginning.
    public init(fromWallMilliseconds: Int64, toWallMilliseconds: Int64) {
        self.fromWallMilliseconds = fromWallMilliseconds
        self.toWallMilliseconds = max(fromWallMilliseconds, toWallMilliseconds)
    }

    // MARK: Entries

    /// Takes the next entry of the journal, in the journal's order; `priority` is that of its occurrence.
    public mutating func note(_ event: AlarmEvent, priority: Priority?, isShadow: Bool = false) {
        guard !isShadow, event.wallMilliseconds < toWallMilliseconds else { return }
        var track = tracks[event.key] ?? Track()
        follow(event, event.priority ?? priority, &track)
        stand(event, &track)
        track.state = event.stateAfter
        tracks[event.key] = track.state == .normal && !track.isUnshown ? nil : track
    }

    private mutating func follow(_ event: AlarmEvent, _ priority: Priority?, _ track: inout Track) {
        let state = event.stateAfter
        if event.isActivation {
            track.isTouched = false
            track.isUnshown = state.isQuiet
            if !state.isQuiet { show(event, priority, &track) }
            return
        }
        if event.person != nil { track.isTouched = true }
        switch event.kind {
        case .acknowledged: acknowledge(event, priority, &track)
        case .cleared: clear(event, &track)
        case .closed, .retired: track = Track(state: track.state, standingSince: track.standingSince)
        default:
            // Let out: what nobody was shown is shown now; what they knew may be asked about again.
            if track.isUnshown, track.state.isQuiet, state.isStanding {
                track.isTouched = false
                show(event, priority, &track)
            } else if state.isAsking, !track.state.isAsking {
                track.askedSince = event.wallMilliseconds
            }
        }
    }

    private mutating func show(_ event: AlarmEvent, _ priority: Priority?, _ track: inout Track) {
        track.isUnshown = false
        track.shownSince = event.wallMilliseconds
        if event.stateAfter.isAsking { track.askedSince = event.wallMilliseconds }
        guard isInside(event) else { return }
        activations[event.key, default: []].append(event.wallMilliseconds)
        if let priority { ofPriority[priority, default: 0] += 1 }
    }

    private mutating func acknowledge(_ event: AlarmEvent, _ priority: Priority?, _ track: inout Track) {
        if event.person != nil, let asked = track.askedSince, let priority, isInside(event) {
            delays[priority, default: []].append(max(0, event.wallMilliseconds - asked))
        }
        track.askedSince = nil
    }

    private mutating func clear(_ event: AlarmEvent, _ track: inout Track) {
        track.isUnshown = false
        guard let shown = track.shownSince else { return }
        track.shownSince = nil
        guard isInside(event) else { return }
        cleared += 1
        if track.askedSince != nil { clearedUnacknowledged += 1 }
        let lasted = event.wallMilliseconds - shown
        if !track.isTouched, lasted < Self.fleetingMilliseconds { fleeting[event.key, default: 0] += 1 }
    }

    private mutating func stand(_ event: AlarmEvent, _ track: inout Track) {
        guard event.stateAfter.isStanding else {
            note(standing: event.key, since: track.standingSince, until: event.wallMilliseconds)
            track.standingSince = nil
            return
        }
        track.standingSince = track.standingSince ?? event.wallMilliseconds
    }

    private mutating func note(standing key: AlarmKey, since: Int64?, until end: Int64) {
        guard let span = staleSpan(key, since: since, until: end) else { return }
        stale.append(span)
    }

    private func staleSpan(_ key: AlarmKey, since: Int64?, until end: Int64) -> StaleSpan? {
        guard let since, end > since + Self.staleMilliseconds, end > fromWallMilliseconds else { return nil }
        return StaleSpan(key: key, from: max(since + Self.staleMilliseconds, fromWallMilliseconds), to: end)
    }

    private func isInside(_ event: AlarmEvent) -> Bool { event.wallMilliseconds >= fromWallMilliseconds }

    // MARK: The report

    /// What the entries so far come to.
    public var report: AlarmReport {
        let times = activations.values.joined().sorted()
        let span = AlarmReport.Span(
            fromWallMilliseconds: fromWallMilliseconds, toWallMilliseconds: toWallMilliseconds)
        return AlarmReport(
            span: span, load: AlarmLoad(times, over: span),
            top: Self.ranked(activations.mapValues(\.count), limit: AlarmReport.topCount),
            distinctAlarms: activations.count,
            chattering: Self.ranked(activations.compactMapValues(Chatter.episodes)),
            fleeting: Self.ranked(fleeting), staleByDay: staleByDay(span), staleAtEnd: staleAtEnd,
            priorities: ofPriority, acknowledging: delays.mapValues(AlarmReport.Delays.init),
            cleared: cleared, clearedUnacknowledged: clearedUnacknowledged)
    }

    private static func ranked(_ counts: [AlarmKey: Int], limit: Int = .max) -> [AlarmReport.Counted] {
        let counted: [AlarmReport.Counted] = counts.compactMap { key, count in
            count > 0 ? AlarmReport.Counted(key: key, count: count) : nil
        }
        let sorted = counted.sorted { left, right in
            left.count == right.count ? left.key < right.key : left.count > right.count
        }
        return Array(sorted.prefix(limit))
    }

    private func staleByDay(_ span: AlarmReport.Span) -> [Int] {
        let standing = tracks.compactMap { key, track in
            staleSpan(key, since: track.standingSince, until: toWallMilliseconds)
        }
        var keys = Array(repeating: Set<AlarmKey>(), count: span.count(of: AlarmLoad.dayMilliseconds))
        for found in stale + standing {
            let first = Int((found.from - fromWallMilliseconds) / AlarmLoad.dayMilliseconds)
            let last = Int((found.to - 1 - fromWallMilliseconds) / AlarmLoad.dayMilliseconds)
            guard first <= last else { continue }
            for day in first...min(last, keys.count - 1) { keys[day].insert(found.key) }
        }
        return keys.map(\.count)
    }

    private var staleAtEnd: [AlarmReport.Standing] {
        tracks.compactMap { key, track in
            guard let since = track.standingSince,
                toWallMilliseconds > since + Self.staleMilliseconds
            else { return nil }
            return AlarmReport.Standing(key: key, sinceWallMilliseconds: since)
        }.sorted { ($0.sinceWallMilliseconds, $0.key) < ($1.sinceWallMilliseconds, $1.key) }
    }
}
