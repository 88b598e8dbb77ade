import Facility
import Foundation
import SiteConfig
import Testing

/// A rule file with one thing wrong, the place of it marked by `§`, and the key of what is said about it.
struct MalformedRule: Sendable, CustomTestStringConvertible {
    let text: String
    let key: String
    let severity: Problem.Severity

    var testDescription: String { "\(key): \(text)" }

    /// A whole file.
    init(file text: String, _ key: String, _ severity: Problem.Severity = .error) {
        self.text = text
        self.key = key
        self.severity = severity
    }

    /// A rule that is right but for some of its keys: `nil` takes one away.
    init(_ keys: [(String, String?)], _ key: String, _ severity: Problem.Severity = .error) {
        var lines: [(String, String?)] = [
            ("id", "own"), ("match", "{class: pump}"), ("when", "\"running\""), ("priority", "p3"),
            ("text", "{zh: 一, en: one}"),
        ]
        for (name, value) in keys {
            let bare = name.replacingOccurrences(of: "§", with: "")
            if let place = lines.firstIndex(where: { $0.0 == bare }) {
                lines[place] = (name, value)
            } else {
                lines.append((name, value))
            }
        }
        let written = lines.compactMap { name, value in value.map { "\(name): \($0)" } }
        self.init(file: "rules:\n  - " + written.joined(separator: "\n    ") + "\n", key, severity)
    }

    /// A rule that is right but for its condition.
    init(when: String, _ key: String, _ severity: Problem.Severity = .error) {
        self.init([("when", "\"\(when)\"")], key, severity)
    }

    /// The file without the mark.
    var file: String { text.replacingOccurrences(of: "§", with: "") }

    /// Where the mark stands.
    var place: SourcePosition? {
        for (line, content) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let scalars = Array(content.unicodeScalars)
            if let column = scalars.firstIndex(of: "§") {
                return SourcePosition(file: "rules/own.yaml", line: line + 1, column: column + 1)
            }
        }
        return nil
    }
}

extension MalformedRule {
    private static let ladder: [(String, String?)] = [("when", nil), ("priority", nil)]
    private static let guidance =
        "{cause: {zh: 因, en: cause}, consequence: {zh: 果, en: what}, action: {zh: 行, en: act}}"
    private static let low = "{priority: p4, when: \"outlet_pressure > 0.5 MPa\"}"

    private static func levels(_ items: String, _ more: (String, String?)...) -> [(String, String?)] {
        ladder + [("levels", items)] + more
    }

    static let all = forms + ladders + expressions + files

    static let forms: [MalformedRule] = [
        .init([("id", "§Own")], "config.bad-name"),
        .init([("match", "§{}")], "config.match-empty"),
        .init([("id", nil), ("§match", "{class: pump}")], "config.missing"),
        .init([("§id", "own"), ("when", nil)], "config.missing"),
        .init([("§id", "own"), ("priority", nil)], "config.missing"),
        .init([("§id", "own"), ("text", nil)], "config.missing"),
        .init([("§id", "own"), ("match", nil)], "config.missing"),
        .init([("§sevrity", "high")], "config.unknown"),
        .init([("match", "{class: §pomp}")], "config.unknown"),
        .init([("match", "{profile: §vdf}")], "config.unknown"),
        .init([("match", "{asset: §P9}")], "config.unknown"),
        .init([("match", "{§clas: pump}")], "config.unknown"),
        .init([("match", "§pump")], "config.expected"),
        .init([("when", "§\"\"")], "config.empty"),
        .init([("when", "§5")], "config.quote-it"),
        .init([("when", "§true")], "config.quote-it"),
        .init([("let", "{§Big: \"running\"}")], "config.bad-name"),
        .init([("delay", "{raise: §10}")], "config.expected"),
        .init([("delay", "{raise: §8d}")], "config.outside"),
        .init([("delay", "{§rise: 10s}")], "config.unknown"),
        .init([("delay", "§10s")], "config.expected"),
        .init([("delay", "{raise: 10s, unknown: §5m}")], "config.unknown-delay-without-raise"),
        .init([("on_unknown", "§ignore")], "config.expected"),
        .init([("on_unknown", "raise"), ("max_hold", "§10m")], "config.max-hold-without-hold"),
        .init([("max_hold", "§30d")], "config.outside"),
        .init([("min_coverage", "§1.5")], "config.outside"),
        .init([("min_coverage", "§most")], "config.expected"),
        .init([("priority", "§p5")], "config.unknown"),
        .init([("priority", "§p2")], "config.guidance-missing"),
        .init([("latch", "§maybe")], "config.expected"),
        .init([("relatch", "§silent")], "config.relatch-without-latch"),
        .init([("latch", "true"), ("relatch", "§loud")], "config.unknown"),
        .init([("ack", "{raise: §never}")], "config.unknown"),
        .init([("ack", "{raise: auto, timeout: §2h}")], "config.timeout-without-ack"),
        .init([("ack", "{raise: auto, rtn: §required}")], "config.return-without-ack"),
        .init([("ack", "{timeout: §1s}")], "config.outside"),
        .init([("realarm", "§{max: 3}")], "config.missing"),
        .init([("realarm", "{after: 4h, max: §0}")], "config.outside"),
        .init([("caused_by", "§link.down")], "config.expected"),
        .init([("caused_by", "§[]")], "config.list-count"),
        .init([("caused_by", "[system.bus_down, §system.bus_dwn]")], "config.unknown"),
        .init([("caused_by", "[§own]")], "rule.cause-circle"),
        .init([("chatter", "{activations: §1}")], "config.outside"),
        .init([("chatter", "{within: §10}")], "config.expected"),
        .init([("mode", "§dark")], "config.unknown"),
        .init([("text", "§{zh: 一}")], "config.missing"),
        .init([("text", "{zh: 一, en: §\"{presure} is low\"}")], "rule.unknown-place"),
        .init([("guidance", "§{cause: {zh: 因, en: cause}, action: {zh: 行, en: act}}")], "config.missing"),
        .init([("work_order", "{title: §{en: Look}}")], "config.missing"),
        .init([("work_order", "{after: §acked}")], "config.expected"),
        .init([("work_order", "{after: §acked_or(0s)}")], "config.outside"),
        .init([("on_unknown", "§\"clear(after: 500ms)\"")], "config.outside"),
        .init([("on_unknown", "§\"clear(after: 8d)\"")], "config.outside"),
        .init([("on_unknown", "§\"clear(after: 99999999999999ms)\"")], "config.outside"),
        .init([("work_order", "{group: §Water}")], "config.bad-name"),
        .init([("route", "§nobody")], "config.unknown"),
        .init([("mode", "shadow"), ("work_order", "§{group: water}")], "rule.shadow-order", .warning),
        .init(
            [("priority", "p1"), ("guidance", guidance), ("on_unknown", "§suppress")], "rule.urgent-unknown"),
        .init(
            [("priority", "p1"), ("guidance", guidance), ("on_unknown", "§\"clear(after: 5m)\"")],
            "rule.urgent-unknown"),
    ]

