internal import Engine
internal import Facility
internal import Historian
internal import SiteConfig
internal import SystemService
internal import Trends

/// Looks after the daemon itself: what it finds goes to the engine like everything else.
struct SelfWatch: Sendable {
    let parts: RunningParts
    let dataFolder: String

    private var dropped = RecentCount()
    private var damaged = RecentCount()

    private static let period = Duration.seconds(2)

    init(parts: RunningParts, dataFolder: String) {
        self.parts = parts
        self.dataFolder = dataFolder
    }

    /// Looks until cancelled.
    mutating func run() async {
        while !Task.isCancelled {
            parts.mailbox.put(SelfAlarm.conditions(of: facts()))
            try? await Task.sleep(for: Self.period)
        }
    }

    private mutating func facts() -> SelfFacts {
        let now = parts.clock()
        let history = parts.history.statistics()
        var facts = SelfFacts()
        facts.disk = FileSystem.space(of: dataFolder)
        let synced = history.lastSyncUptimeMilliseconds ?? parts.started.uptimeMilliseconds
        facts.historyStuckMilliseconds = max(
            0, now.uptimeMilliseconds - synced - parts.configuration.settings.syncMilliseconds)
        facts.historyFault = history.fault?.message
        facts.droppedLately = dropped.note(history.dropped, at: now)
        facts.damagedLately = damaged.note(history.damaged, at: now)
        facts.filesAside = history.setAside.filter { !$0.isFinished }.map(\.file)
        facts.isClockTrusted = now.wallMilliseconds >= TrustedTime.earliest
        return facts
    }
}
