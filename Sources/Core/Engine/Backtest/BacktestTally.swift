import Alarms
import Facility
import Maintenance
import Notices
import Rules

/// Counts what the engine decides.
struct BacktestTally: Sendable {
    /// What is known of one alarm while the backtest runs.
    private struct Alarm {
        /// The activation that has not cleared, by its place in the list.
        var open: Int?
        /// The last activations, as many as make chattering.
        var recent: [Int64] = []
        /// The last activation.
        var last: Int64 = .min
        var isChattering = false
        /// The period of ten minutes that is counted, and how many were in it.
        var period: Int64 = .min
        var inPeriod = 0
    }

    private let start: Int64
    private let chatter: [RuleID: RuleDefinition.Chatter]
    private var samples = 0
    private var places: [RuleID: Int] = [:]
    private var lines: [BacktestReport.Line] = []
    private var rulePeriods: [(period: Int64, count: Int)] = []
    private var alarms: [AlarmKey: Alarm] = [:]
    private var keys: [OccurrenceID: AlarmKey] = [:]
    private var activations: [BacktestReport.Activation] = []
    private var loud = 0
    private var period: (number: Int64, count: Int) = (.min, 0)
    private var mostInTenMinutes = 0
    private var flood = FloodClock()

    init(_ rules: RuleSet, from start: Int64) {
        self.start = start
        chatter = Dictionary(
            uniqueKeysWithValues: rules.rules.map { ($0.definition.id, $0.definition.chatter) })
        for rule in rules.rules { _ = line(of: rule.definition.id) }
    }

    mutating func count(_ more: Int) { samples += more }

    private mutating func line(of rule: RuleID) -> Int {
        if let place = places[rule] { return place }
        places[rule] = lines.count
        lines.append(.init(rule))
        rulePeriods.append((.min, 0))
        return lines.count - 1
    }

    // MARK: Decisions

    mutating func take(_ decision: Decision) {
        for event in decision.journal { take(event, decision) }
        for notice in decision.notices {
            lines[line(of: notice.key.rule)].messages[notice.channel, default: 0] += 1
        }
        // An order that is opened again is work again.
        for event in decision.orderEvents where event.kind == .opened || event.kind == .reopened {
            var occurrence = decision.orders.first { $0.number == event.number }?.occurrence
            if case .recurrence(let again?, _)? = event.detail { occurrence = again }
            guard let key = occurrence.flatMap({ keys[$0] }) else { continue }
            lines[line(of: key.rule)].orders += 1
        }
    }

    private mutating func take(_ event: AlarmEvent, _ decision: Decision) {
        switch event.kind {
        case .raised:
            if let id = event.occurrence { keys[id] = event.key }
            let occurrence = decision.occurrences.first { $0.id == event.occurrence }
            activate(event, began: occurrence?.beganWallMilliseconds ?? event.wallMilliseconds)
        case .reactivated: activate(event, began: event.wallMilliseconds)
        case .cleared: end(event.key, at: event.wallMilliseconds)
        case .closed, .retired:
            end(event.key, at: event.wallMilliseconds)
            if let id = event.occurrence, event.kind == .closed { keys[id] = nil }
        default: break
        }
    }

    private mutating func activate(_ event: AlarmEvent, began: Int64) {
        let (key, wall) = (event.key, event.wallMilliseconds)
        end(key, at: wall)
        let place = line(of: key.rule)
        lines[place].activations += 1
        lines[place].assets[key.asset, default: 0] += 1
        lines[place].firstWallMilliseconds = lines[place].firstWallMilliseconds ?? wall
        lines[place].lastWallMilliseconds = wall
        alarms[key, default: Alarm()].open = activations.count
        activations.append(
            .init(key: key, beganWallMilliseconds: began, raisedWallMilliseconds: wall))
        guard !event.state.isQuiet else {
            lines[place].quietActivations += 1
            return
        }
        countChatter(key, wall, place)
        countPeriods(wall, place)
    }

    private mutating func end(_ key: AlarmKey, at wall: Int64) {
        guard let open = alarms[key]?.open else { return }
        alarms[key]?.open = nil
        activations[open].clearedWallMilliseconds = wall
        let span = wall - activations[open].raisedWallMilliseconds
        let place = line(of: key.rule)
        lines[place].activeMilliseconds += span
        if span < BacktestReport.fleetingMilliseconds { lines[place].fleeting += 1 }
    }

    private mutating func countChatter(_ key: AlarmKey, _ wall: Int64, _ place: Int) {
        let bounds = chatter[key.rule] ?? .init()
        var alarm = alarms[key] ?? Alarm()
        if alarm.isChattering, wall - alarm.last >= bounds.quietMilliseconds {
            // What made the chatter that is over makes no other, as on the site.
            alarm.isChattering = false
            alarm.recent = []
        }
        alarm.last = wall
        alarm.recent.append(wall)
        if alarm.recent.count > bounds.activations { alarm.recent.removeFirst() }
        if !alarm.isChattering, alarm.recent.count == bounds.activations,
            let first = alarm.recent.first, wall - first <= bounds.withinMilliseconds
        {
            alarm.isChattering = true
            lines[place].chatterEpisodes += 1
        }
        alarms[key] = alarm
    }

    private mutating func countPeriods(_ wall: Int64, _ place: Int) {
        loud += 1
        flood.note(wall)
        let number = (wall - start) / BacktestReport.periodMilliseconds
        period = number == period.number ? (number, period.count + 1) : (number, 1)
        mostInTenMinutes = max(mostInTenMinutes, period.count)
        let known = rulePeriods[place]
        rulePeriods[place] = number == known.period ? (number, known.count + 1) : (number, 1)
        lines[place].mostInTenMinutes = max(lines[place].mostInTenMinutes, rulePeriods[place].count)
    }

    // MARK: The report

    /// What happened up to a time; what still holds is counted up to it.
    func report(until end: Int64) -> BacktestReport {
        var lines = lines
        for activation in activations where activation.clearedWallMilliseconds == nil {
            guard let place = places[activation.key.rule] else { continue }
            lines[place].activeMilliseconds += max(0, end - activation.raisedWallMilliseconds)
        }
        let span = max(1, end - start)
        return BacktestReport(
            fromWallMilliseconds: start, toWallMilliseconds: end, samples: samples, lines: lines,
            activations: activations,
            averageInTenMinutes: Double(loud) * Double(BacktestReport.periodMilliseconds) / Double(span),
            mostInTenMinutes: mostInTenMinutes,
            floodShare: Double(flood.milliseconds(until: end)) / Double(span))
    }
}

extension AlarmState {
    /// Whether nobody is told.
    fileprivate var isQuiet: Bool {
        switch self {
        case .shelved, .suppressed, .outOfService: true
        case .normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
            .latchedAcknowledged:
            false
        }
    }
}
