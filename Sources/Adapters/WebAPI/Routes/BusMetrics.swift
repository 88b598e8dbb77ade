import Facility

/// The figures of single units and publishers for Prometheus.
enum BusMetrics {
    static func all(_ buses: [BusStatus]) -> [Metric] {
        buses.flatMap { bus in
            let planned = bus.plannedUse.map {
                Metric(
                    "sitewatch_bus_planned_use_ratio", .gauge,
                    help: "The share of the bus's time that the planned reads need.",
                    labels: ["bus": bus.id.name], value: $0)
            }
            let losses = bus.losses.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                Metric(
                    "sitewatch_bus_losses_total", .counter,
                    help: "Messages and samples that were received over a broker and not kept.",
                    labels: ["bus": bus.id.name, "kind": $0.key.rawValue], value: Double($0.value))
            }
            return [planned].compactMap(\.self) + losses
                + bus.units.flatMap { unit in unit.diagnostics.map { figures(unit, $0, of: bus) } ?? [] }
        }
    }

    private static func figures(
        _ unit: BusStatus.Unit, _ figures: BusStatus.Diagnostics, of bus: BusStatus
    ) -> [Metric] {
        var labels = ["bus": bus.id.name, "asset": unit.asset.name]
        labels["unit"] = unit.unit.map { String($0) }
        func labelled(_ name: String, _ value: String) -> [String: String] {
            labels.merging([name: value]) { $1 }
        }
        let outcomes = figures.outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            Metric(
                "sitewatch_unit_requests_total", .counter,
                help: "Requests sent to the unit, or messages received from it, by how they ended.",
                labels: labelled("result", $0.key.rawValue), value: Double($0.value))
        }
        let exceptions = figures.exceptions.sorted { $0.key < $1.key }.map {
            Metric(
                "sitewatch_unit_exceptions_total", .counter,
                help: "Requests the unit refused, by exception code.",
                labels: labelled("code", String($0.key)), value: Double($0.value))
        }
        let times = zip(["50", "95", "99"], figures.roundTripMicroseconds).map {
            Metric(
                "sitewatch_unit_round_trip_seconds", .gauge,
                help: "The time from request to answer that a share of the newest answers kept.",
                labels: labelled("percentile", $0), value: Double($1) / 1e6)
        }
        var all = outcomes + exceptions + times
        all.append(
            Metric(
                "sitewatch_unit_dropped_total", .counter,
                help: "Late answers and repeated messages that were thrown away.", labels: labels,
                value: Double(figures.dropped)))
        guard unit.unit != nil else {
            all.append(
                Metric(
                    "sitewatch_unit_offline", .gauge, help: "1 while the publisher says that it is gone.",
                    labels: labels, value: figures.isOffline ? 1 : 0))
            return all
        }
        all += [
            Metric(
                "sitewatch_unit_demoted", .gauge, help: "1 while the unit is given up and only probed.",
                labels: labels, value: figures.isDemoted ? 1 : 0),
            Metric(
                "sitewatch_unit_overruns_total", .counter,
                help: "Cycles left out because the one before took too long.", labels: labels,
                value: Double(figures.overruns)),
        ]
        if let timeout = figures.timeoutMilliseconds {
            all.append(
                Metric(
                    "sitewatch_unit_timeout_seconds", .gauge,
                    help: "How long the unit's next answer may take.", labels: labels,
                    value: Double(timeout) / 1000))
        }
        return all
    }
}
