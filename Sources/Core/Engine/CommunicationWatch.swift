import Facility

/// Tells silence of a whole branch from silence of one unit: one alarm at the highest common cause.
///
/// A unit is silent when every point that is read again and again last failed because of communication. A
/// branch is what units are read through: their bus, and every asset above them or their bus behind which two
/// or more of them stand. A branch is down when all its units are silent. While it is down neither its units
/// nor the branches inside it say anything of their own: what is known of them is held, and after its return
/// they get time to be read before one of them counts as silent.
struct CommunicationWatch: Sendable {
    /// What can be told of a unit or a branch.
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
        /// The branch that is its bus.
        let bus: Int
        /// Every branch it is read through, the widest first.
        fileprivate(set) var branches: [Int] = []
        fileprivate var points = 0
        fileprivate var answering = 0
        fileprivate var silent = 0

        /// What can be told of it alone.
        var standing: Standing {
            answering > 0 ? .answering : silent == points ? .silent : .untried
        }
    }

    /// What units are read through.
    struct Branch: Sendable {
        /// What it is.
        enum Subject: Hashable {
            /// A bus of the files.
            case bus(BusID)
            /// An asset that others hang on.
            case asset(AssetID)
        }

        let subject: Subject
        /// The units behind it, in the order of the site.
        let units: [Int]
        /// The wider branches around it, the widest first.
        fileprivate(set) var outer: [Int] = []
        fileprivate(set) var standing = Standing.untried
        fileprivate(set) var answeringSince: Int64?
    }

    /// How long what is behind a branch that came back has to be read, milliseconds.
    static let settleMilliseconds: Int64 = 30_000

    /// The units, in the order of the site's assets.
    private(set) var units: [Unit] = []
    /// The branches: the buses in the order they are met, then the assets.
    private(set) var branches: [Branch] = []

    private var unitOfPoint: [Int32]
    private var standings: [Standing]
    private var changedUnits: Set<Int> = []
    /// How many units do not answer, tried or not.
    private(set) var quietUnits = 0

    /// Watches every asset of the site that is read over a bus.
    init(_ site: Site) {
        unitOfPoint = Array(repeating: -1, count: site.points.count)
        standings = Array(repeating: .untried, count: site.points.count)
        var unitOfAsset: [AssetID: Int] = [:]
        var buses: [BusID] = []
        var placeOfBus: [BusID: Int] = [:]
        for point in site.points where point.expectedMilliseconds != nil {
            guard let bus = site.asset(point.asset)?.bus else { continue }
            let busPlace = placeOfBus[bus] ?? buses.count
            if busPlace == buses.count { buses.append(bus) }
            placeOfBus[bus] = busPlace
            let unit = unitOfAsset[point.asset] ?? units.count
            if unit == units.count { units.append(Unit(asset: point.asset, bus: busPlace)) }
            unitOfAsset[point.asset] = unit
            units[unit].points += 1
            unitOfPoint[Int(point.id.index)] = Int32(unit)
        }
        quietUnits = units.count
        branches = BranchFinder(site: site, units: units.map(\.asset), buses: buses).branches
        for (place, branch) in branches.enumerated() {
            let members = Set(branch.units)
            branches[place].outer = branches.indices.filter {
                branches[$0].units.count > members.count && members.isSubset(of: branches[$0].units)
            }.sorted { branches[$0].units.count > branches[$1].units.count }
        }
        for place in branches.indices.sorted(by: { branches[$0].units.count > branches[$1].units.count }) {
            for unit in branches[place].units { units[unit].branches.append(place) }
        }
    }

    /// The unit a point is read from; nil if it is read once, or over no bus.
    func unit(of point: PointID) -> Int? {
        let unit = Int(unitOfPoint[Int(point.index)])
        return unit >= 0 ? unit : nil
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
        let after = units[unit].standing
        guard after != before else { return }
        if before == .answering { quietUnits += 1 }
        if after == .answering { quietUnits -= 1 }
        changedUnits.insert(unit)
    }

    /// Takes over how long branches have answered, where what was measured says the same of them as before: a
    /// new configuration is no return of a branch.
    mutating func adoptStandings(from old: CommunicationWatch) {
        for place in branches.indices {
            guard let before = old.branches.first(where: { $0.subject == branches[place].subject }),
                before.standing == standing(ofBranch: place)
            else { continue }
            branches[place].standing = before.standing
            branches[place].answeringSince = before.answeringSince
        }
    }

    /// The units and branches of which something else can be told since the last time this was asked.
    mutating func takeChanges(at now: Moment) -> (units: [Int], branches: [Int]) {
        guard !changedUnits.isEmpty else { return ([], []) }
        var touched = changedUnits
        let touchedBranches = Set(changedUnits.flatMap { units[$0].branches }).sorted()
        for place in touchedBranches {
            let standing = standing(ofBranch: place)
            let before = branches[place].standing
            guard standing != before else { continue }
            let isBus = if case .bus = branches[place].subject { true } else { false }
            // Of an asset that was never down there is no return that its units would have to wait for.
            if standing == .answering, isBus || before == .silent {
                branches[place].answeringSince = now.uptimeMilliseconds
            }
            branches[place].standing = standing
            touched.formUnion(branches[place].units)
        }
        changedUnits = []
        let inner = touched.flatMap { units[$0].branches }
        return (touched.sorted(), Set(inner).union(touchedBranches).sorted())
    }

    /// Whether something else can be told of a unit than the last time changes were asked for.
    func hasChanged(_ unit: Int) -> Bool { changedUnits.contains(unit) }

    /// Whether a unit, or something it is read through, was not tried as a whole since the start.
    func isUntried(_ unit: Int) -> Bool {
        units[unit].standing == .untried
            || units[unit].branches.contains { branches[$0].standing == .untried }
    }

    /// Whether nothing behind a branch answers, and nothing wider explains it; nil if that cannot be told. And
    /// when it can, by the uptime clock.
    func isDown(branch place: Int, at now: Moment) -> (down: Bool?, recheckUptimeMilliseconds: Int64?) {
        switch branches[place].standing {
        case .answering: (false, nil)
        case .untried: (nil, nil)
        case .silent: told(after: branches[place].outer, at: now)
        }
    }

    /// Whether one unit is silent by itself; nil if that cannot be told. And when it can, by the uptime clock.
    func isSilent(unit: Int, at now: Moment) -> (silent: Bool?, recheckUptimeMilliseconds: Int64?) {
        switch units[unit].standing {
        case .answering: (false, nil)
        case .untried: (nil, nil)
        case .silent:
            branches[units[unit].bus].answeringSince == nil
                ? (nil, nil) : told(after: units[unit].branches, at: now)
        }
    }

    /// What stands inside branches is told when none of them is down, and the last that came back has settled.
    private func told(after outer: [Int], at now: Moment) -> (Bool?, Int64?) {
        guard !outer.contains(where: { branches[$0].standing == .silent }) else { return (nil, nil) }
        let since = outer.compactMap { branches[$0].answeringSince }.max()
        guard let settled = since.map({ $0 + Self.settleMilliseconds }), now.uptimeMilliseconds < settled
        else { return (true, nil) }
        return (nil, settled)
    }

    private func standing(ofBranch place: Int) -> Standing {
        var areAllSilent = true
        for unit in branches[place].units {
            switch units[unit].standing {
            case .answering: return .answering
            case .silent: break
            case .untried: areAllSilent = false
            }
        }
        return areAllSilent ? .silent : .untried
    }
}

extension Quality {
    /// Whether nothing came back, or nothing that could be trusted to be an answer.
    var isCommunicationFault: Bool {
        switch self {
        case .bad(.noConnection), .bad(.timeout), .bad(.offline), .bad(.invalidReply): true
        case .good, .uncertain, .bad: false
        }
    }
}
