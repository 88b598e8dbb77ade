import Acquisition
import Facility
import Hummingbird

/// How a bus is read, request by request.
struct BusPlanRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.get("api/v1/buses/{id}/plan") { request, context in
            let id = BusID(try Query(request, context).place("id"))
            let plan = try await APIError.translating(id) { () throws(BusRefusal) in
                try await desk.ports.field.plan(id)
            }
            return try JSON.response(PlanDocument([plan]))
        }
    }
}

/// How buses are read and how much of their time that takes.
public struct PlanDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The buses.
    public let buses: [BusPlanEntry]

    /// Writes down how buses are read.
    public init(_ plans: [BusPlan]) {
        buses = plans.map { BusPlanEntry($0) }
    }

    /// Takes one bus of a document.
    public init(one bus: BusPlanEntry) {
        buses = [bus]
    }

    /// Puts the plans of several documents into one.
    public init(joining documents: [PlanDocument]) {
        buses = documents.flatMap(\.buses)
    }
}

/// How one bus is read.
public struct BusPlanEntry: Codable, Hashable, Sendable {
    /// The name in files.
    public let bus: String
    /// Whether the reads are those after learning from the units' answers; false for those of the files alone.
    public let learned: Bool
    /// The share of the bus's time that its reads take, 1 being all of it.
    public let use: Double
    /// What is read, in the order of the files.
    public let units: [UnitPlanEntry]

    init(_ plan: BusPlan) {
        bus = plan.bus.id.name
        learned = plan.isLearned
        units = plan.bus.units.indices.map { index in
            UnitPlanEntry(
                plan.bus.units[index], plan.plans[index], cost: plan.costs[index], endpoint: plan.bus.endpoint
            )
        }
        use = units.reduce(0) { $0 + $1.use }
    }
}

/// How one unit is read.
public struct UnitPlanEntry: Codable, Hashable, Sendable {
    /// The asset it is.
    public let asset: String
    /// The unit id.
    public let unit: Int
    /// The share of the bus's time that its reads take, 1 being all of it.
    public let use: Double
    /// The reads, the most frequent first.
    public let requests: [RequestEntry]
    /// The points that no permitted read can fetch.
    public let unreadable: [String]
}

/// One read of a plan.
public struct RequestEntry: Codable, Hashable, Sendable {
    /// The Modbus function.
    public let function: Int
    /// The first register or bit, as the files write it.
    public let first: String
    /// How many registers or bits.
    public let count: Int
    /// The points it covers.
    public let points: [String]
    /// How many bytes the request and its answer are.
    public let bytes: Int
    /// How long it takes, milliseconds.
    public let milliseconds: Double
    /// How often it is made, milliseconds; absent for once after each connection.
    public let periodMs: Int64?
}

extension UnitPlanEntry {
    init(_ unit: ModbusUnit, _ plan: PollPlan, cost: BusCost, endpoint: ModbusBus.Endpoint) {
        func names(_ points: [Int]) -> [String] { points.map { unit.map.points[$0].meaning.name } }
        asset = unit.asset.name
        self.unit = Int(unit.unit)
        use = plan.utilisation(cost)
        unreadable = names(plan.unreadable)
        requests = plan.groups.flatMap { group in
            group.requests.map { request in
                let bytes = request.question.frameBytes(over: endpoint)
                return RequestEntry(
                    function: Int(request.area.function),
                    first: "\(RegisterAddress(request.area, request.first))", count: request.count,
                    points: names(request.points), bytes: bytes.request + bytes.reply,
                    milliseconds: Double(cost.nanoseconds(request.area, count: request.count) / 1000) / 1000,
                    periodMs: group.periodMilliseconds)
            }
        }
    }
}
