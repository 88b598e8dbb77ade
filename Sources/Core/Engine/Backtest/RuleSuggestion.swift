import Alarms
public import Facility
public import Rules

/// Looks for the smallest delays and the smallest dead-band with which a rule keeps what lasts and drops what does
/// not, by what its condition alone did in a backtest.
///
/// Times at which the condition held that are closer to one another than the span to keep are one episode. An
/// episode as long as that span is kept; a shorter one is fleeting.
public struct RuleSuggestion: Hashable, Sendable {
    /// What is proposed.
    public enum Proposal: Hashable, Sendable {
        /// Nothing fleeting, nothing that chatters: the rule is good as it is.
        case nothing
        /// Delays, milliseconds.
        case delays(raiseMilliseconds: Int64, clearMilliseconds: Int64)
        /// No delay does it: what lasts has no piece as long as the longest of what does not.
        case inseparable
    }

    /// The rule.
    public let rule: RuleID
    /// How often the condition alone began to hold.
    public let activations: Int
    /// How many episodes last.
    public let kept: Int
    /// How many do not.
    public let fleeting: Int
    /// What is proposed.
    public let proposal: Proposal
    /// The smallest dead-band, as the rule's text would say it, that alone makes one activation of every episode
    /// that lasts and keeps them apart; nil if none of those tried does.
    public let deadband: String?

    /// One time the condition held at one asset, or several that belong together.
    private struct Episode {
        let key: AssetID
        var start: Int64
        var end: Int64
        var longestPiece: Int64
        var longestGap: Int64 = 0
        var pieces = 1
    }

    private static let steps: [Int64] = [
        1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200,
    ].map { $0 * 1000 }

    /// The condition of a rule without delay, latch or dead-band; and with each of the dead-bands worth a try.
    public static func candidates(of definition: RuleDefinition) -> [RuleDefinition] {
        guard definition.levels.isEmpty else { return [] }
        var bare = definition
        bare.raiseDelayMilliseconds = 0
        bare.clearDelayMilliseconds = 0
        bare.isLatching = false
        bare.causes = []
        bare.order = nil
        guard definition.clearWhen == nil else { return [bare] }
        return [bare]
            + definition.deadbandsWorthATry.map { text in
                bare.renamed("\(definition.id.name) \(text)", deadband: text)
            }
    }

    /// Judges what the candidates of a rule did.
    public init(_ definition: RuleDefinition, _ report: BacktestReport, keeping keep: Int64) {
        rule = definition.id
        let end = report.toWallMilliseconds
        let bare = report.activations.filter { $0.key.rule == definition.id }
        let episodes = Self.episodes(bare, until: end, keep)
        let lasting = episodes.filter { $0.end - $0.start >= keep }
        let short = episodes.filter { $0.end - $0.start < keep }
        activations = bare.count
        kept = lasting.count
        fleeting = short.count
        proposal = Self.proposal(lasting, short, keep)
        deadband =
            episodes.count == bare.count && short.isEmpty
            ? nil
            : definition.deadbandsWorthATry.first { text in
                let id = RuleID("\(definition.id.name) \(text)")
                let found = report.activations.filter { $0.key.rule == id }
                return Self.matches(lasting, found, until: end)
            }
    }

    private static func episodes(
        _ activations: [BacktestReport.Activation], until end: Int64, _ keep: Int64
    ) -> [Episode] {
        var episodes: [Episode] = []
        var last: [AssetID: Int] = [:]
        for activation in activations {
            let (start, stop) = (activation.raisedWallMilliseconds, activation.clearedWallMilliseconds ?? end)
            if let place = last[activation.key.asset], start - episodes[place].end < keep {
                episodes[place].longestGap = max(
                    episodes[place].longestGap, start - episodes[place].end)
                episodes[place].end = stop
                episodes[place].longestPiece = max(episodes[place].longestPiece, stop - start)
                episodes[place].pieces += 1
            } else {
                last[activation.key.asset] = episodes.count
                episodes.append(
                    Episode(
                        key: activation.key.asset, start: start, end: stop, longestPiece: stop - start))
            }
        }
        return episodes
    }

    private static func proposal(_ lasting: [Episode], _ short: [Episode], _ keep: Int64) -> Proposal {
        guard !short.isEmpty || lasting.contains(where: { $0.pieces > 1 }) else { return .nothing }
        let longestShort = short.map(\.longestPiece).max() ?? -1
        let shortestLong = lasting.map(\.longestPiece).min() ?? keep
        guard longestShort < shortestLong else { return .inseparable }
        let gap = lasting.map(\.longestGap).max() ?? 0
        return .delays(
            raiseMilliseconds: longestShort < 0 ? 0 : step(above: longestShort, most: shortestLong),
            clearMilliseconds: gap == 0 ? 0 : step(above: gap, most: keep))
    }

    /// The first round span above one; where that is too long, the longest that is not.
    private static func step(above span: Int64, most: Int64) -> Int64 {
        steps.first { $0 > span && $0 <= most } ?? most
    }

    /// Whether there is one activation for each lasting episode, and none else.
    private static func matches(
        _ lasting: [Episode], _ found: [BacktestReport.Activation], until end: Int64
    ) -> Bool {
        found.count == lasting.count
            && lasting.allSatisfy { episode in
                found.count {
                    $0.key.asset == episode.key && $0.raisedWallMilliseconds <= episode.end
                        && ($0.clearedWallMilliseconds ?? end) >= episode.start
                } == 1
            }
    }
}

extension RuleDefinition {
    /// The same rule under another name, its condition with a dead-band.
    fileprivate func renamed(_ name: String, deadband: String) -> RuleDefinition {
        RuleDefinition(
            id: RuleID(name), position: position, match: match, bindings: bindings, when: when,
            activeIf: activeIf, onUnknown: onUnknown, priority: priority, acknowledging: acknowledging,
            text: text, guidance: guidance, route: route,
            levels: [
                Level(
                    priority: priority, when: when,
                    deadband: ExpressionText(deadband, at: when.position))
            ], coverage: coverage)
    }
}
