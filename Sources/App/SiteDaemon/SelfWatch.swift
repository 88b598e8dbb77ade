internal import Acquisition
internal import Engine
internal import Facility
internal import Historian
internal import Ledger
internal import Maintenance
internal import Notices
internal import SiteConfig
internal import SystemService
internal import Trends

/// Looks after the daemon itself: what it finds goes to the engine like everything else.
struct SelfWatch: Sendable {
    let parts: RunningParts
    let dataFolder: String

    private var dropped = RecentCount()
    private var damaged = RecentCount()
    private var replaced = RecentCount()
    /// What is looked at less often, as it was found last.
    private var slow = SelfFacts()
    private var slowUptime: Int64?
    private var inspectedUptime: Int64
    private var findings: [String]?

    private static let period = Duration.seconds(2)
    /// How often the ledger and the certificates are looked at, milliseconds.
    private static let slowPeriod: Int64 = 10_000
    /// How often the whole ledger is read for faults, milliseconds; a start reads it too.
    private static let inspectionPeriod: Int64 = 86_400_000
    /// For how long a ledger that had to be begun anew counts as news, milliseconds.
    private static let damageNews: Int64 = 60_000

    init(parts: RunningParts, dataFolder: String) {
        self.parts = parts
        self.dataFolder = dataFolder
        inspectedUptime = parts.started.uptimeMilliseconds
        replaced = RecentCount(from: 0)
    }

    /// Looks until cancelled.
    mutating func run() async {
        while !Task.isCancelled {
            parts.mailbox.put(SelfAlarm.conditions(of: await facts()))
            try? await Task.sleep(for: Self.period)
        }
    }

    private mutating func facts() async -> SelfFacts {
        let now = parts.clock()
        if slowUptime.map({ now.uptimeMilliseconds - $0 >= Self.slowPeriod }) ?? true {
            slowUptime = now.uptimeMilliseconds
            slow = SelfFacts()
            await lookAtLedger(now)
            lookAtCertificates(now)
        }
        var facts = slow
        facts.disk = FileSystem.space(of: dataFolder)
        facts.isClockTrusted = now.wallMilliseconds >= TrustedTime.earliest
        facts.configurationProblems = parts.configurationProblems
        facts.signsOfLife = parts.lifeSigns.facts(of: parts.configuration.settings)
        lookAtHistory(now, &facts)
        lookAtLoop(now, &facts)
        let plans = await parts.loop.read(\.planFindings)
        facts.neglectedPlans = plans.neglected.map(\.description)
        facts.unknownHolidays = plans.unknownYears
        facts.clockLeapMilliseconds = plans.clockLeap
        return facts
    }

    private mutating func lookAtHistory(_ now: Moment, _ facts: inout SelfFacts) {
        let history = parts.history.statistics()
        let synced = history.lastSyncUptimeMilliseconds ?? parts.started.uptimeMilliseconds
        facts.historyStuckMilliseconds = max(
            0, now.uptimeMilliseconds - synced - parts.configuration.settings.syncMilliseconds)
        facts.historyFault = history.fault?.message
        facts.droppedLately = dropped.note(history.dropped, at: now)
        facts.damagedLately = damaged.note(history.damaged, at: now)
        facts.filesAside = history.setAside.filter { !$0.isFinished }.map(\.file)
        // Before the first seal since the start nothing is known of sealing.
        facts.isHistorySealing = history.sealFault != nil ? false : history.sealed > 0 ? true : nil
        facts.sealFault = history.sealFault?.message
        facts.unsealedSamples = history.unsealed
    }

    private mutating func lookAtLoop(_ now: Moment, _ facts: inout SelfFacts) {
        let counters = parts.loop.counters
        let waiting = parts.mailbox.waiting
        let longest = waiting.arrivedUptimeMilliseconds.map { max(0, now.uptimeMilliseconds - $0) }
        facts.waitingSamples = waiting.samples
        facts.replacedLately = replaced.note(UInt64(waiting.replaced), at: now)
        facts.reactionMilliseconds = max(
            counters.recentReactions.percentile99(at: now.uptimeMilliseconds) ?? 0, longest ?? 0)
        facts.commitMilliseconds = counters.recentCommits.percentile99(at: now.uptimeMilliseconds) ?? 0
    }

    private mutating func lookAtLedger(_ now: Moment) async {
        let channels = Set(parts.configuration.channels.map(\.id))
        let wall = now.wallMilliseconds
        slow.ledgerBytes = parts.ledger.bytes
        if let failing = try? await parts.ledger.failingChannels() {
            slow.failingChannels = failing.filter { channels.contains($0.channel) }.map { failing in
                let oldest = failing.oldest
                return SelfFacts.FailingChannel(
                    channel: failing.channel, title: oldest.notice.title,
                    waitedMilliseconds: max(0, wall - oldest.notice.decidedWallMilliseconds),
                    attempts: oldest.attempts, isGivenUp: oldest.state == .dead, reason: oldest.lastError)
            }
        }
        if let depth = try? await parts.ledger.queueDepth() {
            let ages = depth.compactMap(\.oldestWallMilliseconds).map { max(0, wall - $0) }
            slow.oldestNoticeMilliseconds = ages.max() ?? 0
            slow.waitingNotices = depth.reduce(0) { $0 + $1.waiting }
        }
        if now.uptimeMilliseconds - inspectedUptime >= Self.inspectionPeriod {
            inspectedUptime = now.uptimeMilliseconds
            findings = try? await parts.ledger.quickFindings()
        }
        let isNews = now.milliseconds(since: parts.started) < Self.damageNews
        slow.ledgerFindings =
            (findings ?? []) + (parts.ledger.damage.flatMap { isNews ? [$0.detail] : nil } ?? [])
    }

    private mutating func lookAtCertificates(_ now: Moment) {
        guard now.wallMilliseconds >= TrustedTime.earliest else { return }
        let zone = parts.configuration.site.zone
        slow.certificates = parts.configuration.certificateFiles.compactMap { file, ends in
            ends.map { end in
                SelfFacts.Certificate(
                    file: file, lastDay: zone.date(at: end), remainingMilliseconds: end - now.wallMilliseconds
                )
            }
        }
    }
}

extension Configuration {
    /// The files with certificates that connections rest on, and when each ends. Of a chain the first to end
    /// counts; of authorities the last, because the next one stands beside the old one before that ends.
    fileprivate var certificateFiles: [(file: String, end: Int64?)] {
        let tls = mqttBuses.compactMap(\.tls)
        let authorities = Set(tls.compactMap(\.authoritiesFile)).map { file in
            (file, CertificateFile(path: file).ends.max())
        }
        let own = Set(tls.compactMap(\.certificateFile)).map { file in
            (file, CertificateFile(path: file).ends.min())
        }
        return (authorities + own).sorted { $0.0 < $1.0 }
    }
}
