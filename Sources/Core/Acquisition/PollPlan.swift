/// One read of one table of a unit.
public struct PollRequest: Hashable, Sendable {
    /// The table.
    public let area: RegisterArea
    /// The first address.
    public let first: UInt16
    /// How many registers or bits.
    public let count: Int
    /// The points it covers, as indices into the map's points, in the order of their addresses.
    public let points: [Int]

    /// Names a read.
    public init(area: RegisterArea, first: UInt16, count: Int, points: [Int]) {
        self.area = area
        self.first = first
        self.count = count
        self.points = points
    }

    /// The tightest read that covers some points of one table.
    init(covering points: [Int], of map: ModbusMap) {
        let places = points.map { map.place(of: $0) }
        let area = map.points[points[0]].register.area
        let lower = map.start(of: area, before: places.map(\.lowerBound).min() ?? 0)
        let upper = places.map(\.upperBound).max() ?? 0
        self.init(area: area, first: UInt16(lower), count: upper - lower, points: points)
    }

    /// How many bytes of measurements the answer carries.
    public var replyBytes: Int { area.isBits ? (count + 7) / 8 : 2 * count }
}

extension ModbusPoint {
    /// The addresses the point takes, as a half-open range.
    var span: Range<Int> { Int(register.address)..<Int(register.address) + length }
}

extension ModbusMap {
    /// The addresses that must be read to have a point: its own, or the whole block it stands in.
    func place(of point: Int) -> Range<Int> {
        let span = points[point].span
        guard !blocks.isEmpty else { return span }
        let block = spans(blocks, in: points[point].register.area).first {
            $0.lowerBound <= span.lowerBound && span.upperBound <= $0.upperBound
        }
        return block ?? span
    }

    /// Where a read of a table may start so that it holds an address.
    func start(of area: RegisterArea, before address: Int) -> Int {
        area.isBits ? address - address % bitAlignment : address
    }

    /// The longest read of a table.
    func limit(_ area: RegisterArea) -> Int {
        area.isBits ? min(maximumBits, 2000) : min(maximumRegisters, 125)
    }

    /// The addresses of one table that lie in some ranges, as half-open ranges.
    func spans(_ ranges: [ClosedRange<RegisterAddress>], in area: RegisterArea) -> [Range<Int>] {
        ranges.compactMap { range in
            guard range.lowerBound.area.function <= area.function,
                area.function <= range.upperBound.area.function
            else { return nil }
            let lower = range.lowerBound.area == area ? Int(range.lowerBound.address) : 0
            let upper = range.upperBound.area == area ? Int(range.upperBound.address) : 65_535
            return lower..<upper + 1
        }
    }
}

/// The reads that fetch a unit's points with the least bus time, one group of reads per poll period.
///
/// Within a group neighbours are read together as long as that is cheaper than a read of its own, never beyond
/// what one request may ask for, never across a register that must not be read, and never half a point. A block
/// that must be read whole is a read of its own.
public struct PollPlan: Hashable, Sendable {
    /// The reads of one poll period.
    public struct Group: Hashable, Sendable {
        /// How often, milliseconds; nil for once after each connection.
        public let periodMilliseconds: Int64?
        /// The reads, in the order of their addresses.
        public let requests: [PollRequest]
    }

    /// The groups, the fastest first; points that are read once come last.
    public let groups: [Group]
    /// The points no permitted read can fetch: they lie on a forbidden or unreadable register.
    public let unreadable: [Int]

    /// Plans the reads of a map.
    ///
    /// - Parameters:
    ///   - avoiding: registers found to be unreadable.
    ///   - excluding: points found to be unreadable.
    ///   - maximum: a limit found to be lower than the map's, registers or bits per request.
    public init(
        _ map: ModbusMap, cost: BusCost, avoiding: Set<RegisterAddress> = [],
        excluding: Set<Int> = [], maximum: [RegisterArea: Int] = [:]
    ) {
        var unreadable: [Int] = []
        var groups: [Group] = []
        let periods = Set(map.points.map(\.periodMilliseconds))
        for period in periods.sorted(by: { ($0 ?? .max) < ($1 ?? .max) }) {
            var requests: [PollRequest] = []
            for area in RegisterArea.allCases {
                let points = map.points.indices.filter {
                    map.points[$0].periodMilliseconds == period && map.points[$0].register.area == area
                        && !excluding.contains($0) && !(map.queue?.feeds($0) ?? false)
                }
                guard !points.isEmpty else { continue }
                let limit = map.limit(area)
                let layout = Layout(
                    map: map, area: area, points: points, avoiding: avoiding,
                    limit: min(limit, maximum[area] ?? limit))
                unreadable += layout.unreadable
                requests += layout.cheapest(cost)
            }
            if !requests.isEmpty {
                groups.append(Group(periodMilliseconds: period, requests: requests))
            }
        }
        self.groups = groups
        self.unreadable = unreadable.sorted()
    }

