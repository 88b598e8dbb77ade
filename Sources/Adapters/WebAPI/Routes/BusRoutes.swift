import Facility
import Hummingbird

/// How the buses are doing.
struct BusRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/buses") { _, _ in
            let presenter = await desk.presenter()
            return try JSON.response(
                BusesDocument(
                    time: presenter.time(presenter.now), buses: await desk.ports.buses().map(presenter.bus)))
        }
    }
}

extension Presenter {
    func bus(_ bus: BusStatus) -> BusEntry {
        BusEntry(
            id: bus.id.name, kind: bus.kind, endpoint: bus.endpoint, state: bus.state,
            since: time(bus.sinceWallMilliseconds), perSecond: bus.perSecond.isFinite ? bus.perSecond : 0,
            outcomes: Dictionary(uniqueKeysWithValues: bus.outcomes.map { ($0.rawValue, $1) }),
            losses: bus.losses.isEmpty
                ? nil : Dictionary(uniqueKeysWithValues: bus.losses.map { ($0.rawValue, $1) }),
            plannedUse: bus.plannedUse, trouble: bus.trouble?.reason,
            troubleTime: time(bus.trouble?.wallMilliseconds),
            units: bus.units.map {
                UnitEntry(
                    asset: $0.asset.name, unit: $0.unit, answering: $0.isAnswering,
                    lastHeard: time($0.lastHeardWallMilliseconds), reason: $0.fault?.name,
                    diagnostics: $0.diagnostics.map(diagnostics))
            })
    }

    private func diagnostics(_ unit: BusStatus.Diagnostics) -> DiagnosticsEntry {
        let times = unit.roundTripMicroseconds
        return DiagnosticsEntry(
            requests: unit.requests,
            outcomes: Dictionary(uniqueKeysWithValues: unit.outcomes.map { ($0.rawValue, $1) }),
            exceptions: Dictionary(uniqueKeysWithValues: unit.exceptions.map { (String($0), $1) }),
            dropped: unit.dropped, overruns: unit.overruns,
            roundTripP50Us: times.count == 3 ? times[0] : nil,
            roundTripP95Us: times.count == 3 ? times[1] : nil,
            roundTripP99Us: times.count == 3 ? times[2] : nil, timeoutMs: unit.timeoutMilliseconds,
            demoted: unit.isDemoted, nextProbe: time(unit.nextProbeWallMilliseconds),
            plannedRequests: unit.plannedRequests, offline: unit.isOffline)
    }
}

/// How the buses are doing.
public struct BusesDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The buses, in the order of the files.
    public let buses: [BusEntry]
}

/// A bus in a document.
public struct BusEntry: Codable, Hashable, Sendable {
    /// The name in files.
    public let id: String
    /// What kind of bus it is.
    public let kind: BusStatus.Kind
    /// Where it is.
    public let endpoint: String
    /// Whether anything is heard over it.
    public let state: BusStatus.State
    /// Since when it has been in its state.
    public let since: String?
    /// Requests or messages per second, lately.
    public let perSecond: Double
    /// How requests or messages ended since the daemon started, by kind of end.
    public let outcomes: [String: Int64]
    /// What was received over a broker and not kept, by kind of loss; absent on other buses.
    public let losses: [String: Int64]?
    /// The share of its time that its reads need, 1 being all of it; absent on a broker.
    public let plannedUse: Double?
    /// Why it is down; absent while it is not.
    public let trouble: String?
    /// When it went down.
    public let troubleTime: String?
    /// What is on it.
    public let units: [UnitEntry]
}

/// A unit or publisher in a document.
public struct UnitEntry: Codable, Hashable, Sendable {
    /// The asset it is.
    public let asset: String
    /// The unit id; absent on a broker.
    public let unit: Int?
    /// Whether it answers.
    public let answering: Bool
    /// When it last answered.
    public let lastHeard: String?
    /// Why it does not answer.
    public let reason: String?
    /// What happened with it; absent where nothing is counted.
    public let diagnostics: DiagnosticsEntry?
}

/// What happened with a unit or publisher since the daemon started.
public struct DiagnosticsEntry: Codable, Hashable, Sendable {
    /// Requests sent, or messages received.
    public let requests: Int64
    /// How they ended, by kind of end.
    public let outcomes: [String: Int64]
    /// Refusals by exception code.
    public let exceptions: [String: Int64]
    /// Answers that came too late, and messages that said nothing new: thrown away.
    public let dropped: Int64
    /// Cycles left out because the one before took too long.
    public let overruns: Int64
    /// The time from request to answer within which half came, microseconds.
    public let roundTripP50Us: Int64?
    /// The time within which 95 of 100 came, microseconds.
    public let roundTripP95Us: Int64?
    /// The time within which 99 of 100 came, microseconds.
    public let roundTripP99Us: Int64?
    /// How long its next answer may take, milliseconds.
    public let timeoutMs: Int64?
    /// Whether it is given up for now.
    public let demoted: Bool
    /// When it is asked next whether it is back.
    public let nextProbe: String?
    /// How many reads one pass over its points takes.
    public let plannedRequests: Int64?
    /// Whether it said itself that it is gone.
    public let offline: Bool
}
