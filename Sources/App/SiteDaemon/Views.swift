internal import Acquisition
internal import Alarms
internal import Engine
internal import Facility
internal import Historian
internal import Ledger
internal import Maintenance
internal import Notices
internal import Rules
internal import SiteConfig
internal import Trends
internal import WebAPI

/// Answers the API's questions from the running parts.
struct Views: Sendable {
    let parts: RunningParts
    let catalog: MessageCatalog
    let reports: BusReports

    /// The closures of the API.
    var ports: SitePorts {
        var ports = sitePorts
        ports.work = orderPorts
        return ports
    }

    private var orderPorts: OrderPorts {
        OrderPorts(
            board: { try await parts.ledger.orderBoard(at: parts.clock().wallMilliseconds, limit: $0) },
            sums: { try await parts.ledger.sums(of: $0) },
            standings: { try await parts.ledger.standings(of: $0) },
            state: { id in await parts.loop.read { $0.state(ofAsset: id) } })
    }

    private var sitePorts: SitePorts {
        SitePorts(
            now: { parts.clock().wallMilliseconds },
            site: { parts.configuration.site },
            latest: { await latest(of: $0) },
            buses: { await buses },
            field: BusDesk(field: parts.field).ports,
            openOccurrences: { await parts.loop.read(\.openOccurrences).filter { !$0.isShadow } },
            occurrences: { try await parts.ledger.occurrences($0) },
            occurrence: { try await parts.ledger.occurrence($0) },
            journal: { try await journal(of: $0) },
            journalEntries: { try await parts.ledger.journal($0) },
            quietAlarms: { await parts.loop.read(\.quietAlarms) },
            alarmReport: { try await parts.ledger.report(fromWallMilliseconds: $0, toWallMilliseconds: $1) },
            standings: { await parts.loop.read(\.standings) },
            notices: { try await notices(of: $0) },
            explain: { key in await parts.loop.read { $0.explain(key) } },
            orders: { try await parts.ledger.orders($0) },
            order: { try await parts.ledger.order($0) },
            orderEvents: { try await parts.ledger.orderEvents($0) },
            submit: { try await submit($0) },
            historySamples: { try await samples($0) },
            historyBuckets: { try await buckets($0) },
            historyStateTimes: { request, code in
                try await parts.history.stateTimes(
                    of: request.point, code: code, from: request.fromWallMilliseconds,
                    to: request.toWallMilliseconds, stepMilliseconds: request.stepMilliseconds)
            },
            historyImport: { imported in
                try await parts.history.importRows(imported.map { ($0.point, $0.samples) })
            },
            rules: { rules },
            plans: { await parts.loop.read { ($0.planBook, $0.planMemory) } },
            planOccurrences: { try await parts.ledger.planOccurrences($0) },
            health: { await health() },
            metrics: { await metrics() })
    }

    /// The last samples, if the engine runs this very site: while another takes its place, nothing is known
    /// under these numbers.
    private func latest(of site: Site) async -> [Sample] {
        await parts.loop.read { engine in
            guard engine.site.points == site.points else { return [] }
            return site.points.compactMap { engine.latest($0.id) }
        }
    }

    /// How every bus is doing; asked from time to time even if nobody else asks, so that it is known since when.
    var buses: [BusStatus] {
        get async {
            let site = parts.configuration.site
            var heard: [AssetID: Int64] = [:]
            for sample in await latest(of: site) where sample.quality.isUsable {
                let asset = site[sample.point].asset
                heard[asset] = max(heard[asset] ?? .min, sample.wallMilliseconds)
            }
            return reports.statuses(
                of: parts.field, latest: heard, now: parts.clock(), started: parts.started)
        }
    }

    private func journal(of occurrence: OccurrenceID) async throws -> [AlarmEvent] {
        var filter = JournalFilter()
        filter.occurrence = occurrence
        filter.limit = 1000
        return try await parts.ledger.journal(filter).reversed().map(\.event)
    }

    private func notices(of occurrence: OccurrenceID) async throws -> [NoticeStatus] {
        let language = parts.configuration.site.language
        return try await parts.ledger.notices(occurrence: occurrence).map { row in
            NoticeStatus(row, failure: row.lastError.map { catalog.text($0, in: language) })
        }
    }

    private func submit(_ command: Command) async throws -> CommandReply {
        guard let reply = await parts.loop.submit(command) else { throw CancellationError() }
        return reply
    }

    private func samples(_ request: HistoryRequest) async throws -> [HistoricSample] {
        try await parts.history.samples(
            of: request.point, from: request.fromWallMilliseconds, to: request.toWallMilliseconds,
            limit: request.limit)
    }

    private func buckets(_ request: BucketRequest) async throws -> [HistoryBucket] {
        try await parts.history.buckets(
            of: request.point, from: request.fromWallMilliseconds, to: request.toWallMilliseconds,
            stepMilliseconds: request.stepMilliseconds
        ).compactMap(HistoryBucket.init)
    }

