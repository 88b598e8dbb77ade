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
            units: bus.units.map {
                UnitEntry(
                    asset: $0.asset.name, unit: $0.unit, answering: $0.isAnswering,
                    lastHeard: time($0.lastHeardWallMilliseconds), reason: $0.fault?.name)
            })
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
}