    /// What one pass over every group costs in bus time.
    public func nanoseconds(_ cost: BusCost) -> Int64 {
        groups.flatMap(\.requests).reduce(0) { $0 + cost.nanoseconds($1.area, count: $1.count) }
    }

    /// The share of the bus a plan needs, 1 being all of it: its capacity report.
    public func utilisation(_ cost: BusCost) -> Double {
        groups.reduce(0) { sum, group in
            guard let period = group.periodMilliseconds, period > 0 else { return sum }
            let needed = group.requests.reduce(0) { $0 + cost.nanoseconds($1.area, count: $1.count) }
            return sum + Double(needed) / (Double(period) * 1e6)
        }
    }
}

/// Ranges of addresses that a read must not touch, sorted and apart.
private struct Barriers {
    private let ranges: [Range<Int>]

    init(_ unsorted: [Range<Int>]) {
        ranges = unsorted.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, next in
            if let last = merged.last, next.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, next.upperBound)
            } else {
                merged.append(next)
            }
        }
    }

    /// The first address at or after another that must not be read.
    func first(from address: Int) -> Int {
        guard let index = ranges.firstIndex(where: { $0.upperBound > address }) else { return .max }
        return max(ranges[index].lowerBound, address)
    }
}

/// The points of one table and one period, laid out for the search of the cheapest reads.
private struct Layout {
    /// A point together with every point that lies wholly inside it, or a whole block.
    private struct Cell {
        let span: Range<Int>
        /// Where a read that begins with this cell starts.
        let start: Int
        /// The first address from there on that must not be read.
        let barrier: Int
        let isBlock: Bool
        var points: [Int]
    }

    let area: RegisterArea
    let limit: Int
    private(set) var unreadable: [Int] = []
    private var cells: [Cell] = []

    init(map: ModbusMap, area: RegisterArea, points: [Int], avoiding: Set<RegisterAddress>, limit: Int) {
        self.area = area
        self.limit = limit
        let blocks = map.spans(map.blocks, in: area)
        let learned = avoiding.filter { $0.area == area }.map { Int($0.address)..<Int($0.address) + 1 }
        let closed = map.spans(map.forbidden, in: area) + learned
        let barriers = Barriers(closed + blocks)
        let barriersOfBlocks = blocks.isEmpty ? barriers : Barriers(closed)
        let placed = points.map { (point: $0, place: map.place(of: $0)) }
        let sorted = placed.sorted {
            ($0.place.lowerBound, -$0.place.upperBound, $0.point)
                < ($1.place.lowerBound, -$1.place.upperBound, $1.point)
        }
        for (point, place) in sorted {
            if let last = cells.last, place.upperBound <= last.span.upperBound,
                last.isBlock == blocks.contains(place)
            {
                cells[cells.count - 1].points.append(point)
                continue
            }
            let isBlock = blocks.contains(place)
            let start = map.start(of: area, before: place.lowerBound)
            let cell = Cell(
                span: place, start: start,
                barrier: (isBlock ? barriersOfBlocks : barriers).first(from: start), isBlock: isBlock,
                points: [point])
            if cell.barrier < place.upperBound || place.upperBound - start > limit
                || place.upperBound > 65_536 || isBlock && start != place.lowerBound
            {
                unreadable.append(point)
            } else {
                cells.append(cell)
            }
        }
    }

    /// The cheapest way to cut the cells into reads.
    ///
    /// Cells start and end in the same order, so some cheapest cover takes runs of neighbours: `best[i]` is the
    /// cost of the first `i` cells, found from every run that may end there. A run is at most as long as a
    /// request, which bounds the work per cell.
    func cheapest(_ cost: BusCost) -> [PollRequest] {
        guard !cells.isEmpty else { return [] }
        var best = [Int64](repeating: .max, count: cells.count + 1)
        var start = [Int](repeating: 0, count: cells.count + 1)
        best[0] = 0
        for end in 1...cells.count {
            let upper = cells[end - 1].span.upperBound
            var first = end - 1
            while first >= 0, upper - cells[first].start <= limit, cells[first].barrier >= upper,
                first == end - 1 || !cells[first].isBlock
            {
                let read = cost.nanoseconds(area, count: upper - cells[first].start)
                let total = best[first] + read
                if total < best[end] {
                    best[end] = total
                    start[end] = first
                }
                if cells[end - 1].isBlock { break }
                first -= 1
            }
        }
        var requests: [PollRequest] = []
        var end = cells.count
        while end > 0 {
            let run = cells[start[end]..<end]
            let lower = cells[start[end]].start
            requests.append(
                PollRequest(
                    area: area, first: UInt16(lower), count: cells[end - 1].span.upperBound - lower,
                    points: run.flatMap(\.points)))
            end = start[end]
        }
        return requests.reversed()
    }
}
