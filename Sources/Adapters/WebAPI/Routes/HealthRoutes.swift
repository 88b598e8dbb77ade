import Hummingbird

/// Whether the daemon lives and whether it is ready, for systemd, load balancers and people.
struct HealthRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("healthz") { _, _ in
            let report = await desk.ports.health()
            let isAlive = report.parts.allSatisfy(\.isProgressing)
            return try JSON.response(
                await desk.presenter().health(report), status: isAlive ? .ok : .serviceUnavailable)
        }
        router.get("readyz") { _, _ in
            let report = await desk.ports.health()
            return try JSON.response(
                await desk.presenter().health(report), status: report.isReady ? .ok : .serviceUnavailable)
        }
    }
}

extension Presenter {
    func health(_ report: HealthReport) -> HealthDocument {
        HealthDocument(
            ready: report.isReady, started: time(report.startedWallMilliseconds),
            daemonVersion: report.version, parts: parts(report),
            history: report.history.map(HistoryEntry.init))
    }

    func parts(_ report: HealthReport) -> [PartEntry] {
        report.parts.map {
            PartEntry(
                name: $0.name, progressing: $0.isProgressing,
                lastProgress: time($0.lastProgressWallMilliseconds))
        }
    }
}

/// How the daemon itself is doing.
public struct HealthDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// Whether the first step is done and nothing needed is missing.
    public let ready: Bool
    /// When the daemon started.
    public let started: String
    /// The version of the program.
    public let daemonVersion: String
    /// The parts of the daemon.
    public let parts: [PartEntry]
    /// What the store of samples holds, and for how long there is room; absent without one.
    public let history: HistoryEntry?
}

/// One part of the daemon.
public struct PartEntry: Codable, Hashable, Sendable {
    /// The name.
    public let name: String
    /// Whether it got on with its work lately.
    public let progressing: Bool
    /// When it last got on with its work.
    public let lastProgress: String?
}
