import Facility
import Foundation
import Notices
import Rules

/// A site of 2,000 pumps with five points each, and five rules without windows for every pump.
struct LoadSite {
    static let pumps = 2000
    static let start: Int64 = 1_772_323_200_000
    static let catalog = MessageCatalog([:])

    let site: Site
    let definitions: [RuleDefinition]
    let rules: RuleSet
    let routes: [Route]

    init(pumps: Int = LoadSite.pumps) throws {
        let assets = (0..<pumps).map { number in
            Asset(
                id: AssetID("P\(number)"), assetClass: .pump,
                label: Bilingual(zh: "\(number)号泵", en: "Pump \(number)"), location: "B3")
        }
        var points: [Point] = []
        for asset in assets {
            for (name, unit) in [
                ("pressure", "MPa"), ("current", "A"), ("temperature", "°C"), ("flow", "m³/h"),
                ("level", "m"),
            ] {
                points.append(
                    Point(
                        id: PointID(points.count), asset: asset.id, name: name,
                        label: Bilingual(zh: name, en: name), kind: .gauge,
                        unit: MeasurementUnit(symbol: unit), expectedMilliseconds: 1000))
            }
        }
        site = Site(
            id: "load", label: Bilingual(zh: "负载", en: "Load"), language: .en,
            zone: .fixed("Asia/Shanghai", hours: 8), assets: assets, points: points)
        definitions = [
            Self.rule("pump.pressure_low", "pressure < 0.2 MPa", clear: "pressure > 0.25 MPa"),
            Self.rule("pump.current_high", "current > 90 A && pressure > 0.1 MPa"),
            Self.rule("pump.hot", "temperature > 80 °C || temperature < -20 °C"),
            Self.rule("pump.no_flow", "flow < 1 m³/h && current > 5 A"),
            Self.rule("pump.level_high", "level > 3 m"),
        ]
        let compiled = RuleSet.compile(definitions, for: site)
        guard compiled.problems.allSatisfy({ $0.severity == .warning }) else { throw LoadError.rules }
        rules = compiled.rules
        let step = Route.Step(
            afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: [], channels: ["hook"])
        routes = [Route(id: "default", steps: [step])]
    }

    enum LoadError: Error { case rules, stories }

    /// A value that raises nothing, or one that does.
    func value(_ point: Int, _ random: inout LoadRandom, isBad: Bool = false) -> Double {
        let share = Double(random.next() % 1000) / 1000
        return switch point % 5 {
        case 0: isBad ? 0.1 : 0.3 + share / 10
        case 1: isBad ? 95 : 20 + share * 10
        case 2: isBad ? 85 : 40 + share * 5
        case 3: isBad ? 0.5 : 20 + share
        default: isBad ? 3.5 : 1 + share
        }
    }

    static func rule(_ id: RuleID, _ when: String, clear: String? = nil) -> RuleDefinition {
        let place = SourcePosition(file: "rules/load.yaml", line: 1, column: 1)
        return RuleDefinition(
            id: id, position: place, match: RuleMatch(assetClass: .pump),
            when: ExpressionText(when, at: place), clearWhen: clear.map { ExpressionText($0, at: place) },
            raiseDelayMilliseconds: 10_000, clearDelayMilliseconds: 10_000, priority: .p3,
            text: Bilingual(zh: "{device}报警", en: "{device} alarm"))
    }
}

/// Random numbers, the same at every run.
struct LoadRandom {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Seconds of CPU time of the process.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds of a clock that never jumps.
func uptimeSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Megabytes of a line of `/proc/self/status`.
func memoryMegabytes(_ key: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(key):") }
    let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    return (kilobytes.flatMap { Double($0) } ?? 0) / 1024
}

/// Writes a line of figures.
func tell(_ figures: [String: Any]) throws {
    let data = try JSONSerialization.data(withJSONObject: figures, options: .sortedKeys)
    print(String(decoding: data, as: UTF8.self))
}
