import Alarms
public import Facility

/// What another version of the rules changes: activations that only one of two backtests of one span has.
public struct BacktestDifference: Hashable, Sendable {
    /// An activation that both have, at other times.
    public struct Move: Hashable, Sendable {
        /// As it was.
        public let old: BacktestReport.Activation
        /// As it is.
        public let new: BacktestReport.Activation
    }

    /// The activations of one rule.
    public struct Line: Hashable, Sendable {
        /// The rule.
        public let rule: RuleID
        /// Those that only the new rules have.
        public internal(set) var added: [BacktestReport.Activation] = []
        /// Those that only the old rules had.
        public internal(set) var removed: [BacktestReport.Activation] = []
        /// Those that begin or end at another time.
        public internal(set) var moved: [Move] = []
        /// How many are the same.
        public internal(set) var same = 0
    }

    /// The rules of either side, those of the old one first.
    public let lines: [Line]

    /// Compares two backtests of one span. Two activations of one alarm are the same one if they hold at the same
    /// time; of several, the earliest.
    public init(old: BacktestReport, new: BacktestReport) {
        let rules = old.lines.map(\.rule) + new.lines.map(\.rule)
        var seen: Set<RuleID> = []
        let ofOld = Dictionary(grouping: old.activations, by: \.key)
        let ofNew = Dictionary(grouping: new.activations, by: \.key)
        let keys = Dictionary(grouping: Set(ofOld.keys).union(ofNew.keys), by: \.rule)
        lines = rules.filter { seen.insert($0).inserted }.map { rule in
            var line = Line(rule: rule)
            for key in (keys[rule] ?? []).sorted(by: { $0.asset.name < $1.asset.name }) {
                line.compare(ofOld[key] ?? [], ofNew[key] ?? [])
            }
            return line
        }
    }
}

extension BacktestDifference.Line {
    /// Walks the activations of one alarm in both versions, in order of time.
    fileprivate mutating func compare(
        _ old: [BacktestReport.Activation], _ new: [BacktestReport.Activation]
    ) {
        var (before, after) = (0, 0)
        while before < old.count, after < new.count {
            let (was, now) = (old[before], new[after])
            if was.ends(before: now) {
                removed.append(was)
                before += 1
            } else if now.ends(before: was) {
                added.append(now)
                after += 1
            } else {
                if was.raisedWallMilliseconds == now.raisedWallMilliseconds,
                    was.clearedWallMilliseconds == now.clearedWallMilliseconds
                {
                    same += 1
                } else {
                    moved.append(.init(old: was, new: now))
                }
                before += 1
                after += 1
            }
        }
        removed += old[before...]
        added += new[after...]
    }
}

extension BacktestReport.Activation {
    /// Whether it was over when another began: the time a condition waits for its delay counts as holding.
    fileprivate func ends(before other: BacktestReport.Activation) -> Bool {
        guard let cleared = clearedWallMilliseconds else { return false }
        return cleared < min(other.beganWallMilliseconds, other.raisedWallMilliseconds)
    }
}
