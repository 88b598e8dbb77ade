public import Facility

/// Finds out why a unit refused a read of several points, by asking for halves.
///
/// A unit answers "illegal address" or "illegal value" for the whole read, or does not answer it at all, when
/// one register in it does not exist or the read is too long. Halving finds the culprit in about 2 log n reads, and everything readable
/// keeps its values meanwhile. Each search ends with at least one finding, so a plan made from the findings
/// differs from the plan that was refused.
public struct ReadSplit: Hashable, Sendable {
    /// What the unit said to a half.
    public enum Answer: Hashable, Sendable {
        /// It sent the registers.
        case readable
        /// It refused, or kept silent about this read only.
        case refused(Fault)
    }

    /// What was found out.
    public struct Findings: Hashable, Sendable {
        /// The points that cannot be read even alone, and why.
        public var points: [Int: Fault] = [:]
        /// Registers between points that must not be read across.
        public var holes: Set<RegisterAddress> = []
        /// The longest read the unit accepts, if length was the reason.
        public var maximum: Int?
    }

    /// A refused run of cells, and how its halves fared.
    private struct Refusal: Hashable {
        var cells: Range<Int>
        var middle: Int
        var answered = 0
        var readable = 0
    }

    private let map: ModbusMap
    /// Points that share exactly the same registers, or a block that is read whole, stand or fall together.
    private let cells: [[Int]]
    private var open: [Refusal] = []
    /// What was found out so far.
    public private(set) var findings = Findings()

    /// Starts from a read that was refused.
    public init(refused request: PollRequest, _ fault: Fault, map: ModbusMap) {
        self.map = map
        var cells: [[Int]] = []
        for point in request.points {
            if let last = cells.last, map.place(of: last[0]) == map.place(of: point) {
                cells[cells.count - 1].append(point)
            } else {
                cells.append([point])
            }
        }
        self.cells = cells
        refuse(cells.indices, fault)
    }

    /// The half to read next; nil when the search is over.
    public var next: PollRequest? {
        half.map { PollRequest(covering: cells[$0].flatMap(\.self), of: map) }
    }

    /// Takes the unit's answer to `next`.
    public mutating func handle(_ answer: Answer) {
        guard let half else { return }
        open[open.count - 1].answered += 1
        switch answer {
        case .readable:
            open[open.count - 1].readable += 1
            close()
        case .refused(let fault):
            refuse(half, fault)
        }
    }

    private var half: Range<Int>? {
        guard let refusal = open.last else { return nil }
        return refusal.answered == 0
            ? refusal.cells.lowerBound..<refusal.middle : refusal.middle..<refusal.cells.upperBound
    }

    private mutating func refuse(_ run: Range<Int>, _ fault: Fault) {
        guard run.count > 1 else {
            for point in cells[run.lowerBound] { findings.points[point] = fault }
            return close()
        }
        open.append(Refusal(cells: run, middle: run.lowerBound + run.count / 2))
    }

    /// Ends every refusal whose halves were both asked for.
    private mutating func close() {
        while let refusal = open.last, refusal.answered == 2 {
            open.removeLast()
            if refusal.readable == 2 { blameWhatJoinsTheHalves(of: refusal) }
        }
    }

    /// Each half alone is readable: the gap between them is not, or the whole was too long.
    private mutating func blameWhatJoinsTheHalves(of refusal: Refusal) {
        let left = PollRequest(
            covering: cells[refusal.cells.lowerBound..<refusal.middle].flatMap(\.self), of: map)
        let right = PollRequest(
            covering: cells[refusal.middle..<refusal.cells.upperBound].flatMap(\.self), of: map)
        let gap = Int(left.first) + left.count
        let unclaimed = gap < Int(right.first) ? unclaimed(gap..<Int(right.first), left.area) : []
        if unclaimed.isEmpty {
            findings.maximum = min(findings.maximum ?? .max, max(left.count, right.count))
        } else {
            findings.holes.formUnion(unclaimed)
        }
    }

    /// The addresses of a gap that no point of the map needs: points of another period may lie in it.
    private func unclaimed(_ gap: Range<Int>, _ area: RegisterArea) -> Set<RegisterAddress> {
        var addresses = Set(gap)
        for point in map.points where point.register.area == area && point.span.overlaps(gap) {
            addresses.subtract(point.span)
        }
        return Set(addresses.map { RegisterAddress(area, UInt16($0)) })
    }
}
