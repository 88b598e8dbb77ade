internal import Alarms
internal import Engine
internal import Facility
internal import Ledger
internal import Synchronization
internal import WebAPI

/// Counts the alarms people are shown as they are decided, for metrics.
final class AlarmMeter: Sendable {
    private let rates = Mutex(AlarmRates())

    /// So many entries of the last day are read at the start at most.
    private static let memory = 100_000

    /// Takes the alarms of the last day from the ledger; they do not count as alarms since the start.
    func remember(from ledger: LedgerStore, at now: Moment) async throws {
        let day: Int64 = 86_400_000
        let entries = try await ledger.measuredEntries(
            sinceWallMilliseconds: now.wallMilliseconds - day, limit: Self.memory)
        rates.withLock { rates in
            for entry in entries {
                let age = max(0, now.wallMilliseconds - entry.event.wallMilliseconds)
                rates.note(
                    entry.event, priority: nil, isShadow: entry.isShadow, at: now.uptimeMilliseconds - age)
            }
        }
    }

    /// Takes what was decided and committed.
    func note(_ decision: Decision) {
        guard !decision.journal.isEmpty else { return }
        let occurrences = Dictionary(decision.occurrences.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        rates.withLock { rates in
            for event in decision.journal {
                let occurrence = event.occurrence.flatMap { occurrences[$0] }
                rates.note(
                    event, priority: occurrence?.priority, isShadow: occurrence?.isShadow ?? false,
                    at: decision.moment.uptimeMilliseconds)
            }
        }
    }

    /// The figures for Prometheus.
    func metrics(at now: Moment, _ standings: AlarmStandings) -> [Metric] {
        let uptime = now.uptimeMilliseconds
        let (totals, recent, isFlood) = rates.withLock { rates in
            (
                rates.totals,
                [("10m", 10), ("1h", 60), ("1d", 1440)].map {
                    ($0.0, rates.count(lastMinutes: $0.1, at: uptime))
                }, rates.isFlood(at: uptime)
            )
        }
        return Priority.allCases.map { priority in
            Metric(
                "sitewatch_alarm_activations_total", .counter,
                help: "Alarms people were shown since the start.", labels: ["priority": priority.name],
                value: Double(totals[priority] ?? 0))
        }
            + recent.map { span, count in
                Metric(
                    "sitewatch_alarm_activations_recent", .gauge,
                    help: "Alarms people were shown lately, by whole minutes.", labels: ["span": span],
                    value: Double(count))
            }
            + [
                Metric(
                    "sitewatch_alarm_flood", .gauge,
                    help: "1 from more than 10 alarms in 10 minutes on until there are fewer than 5.",
                    value: isFlood ? 1 : 0)
            ] + Self.quiet(standings)
    }

    private static func quiet(_ standings: AlarmStandings) -> [Metric] {
        let counts = [
            ("shelved", standings.shelved), ("suppressed", standings.suppressed),
            ("out_of_service", standings.outOfService),
        ]
        return counts.map { state, count in
            Metric(
                "sitewatch_alarms_quiet", .gauge, help: "Alarms that are kept quiet.",
                labels: ["state": state], value: Double(count))
        } + [
            Metric(
                "sitewatch_alarms_held_unknown", .gauge,
                help: "Open alarms that are held as they were, because what decides them is unknown.",
                value: Double(standings.heldUnknown))
        ]
    }
}
