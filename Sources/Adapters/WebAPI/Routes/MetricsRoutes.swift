import Alarms
import Facility
import HTTPTypes
import Hummingbird
import NIOCore

/// The figures of the site for Prometheus.
struct MetricsRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("metrics") { _, _ in
            let text = PrometheusText.text(try await figures() + desk.ports.metrics())
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }

    private func figures() async throws -> [Metric] {
        let health = await desk.ports.health()
        return await daemon(health) + points() + buses() + (try await alarms()) + Self.stores(health)
    }

    private func daemon(_ health: HealthReport) async -> [Metric] {
        let started = Double(health.startedWallMilliseconds) / 1000
        return [
            Metric(
                "sitewatch_build_info", .gauge, help: "The version of the program.",
                labels: ["version": health.version], value: 1),
            Metric(
                "sitewatch_up", .gauge, help: "Whether the daemon is ready.", value: health.isReady ? 1 : 0),
            Metric(
                "sitewatch_start_time_seconds", .gauge,
                help: "When the daemon started, in seconds since 1970.", value: started),
        ]
    }

    private func points() async -> [Metric] {
        let site = await desk.ports.site()
        let latest = await desk.latest(of: site)
        let qualities = Dictionary(
            grouping: site.points
        ) { (latest[$0.id]?.quality ?? .bad(.neverRead)).name }
        return ["good", "uncertain", "bad"].map { quality in
            Metric(
                "sitewatch_points", .gauge, help: "Points by the quality of their last sample.",
                labels: ["quality": quality], value: Double(qualities[quality]?.count ?? 0))
        }
    }

    private func buses() async -> [Metric] {
        let buses = await desk.ports.buses()
        let up = buses.map { bus in
            Metric(
                "sitewatch_bus_up", .gauge, help: "Whether anything is heard over the bus.",
                labels: ["bus": bus.id.name], value: bus.state == .up || bus.state == .degraded ? 1 : 0)
        }
        let polls = buses.flatMap { bus in
            BusStatus.Outcome.allCases.map { outcome in
                Metric(
                    "sitewatch_bus_polls_total", .counter,
                    help: "Requests sent or messages received, by how they ended.",
                    labels: ["bus": bus.id.name, "result": outcome.rawValue],
                    value: Double(bus.outcomes[outcome] ?? 0))
            }
        }
        let silent = buses.map { bus in
            Metric(
                "sitewatch_bus_units_silent", .gauge, help: "Units on the bus that do not answer.",
                labels: ["bus": bus.id.name], value: Double(bus.units.count { !$0.isAnswering }))
        }
        return up + polls + silent + BusMetrics.all(buses)
    }

    private func alarms() async throws -> [Metric] {
        let open = Dictionary(grouping: try await desk.ports.openOccurrences(), by: \.priority)
        return Priority.allCases.map { priority in
            Metric(
                "sitewatch_alarms_open", .gauge, help: "Alarms that are not closed.",
                labels: ["priority": priority.name], value: Double(open[priority]?.count ?? 0))
        }
    }

    private static func stores(_ health: HealthReport) -> [Metric] {
        let outbox = Metric(
            "sitewatch_outbox_notices", .gauge, help: "Messages waiting to be sent.",
            value: Double(health.waitingNotices))
        guard let history = health.history else { return [outbox] }
        return [
            outbox,
            Metric(
                "sitewatch_history_bytes", .gauge, help: "Bytes the stored samples take on disk.",
                value: Double(history.bytes)),
            Metric(
                "sitewatch_history_dropped_samples_total", .counter,
                help: "Samples dropped because the store could not keep up.",
                value: Double(history.dropped)),
            Metric(
                "sitewatch_history_files_aside", .gauge, help: "Damaged files that were put aside.",
                value: Double(history.filesAside.count)),
        ] + (history.capacity.map(room) ?? [])
    }

    private static func room(_ capacity: HealthReport.Capacity) -> [Metric] {
        let disk = [
            Metric(
                "sitewatch_disk_used_ratio", .gauge, help: "The taken part of the disk with the data.",
                value: capacity.disk.usedShare),
            Metric(
                "sitewatch_disk_free_bytes", .gauge,
                help: "What may still be taken of the disk with the data.",
                value: Double(capacity.disk.freeBytes)),
        ]
        guard let days = capacity.outlook == .enough ? .infinity : capacity.daysLeft.map(Double.init) else {
            return disk
        }
        return disk + [
            Metric(
                "sitewatch_history_days_left", .gauge,
                help: "Days until the disk is full or the limit reached; +Inf if that day never comes.",
                value: days)
        ]
    }
}

/// The text format of Prometheus, version 0.0.4.
enum PrometheusText {
    /// Writes figures; those of one name stand together under one heading, in the order they first came.
    static func text(_ metrics: [Metric]) -> String {
        var order: [String] = []
        var groups: [String: [Metric]] = [:]
        for metric in metrics {
            if groups[metric.name] == nil { order.append(metric.name) }
            groups[metric.name, default: []].append(metric)
        }
        return order.flatMap { lines(groups[$0] ?? []) }.map { $0 + "\n" }.joined()
    }

    private static func lines(_ group: [Metric]) -> [String] {
        guard let first = group.first else { return [] }
        let heading = [
            "# HELP \(first.name) \(escaped(first.help, quotes: false))",
            "# TYPE \(first.name) \(first.kind.rawValue)",
        ]
        return heading + group.map { "\($0.name)\(labels($0.labels)) \(number($0.value))" }
    }

    private static func labels(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.sorted { $0.key < $1.key }.map {
            "\($0.key)=\"\(escaped($0.value, quotes: true))\""
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\n", "\r\n", "\r": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.append(character)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return ValueEntry.number(value).description
    }
}
