import Alarms
import Engine
public import Facility
import Hummingbird
public import Maintenance

/// The life of one asset, and how it stands.
struct AssetDossierRoutes: SiteRoutes {
    /// How many of the latest records a dossier shows.
    private static let latest = 20

    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/assets/{id}/dossier") { request, context in
            let id = AssetID(try Query(request, context).place("id"))
            return try JSON.response(try await dossier(id))
        }
        router.post("api/v1/assets/{id}/state") { request, context in
            let id = AssetID(try Query(request, context).place("id"))
            let body = try await JSON.body(AssetStateRequest.self, of: request, context: context)
            let known = AssetState.allCases.map(\.rawValue).joined(separator: ", ")
            guard let state = AssetState(rawValue: body.state) else {
                throw APIError.invalid(
                    parameter: "state", expected: Message("api.expected-one-of", ["names": .text(known)]))
            }
            let command = try CommandRequest(
                person: body.person, note: body.note, requestId: body.requestId
            ).command(.setState(id, state), needsNote: true)
            if let refusal = try await desk.ports.submit(command).refusal {
                throw refusal == .unknownAsset(id) ? .unknownAsset(id.name) : APIError.refused(refusal)
            }
            return try JSON.response(try await dossier(id))
        }
        router.post("api/v1/assets/{id}/meters/{meter}/replacement") { request, context in
            let query = Query(request, context)
            let id = AssetID(try query.place("id"))
            let meter = try query.place("meter")
            let body = try await JSON.body(MeterReplacementRequest.self, of: request, context: context)
            let command = try replacement(meter, of: id, body)
            if let refusal = try await desk.ports.submit(command).refusal {
                throw refusal == .unknownAsset(id) ? .unknownAsset(id.name) : APIError.refused(refusal)
            }
            return try JSON.response(try await dossier(id))
        }
    }

    /// The numbers of a replaced counter.
    private func replacement(
        _ meter: String, of id: AssetID, _ body: MeterReplacementRequest
    ) throws -> Command {
        for (name, reading) in [("new_reading", body.newReading), ("old_reading", body.oldReading ?? 0)]
        where !reading.isFinite || !(0...1e15).contains(reading) {
            throw APIError.invalid(parameter: name, expected: Message("api.expected-reading"))
        }
        return try CommandRequest(person: body.person, note: body.note, requestId: body.requestId).command(
            .replaceMeter(id, meter, showing: body.newReading, old: body.oldReading))
    }

    private func dossier(_ id: AssetID) async throws -> AssetDossierDocument {
        let presenter = await desk.presenter()
        guard let asset = presenter.site.asset(id) else { throw APIError.unknownAsset(id.name) }
        let ports = desk.ports
        let sums = try await ports.work.sums(id)
        var orders = OrderFilter(limit: Self.latest)
        orders.asset = id
        var occurrences = OccurrenceFilter()
        occurrences.asset = id
        occurrences.limit = Self.latest
        let latest = await desk.latest(of: presenter.site)
        let record = asset.record
        let tallies = await ports.plans().memory.meters.filter { $0.asset == id }
        return AssetDossierDocument(
            time: presenter.time(presenter.now), asset: presenter.asset(asset), maker: record.maker,
            model: record.model, registrations: record.registrations,
            warrantyUntil: record.warrantyUntil?.description, expectedLifeYears: record.expectedLifeYears,
            state: await ports.work.state(id),
            life: try await ports.work.standings(id).map {
                AssetDossierDocument.Life(
                    state: $0.state, since: presenter.time($0.sinceWallMilliseconds), person: $0.person,
                    note: $0.note)
            },
            work: sums.kinds.map {
                AssetDossierDocument.Work(
                    type: $0.type, count: $0.count, open: $0.open, cost: Double($0.cents) / 100)
            }, cost: Double(sums.kinds.reduce(0) { $0 + $1.cents }) / 100,
            lastService: presenter.time(sums.services.last), services: sums.services.count,
            longestGapDays: sums.longestGapMilliseconds.map { Int($0 / 86_400_000) },
            meters: record.meters.keys.sorted().compactMap { name in
                guard let point = presenter.site.point("\(id.name).\(record.meters[name] ?? "")") else {
                    return nil
                }
                let tally = tallies.first { $0.point == record.meters[name] }
                return AssetDossierDocument.Meter(
                    name: name, reading: presenter.reading(of: presenter.site[point], latest[point]),
                    total: tally.map { ($0.life * 10).rounded() / 10 }, counts: tally?.kind.rawValue)
            }, alarmCount: sums.occurrences,
            alarms: try await ports.occurrences(occurrences).map(presenter.alarm),
            orders: try await ports.orders(orders).map(presenter.order))
    }
}