    private var rules: [RuleStatus] {
        let configuration = parts.configuration
        let watched = Dictionary(grouping: configuration.rules.instances, by: \.rule)
        return configuration.ruleDefinitions.map { rule in
            RuleStatus(definition: rule, assets: (watched[rule.id] ?? []).map(\.asset))
        }
    }

    private func health() async -> HealthReport {
        let now = parts.clock()
        let statistics = parts.history.statistics()
        let waiting = (try? await parts.ledger.queueDepth())?.reduce(0) { $0 + $1.waiting } ?? 0
        return HealthReport(
            isReady: parts.loop.counters.steps > 0, startedWallMilliseconds: parts.started.wallMilliseconds,
            version: Version.current,
            parts: parts.progress.sorted { $0.key < $1.key }.map { name, uptime in
                let age = now.uptimeMilliseconds - uptime
                return HealthReport.Part(
                    name: name, isProgressing: age < Watchdog.patience(of: name),
                    lastProgressWallMilliseconds: uptime == 0 ? nil : now.wallMilliseconds - age)
            },
            history: HealthReport.History(
                bytes: statistics.bytes, syncedSinceStart: Int64(statistics.synced),
                dropped: Int64(statistics.dropped), capacity: HealthReport.Capacity(statistics),
                damaged: Int64(statistics.damaged), filesAside: statistics.setAside.map(\.file)),
            waitingNotices: waiting)
    }

    private func reaction(_ times: AnswerTimes, _ percentile: String, _ share: Double) -> Metric {
        Metric(
            "sitewatch_engine_reaction_seconds", .gauge,
            help:
                "From the arrival of a sample until the rules have seen it, over the newest thousand steps.",
            labels: ["percentile": percentile], value: Double(times.microseconds(share)) / 1e6)
    }

    private func metrics() async -> [Metric] {
        let counters = parts.loop.counters
        let statistics = parts.history.statistics()
        let alarms = parts.meter.metrics(at: parts.clock(), await parts.loop.read(\.standings))
        return alarms + [
            Metric(
                "sitewatch_engine_steps_total", .counter, help: "Steps the engine has taken.",
                value: Double(counters.steps)),
            Metric(
                "sitewatch_engine_samples_total", .counter, help: "Samples the engine has seen.",
                value: Double(counters.samples)),
            Metric(
                "sitewatch_engine_samples_replaced_total", .counter,
                help: "Samples replaced by later ones of the same point before the engine saw them.",
                value: Double(counters.replaced)),
            reaction(counters.reactions, "50", 0.5), reaction(counters.reactions, "99", 0.99),
            Metric(
                "sitewatch_reload_samples_dropped_total", .counter,
                help: "Samples that came during a reload that took too long.",
                value: Double(parts.gate.dropped)),
            Metric(
                "sitewatch_history_samples_appended_total", .counter,
                help: "Samples given to the history.", value: Double(statistics.appended)),
            Metric(
                "sitewatch_history_samples_unsealed", .gauge,
                help: "Samples in the tail, not yet in a chunk.", value: Double(statistics.unsealed)),
            Metric(
                "sitewatch_history_faulty", .gauge,
                help: "1 while the history cannot bring samples to the disk.",
                value: statistics.fault == nil ? 0 : 1),
            Metric(
                "sitewatch_history_damaged_total", .counter,
                help: "Damaged records and chunks left out of answers.", value: Double(statistics.damaged)),
            Metric(
                "sitewatch_process_resident_bytes", .gauge, help: "Resident memory of the process.",
                value: Double(ProcessMemory.residentBytes ?? 0)),
        ]
    }
}

extension HealthReport.Capacity {
    /// What the store measured a short while ago; nil if it knows nothing of its disk.
    fileprivate init?(_ statistics: HistoryStatistics) {
        guard let disk = statistics.disk else { return nil }
        switch statistics.forecast {
        case .unknown: self.init(disk: disk, outlook: .unknown)
        case .enough: self.init(disk: disk, outlook: .enough)
        case .limited(let days): self.init(disk: disk, outlook: .limited, daysLeft: days)
        case .full(let days): self.init(disk: disk, outlook: .full, daysLeft: days)
        }
    }
}

extension NoticeStatus {
    fileprivate init(_ row: OutboxNotice, failure: String?) {
        let state: State =
            switch row.state {
            case .queued, .sending, .failed: .waiting
            case .accepted, .delivered: .sent
            case .dead: .failed
            case .merged: .superseded
            }
        self.init(
            notice: row.notice, state: state, attempts: row.attempts,
            lastAttemptWallMilliseconds: row.settledWallMilliseconds,
            failure: failure)
    }
}
