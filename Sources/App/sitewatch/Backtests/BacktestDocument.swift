import Alarms
import Engine
import Facility
import WebAPI

/// What `rules backtest --json` writes.
struct BacktestDocument: Encodable {
    /// The sums of one rule.
    struct Rule: Encodable {
        let rule: String
        let activations: Int
        let quietActivations: Int
        let activeMs: Int64
        let chatterEpisodes: Int
        let fleeting: Int
        let mostInTenMinutes: Int
        let messages: [String: Int]
        let orders: Int
        let first: String?
        let last: String?
        let assets: [String: Int]

        init(_ line: BacktestReport.Line, _ zone: SiteZone) {
            rule = line.rule.name
            activations = line.activations
            quietActivations = line.quietActivations
            activeMs = line.activeMilliseconds
            chatterEpisodes = line.chatterEpisodes
            fleeting = line.fleeting
            mostInTenMinutes = line.mostInTenMinutes
            messages = named(line.messages)
            orders = line.orders
            first = line.firstWallMilliseconds.map { zone.iso($0, milliseconds: true) }
            last = line.lastWallMilliseconds.map { zone.iso($0, milliseconds: true) }
            assets = named(line.assets)
        }
    }

    let version = 1
    let from: String
    let to: String
    let samples: Int
    let averageInTenMinutes: Double
    let mostInTenMinutes: Int
    let floodShare: Double
    let messages: [String: Int]
    let rules: [Rule]
    let activations: [BacktestActivation]

    init(_ report: BacktestReport, _ zone: SiteZone) {
        from = zone.iso(report.fromWallMilliseconds, milliseconds: true)
        to = zone.iso(report.toWallMilliseconds, milliseconds: true)
        samples = report.samples
        averageInTenMinutes = report.averageInTenMinutes
        mostInTenMinutes = report.mostInTenMinutes
        floodShare = report.floodShare
        messages = named(report.messages)
        rules = report.lines.map { Rule($0, zone) }
        activations = report.activations.map { BacktestActivation($0, zone) }
    }
}

/// One activation in a document.
struct BacktestActivation: Encodable {
    let rule: String
    let asset: String
    let began: String
    let raised: String
    let cleared: String?

    init(_ activation: BacktestReport.Activation, _ zone: SiteZone) {
        rule = activation.key.rule.name
        asset = activation.key.asset.name
        began = zone.iso(activation.beganWallMilliseconds, milliseconds: true)
        raised = zone.iso(activation.raisedWallMilliseconds, milliseconds: true)
        cleared = activation.clearedWallMilliseconds.map { zone.iso($0, milliseconds: true) }
    }
}

/// What `rules diff --json` writes.
struct BacktestDifferenceDocument: Encodable {
    struct Move: Encodable {
        let old: BacktestActivation
        let new: BacktestActivation
    }

    struct Rule: Encodable {
        let rule: String
        let same: Int
        let added: [BacktestActivation]
        let removed: [BacktestActivation]
        let moved: [Move]
    }

    let version = 1
    let from: String
    let to: String
    let rules: [Rule]

    init(_ difference: BacktestDifference, _ span: Range<Int64>, _ zone: SiteZone) {
        from = zone.iso(span.lowerBound, milliseconds: true)
        to = zone.iso(span.upperBound, milliseconds: true)
        rules = difference.lines.map { line in
            Rule(
                rule: line.rule.name, same: line.same,
                added: line.added.map { BacktestActivation($0, zone) },
                removed: line.removed.map { BacktestActivation($0, zone) },
                moved: line.moved.map {
                    Move(old: BacktestActivation($0.old, zone), new: BacktestActivation($0.new, zone))
                })
        }
    }
}

/// Counts by name, as documents have them.
private func named<ID: Name>(_ counts: [ID: Int]) -> [String: Int] {
    Dictionary(counts.map { ($0.key.name, $0.value) }) { first, _ in first }
}