/// How somebody says an asset stands.
public struct AssetStateRequest: Codable, Hashable, Sendable {
    /// Who says so.
    public let person: String
    /// Why.
    public let note: String
    /// How it stands.
    public let state: String
    /// Chosen by the caller; the same request sent twice is one request.
    public let requestId: String?

    /// Describes a request.
    public init(person: String, note: String, state: String, requestId: String? = nil) {
        self.person = person
        self.note = note
        self.state = state
        self.requestId = requestId
    }
}

/// What somebody read when they replaced a counter.
public struct MeterReplacementRequest: Codable, Hashable, Sendable {
    /// Who replaced it.
    public let person: String
    /// What they write.
    public let note: String?
    /// What the new one shows.
    public let newReading: Double
    /// What the old one showed at the end.
    public let oldReading: Double?
    /// Chosen by the caller; the same request sent twice is one request.
    public let requestId: String?

    /// Describes a request.
    public init(
        person: String, note: String? = nil, newReading: Double, oldReading: Double? = nil,
        requestId: String? = nil
    ) {
        self.person = person
        self.note = note
        self.newReading = newReading
        self.oldReading = oldReading
        self.requestId = requestId
    }
}

/// Everything the ledger knows of one asset.
public struct AssetDossierDocument: Codable, Hashable, Sendable {
    /// How it came to stand.
    public struct Life: Codable, Hashable, Sendable {
        /// How.
        public let state: AssetState
        /// Since when.
        public let since: String
        /// Who said so.
        public let person: String
        /// Why.
        public let note: String?
    }

    /// The orders of one type.
    public struct Work: Codable, Hashable, Sendable {
        /// The type.
        public let type: OrderType
        /// How many there were.
        public let count: Int
        /// How many are not over.
        public let open: Int
        /// What they cost.
        public let cost: Double
    }

    /// What counts its use.
    public struct Meter: Codable, Hashable, Sendable {
        /// The meter.
        public let name: String
        /// What it shows.
        public let reading: PointReading
        /// What it has counted in all, over resets and replaced counters; nil where no plan adds it up.
        public let total: Double?
        /// What is added up: the counter's own unit, the hours of a contact, or its starts.
        public let counts: String?
    }

    /// The version of the document.
    public var version = 1
    /// The daemon's clock.
    public let time: String
    /// The asset.
    public let asset: AssetEntry
    /// Who made it.
    public let maker: String?
    /// The maker's name for its kind.
    public let model: String?
    /// Numbers under which it is registered.
    public let registrations: [String: String]
    /// The last day of the warranty.
    public let warrantyUntil: String?
    /// How long it is expected to last.
    public let expectedLifeYears: Int?
    /// How it stands.
    public let state: AssetState
    /// How it came to stand, oldest first.
    public let life: [Life]
    /// Its orders by type.
    public let work: [Work]
    /// What all of them cost.
    public let cost: Double
    /// When it was looked after last, by plan or by law.
    public let lastService: String?
    /// How often it was.
    public let services: Int
    /// The longest time between two of these.
    public let longestGapDays: Int?
    /// What counts its use.
    public let meters: [Meter]
    /// How often its alarms were raised.
    public let alarmCount: Int
    /// The latest of them.
    public let alarms: [AlarmEntry]
    /// The latest orders.
    public let orders: [OrderEntry]
}