    static let ladders: [MalformedRule] = [
        .init(levels("§[\(low)]"), "config.list-count"),
        .init(levels("[{priority: p3, when: \"running\"}, §\(low)]"), "config.level-order"),
        .init(
            [
                ("priority", nil), ("when", "§\"running\""),
                ("levels", "[\(low), {priority: p3, when: \"outlet_pressure > 1 MPa\"}]"),
            ], "config.not-beside-levels"),
        .init(levels("[\(low), §{priority: p3}]"), "config.missing"),
        .init(levels("[\(low), {priority: p3, when: \"running\", §unknown: 5s}]"), "config.unknown"),
        .init(
            levels("[\(low), {priority: p3, when: \"running\", delay: {§unknown: 5s}}]"), "config.unknown"),
        .init(
            levels(
                "[\(low), {priority: p3, when: \"outlet_pressure > 1 MPa\", clear_when: \"outlet_pressure < 0.9 MPa\", deadband: §1 MPa}]"
            ), "config.deadband-and-clear"),
        .init(
            levels("[\(low), {priority: p3, when: \"outlet_pressure > 1 MPa\", deadband: §much}]"),
            "config.expected"),
        .init(
            levels("[\(low), {priority: p3, when: \"outlet_pressure > §1 MPa\", deadband: 1 A}]"),
            "rule.unit-mismatch"),
        .init(
            levels("[\(low), {priority: p3, when: \"§running\", deadband: 1 MPa}]"),
            "rule.deadband-without-comparison"),
        .init(levels("§[\(low), {priority: p2, when: \"running\"}]"), "config.guidance-missing"),
    ]

