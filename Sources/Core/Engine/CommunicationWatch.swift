import Facility

/// Tells silence on a bus from silence of one unit: one alarm at the highest common cause.
///
/// A unit is silent when every point that is read again and again last failed because of communication. A bus
/// is down when all its units are silent. While it is down its units say nothing of their own: what is known
/// of them is held, and after its return they get time to be read before one of them counts as silent.
struct CommunicationWatch: Sendable {
    /// What can be told of a unit or a bus.
    enum Standing: Hashable {
        /// Something answers.
        case answering
        /// Nothing answers.
        case silent
        /// Not everything has been tried since the start.
        case untried
    }

    /// A unit on a bus.
    struct Unit: Sendable {
        let asset: AssetID
        let bus: Int
        fileprivate var points = 0
        fileprivate var answering = 0
        fileprivate var silent = 0

        /// What can be told of it alone.
        var standing: Standing {
            answering > 0 ? .answering : silent == points ? .silent : .untried
        }
    }

    /// A bus and its units.
    struct Bus: Sendable {
        let id: BusID
        var units: [Int] = []
        fileprivate(set) var standing = Standing.untried
        fileprivate(set) var answeringSince: Int64?
    }

    /// How long the units of a bus that came back have to be read, milliseconds.
    static let settleMilliseconds: Int64 = 30_000

    /// The units, in the order of the site's assets.
    private(set) var units: [Unit] = []
    /// The buses, in the order they are met.
    private(set) var buses: [Bus] = []

    private var unitOfPoint: [Int32]
    private var standings: [Standing]
    private var changedUnits: Set<Int> = []

    /// Watches every asset of the site that is read over a bus.
    init(_ site: Site) {
        unitOfPoint = Array(repeating: -1, count: site.points.count)
        standings = Array(repeating: .untried, count: site.points.count)
        var unitOfAsset: [AssetID: Int] = [:]
        var busOfID: [BusID: Int] = [:]
        for point in site.points where point.expectedMilliseconds != nil {
            guard let bus = site.asset(point.asset)?.bus else { continue }
            let busIndex = busOfID[bus] ?? buses.count
            if busIndex == buses.count { buses.append(Bus(id: bus)) }
            busOfID[bus] = busIndex
            let unit = unitOfAsset[point.asset] ?? units.count
            if unit == units.count {
                units.append(Unit(asset: point.asset, bus: busIndex))
                buses[busIndex].units.append(unit)
            }
            unitOfAsset[point.asset] = unit
            units[unit].points += 1
            unitOfPoint[Int(point.id.index)] = Int32(unit)
        }
    }

    /// Takes a sample.
    mutating func note(_ sample: Sample) {
        let point = Int(sample.point.index)
        let unit = Int(unitOfPoint[point])
        guard unit >= 0 else { return }
        let standing: Standing = sample.quality.isCommunicationFault ? .silent : .answering
        guard standings[point] != standing else { return }
        let before = units[unit].standing
        switch standings[point] {
        case .answering: units[unit].answering -= 1
        case .silent: units[unit].silent -= 1
        case .untried: break
        }
        standings[point] = standing
        if standing == .answering { units[unit].answering += 1 } else { units[unit].silent += 1 }
        if units[unit].standing != before { changedUnits.insert(unit) }
    }

    /// Takes over how long buses have answered, where what was measured says the same of them as before: a new
    /// configuration is no return of a bus.
    mutating func adoptStandings(from old: CommunicationWatch) {
        for bus in buses.indices {
            guard let before = old.buses.first(where: { $0.id == buses[bus].id }),
                before.standing == standing(ofBus: bus)
            else { continue }
            buses[bus].standing = before.standing
            buses[bus].answeringSince = before.answeringSince
        }
    }

    /// The units and buses of which something else can be told since the last time this was asked.
    mutating func takeChanges(at now: Moment) -> (units: [Int], buses: [Int]) {
        guard !changedUnits.isEmpty else { return ([], []) }
        var touched = changedUnits
        let touchedBuses = Set(changedUnits.map { units[$0].bus }).sorted()
        for bus in touchedBuses {
            let standing = standing(ofBus: bus)
            guard standing != buses[bus].standing else { continue }
            if standing == .answering { buses[bus].answeringSince = now.uptimeMilliseconds }
            buses[bus].standing = standing
            touched.formUnion(buses[bus].units)
        }
        changedUnits = []
        return (touched.sorted(), touchedBuses)
    }

    /// Whether nothing on a bus answers; nil if that cannot be told.
    func isDown(bus: Int) -> Bool? {
        switch buses[bus].standing {
        case .answering: false
        case .silent: true
        case .untried: nil
        }
    }

    /// Whether one unit is silent by itself; nil if that cannot be told. And when it can, by the uptime clock.
    func isSilent(unit: Int, at now: Moment) -> (silent: Bool?, recheckUptimeMilliseconds: Int64?) {
        let bus = buses[units[unit].bus]
        switch units[unit].standing {
        case .answering: return (false, nil)
        case .untried: return (nil, nil)
        case .silent:
            guard bus.standing == .answering, let since = bus.answeringSince else { return (nil, nil) }
            let settled = since + Self.settleMilliseconds
            return now.uptimeMilliseconds >= settled ? (true, nil) : (nil, settled)
        }
    }

    private func standing(ofBus bus: Int) -> Standing {
        let standings = buses[bus].units.map { units[$0].standing }
        if standings.contains(.answering) { return .answering }
        return standings.allSatisfy { $0 == .silent } ? .silent : .untried
    }
}

extension Quality {
    /// Whether nothing came back, or nothing that could be trusted to be an answer.
    fileprivate var isCommunicationFault: Bool {
        switch self {
        case .bad(.noConnection), .bad(.timeout), .bad(.offline), .bad(.invalidReply): true
        case .good, .uncertain, .bad: false
        }
    }
}