    static let expressions: [MalformedRule] = [
        .init(when: "§runing", "rule.unknown-name-suggestion"),
        .init(when: "running && §P1.nothing", "rule.unknown-name"),
        .init(when: "outlet_pressure §> 5 A", "rule.unit-mismatch"),
        .init(when: "outlet_pressure > §5", "rule.missing-unit"),
        .init(when: "outlet_pressure > 5 §Bar", "rule.unknown-unit-suggestion"),
        .init(when: "running §# 1", "rule.unexpected-character"),
        .init(when: "0 MPa < outlet_pressure §< 1 MPa", "rule.chained-comparison"),
        .init(when: "(running§", "rule.expected"),
        .init(when: "running &&§", "rule.expected"),
        .init(when: "running §running", "rule.unexpected"),
        .init(when: "§hold(running, 5s)", "rule.unknown-function"),
        .init(when: "§held(running)", "rule.argument-count"),
        .init(when: "held(running, §5)", "rule.needs-duration"),
        .init(when: "§outlet_pressure", "rule.needs-condition"),
        .init(when: "abs(§running) > 1", "rule.needs-number"),
        .init(when: "mode == §manuel", "rule.unknown-state"),
        .init(when: "mode §> auto", "rule.no-order"),
        .init(when: "running §== outlet_pressure", "rule.type-mismatch"),
        .init(when: "'x' §== 'y'", "rule.text-only-compared"),
        .init(when: "mode == §unknown", "rule.compare-unknown"),
        .init(when: "running §and mode == auto", "rule.use-symbol"),
        .init(when: "good(§1)", "rule.needs-point"),
        .init(when: "mode in {auto, §running}", "rule.needs-constant"),
        .init(when: "§true", "rule.no-point"),
        .init(when: "run_seconds §* run_seconds > 1 A", "rule.unit-arithmetic"),
        .init(when: "running && in_schedule(§nigt)", "rule.no-schedules"),
        .init(when: "§running && !running", "rule.never", .warning),
        .init(when: "§outlet_pressure > 1 MPa && outlet_pressure < 0.5 MPa", "rule.never", .warning),
        .init(when: "§running || !running", "rule.always", .warning),
        .init(when: "held(mode == auto, §6s)", "rule.window-too-short", .warning),
        .init(
            [("when", "\"§mode == auto\""), ("delay", "{raise: 6s}")], "rule.delay-too-short", .warning),
        .init([("let", "{running: \"§mode == auto\"}")], "rule.binding-hides-point"),
        .init([("let", "{a: \"running && §b\"}"), ("when", "\"a\"")], "rule.unknown-name"),
        .init([("clear_when", "\"§outlet_presure > 1 MPa\"")], "rule.unknown-name-suggestion"),
        .init([("active_if", "\"§run_seconds\"")], "rule.needs-condition"),
        .init(
            [
                ("when", "\"outlet_pressure < 0.2 MPa\""),
                ("clear_when", "\"§outlet_pressure > 0.1 MPa\""),
            ], "rule.clear-overlaps", .warning),
        .init(
            [("when", "\"running\""), ("clear_when", "\"§mode == stop\"")], "rule.clear-overlaps", .warning),
        .init([("§id", "own"), ("match", "{class: lift}")], "rule.no-asset", .warning),
    ]

    private static let rule =
        "rules:\n  - id: own\n    match: {class: pump}\n    when: \"running && in_schedule(night)\"\n    priority: p3\n    text: {zh: 一, en: one}\n"

    static let files: [MalformedRule] = [
        .init(
            file: rule + "schedules:\n  night: {from: \"22:00\", to: §\"22:00\"}\n", "config.schedule-empty"),
        .init(
            file: rule + "schedules:\n  night: {from: \"22:00\", to: §\"24:30\"}\n", "config.expected"),
        .init(
            file: rule + "schedules:\n  night: {from: §22:00, to: \"07:00\"}\n", "config.quote-it"),
        .init(
            file: rule + "schedules:\n  night: {days: [mon, §tues], from: \"22:00\", to: \"07:00\"}\n",
            "config.unknown"),
        .init(
            file: rule + "schedules:\n  night: {tz: §Mars/Olympus, from: \"22:00\", to: \"07:00\"}\n",
            "config.timezone"),
        .init(
            file: "schedules: {night: {from: \"22:00\", to: \"07:00\"}}\n" + rule
                + "  - id: §own\n    match: {class: pump}\n    when: \"running\"\n    priority: p3\n    text: {zh: 一, en: one}\n",
            "config.twice"),
        .init(
            file: """
                rules:
                  - id: a
                    match: {class: pump}
                    when: "running"
                    priority: p3
                    text: {zh: 一, en: one}
                    caused_by: [§b]
                  - id: b
                    match: {class: pump}
                    when: "mode == auto"
                    priority: p3
                    text: {zh: 二, en: two}
                    caused_by: [pump.pressure_low, a]
                """, "rule.cause-circle"),
        .init(file: "§rule: []\n", "config.unknown"),
        .init(file: "rules: §{}\n", "config.expected"),
        .init(file: "rules:\n  - §running\n", "config.expected"),
    ]
}

@Suite struct `A malformed rule` {
    @Test(arguments: MalformedRule.all)
    func `is told once, at its place`(rule: MalformedRule) throws {
        let problems = try withTemporaryFolder { folder in
            try overlay("\(Checkout.fixtures)/base", onto: folder)
            try FileManager.default.createDirectory(
                atPath: "\(folder)/rules", withIntermediateDirectories: true)
            try Data(rule.file.utf8).write(to: URL(fileURLWithPath: "\(folder)/rules/own.yaml"))
            let result = World.loader(folder, share: ShareFolder("\(Checkout.fixtures)/share")).load()
            #expect((result.configuration == nil) == (rule.severity == .error))
            return result.problems
        }
        #expect(problems.map(\.message.key) == [rule.key], "\(rendered(problems))")
        #expect(problems.map(\.severity) == [rule.severity])
        #expect(problems.map(\.position) == [rule.place])
        for problem in problems {
            for language in Language.allCases {
                let text = Checkout.catalog.text(problem.message, in: language)
                #expect(text.firstMatch(of: /\{[a-z-]+\}/) == nil, "\(text)")
                #expect(!text.hasPrefix(problem.message.key))
            }
        }
    }

    @Test func `is one of many`() {
        #expect(MalformedRule.all.count >= 100)
        #expect(MalformedRule.all.allSatisfy { $0.place != nil })
    }
}
