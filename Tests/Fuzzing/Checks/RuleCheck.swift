import Facility
import Foundation
import Rules

/// Expressions of people: whatever is written, and whatever is measured at whatever time, the language answers.
///
/// What compiles is played with samples. The answers obey Kleene's laws, the same samples give the same answers,
/// memory is bounded, and memory that was kept as JSON and given back answers like memory that was not. Of one input
/// in eight the text is compiled twice: the same text has the same problems and the same program.
enum RuleCheck {
    static func finding(_ bytes: [UInt8]) -> String? {
        var input = FuzzInput(bytes)
        let flags = input.byte()
        let text = flags & 1 == 0 ? words(&input) : characters(&input)
        let coverage = [0.8, 0, 1, 0.5][Int(flags >> 1 & 3)]
        let rule = definition(text, coverage: coverage)
        let compiled = RuleSet.compile([rule], schedules: [night], for: site)
        let isTwice = flags >> 3 & 7 == 0
        let again = isTwice ? RuleSet.compile([rule], schedules: [night], for: site) : compiled
        guard compiled.problems == again.problems else { return "the same text has other problems" }
        if let place = compiled.problems.map(\.position).first(where: { $0.line < 1 || $0.column < 1 }) {
            return "a problem at \(place)"
        }
        guard let instance = compiled.rules.instances.first, let twin = again.rules.instances.first else {
            return compiled.problems.contains { $0.severity == .error } ? nil : "no instance and no error"
        }
        guard instance.fingerprint == twin.fingerprint else { return "the same text has another digest" }
        var play = Play(instance, twin)
        return play.finding(&input)
    }

    // MARK: What is asked

    private static func definition(_ text: String, coverage: Double) -> RuleDefinition {
        func source(_ text: String, line: Int) -> ExpressionText {
            ExpressionText(text, at: SourcePosition(file: "f.yaml", line: line, column: 1))
        }
        let laws = [("e", text), ("not", "!e"), ("either", "e || not"), ("both", "e && not")]
        return RuleDefinition(
            id: "r", position: SourcePosition(file: "f.yaml", line: 1, column: 1),
            match: RuleMatch(asset: "P1"),
            bindings: laws.enumerated().map { .init(name: $1.0, expression: source($1.1, line: 2 + $0)) },
            when: source("e", line: 9), priority: .p3, text: Bilingual(zh: "t", en: "t"), coverage: coverage)
    }

    /// Pieces of the language in any order; a 0 ends them.
    private static func words(_ input: inout FuzzInput) -> String {
        var text = ""
        for _ in 0..<64 {
            let word = Int(input.byte())
            guard word > 0, !input.isAtEnd else { break }
            text += vocabulary[word % vocabulary.count]
        }
        return text
    }

    /// Any characters; a 0 ends them.
    private static func characters(_ input: inout FuzzInput) -> String {
        var bytes: [UInt8] = []
        while !input.isAtEnd, bytes.count < 600 {
            let byte = input.byte()
            if byte == 0 { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let vocabulary = [
        "run", "fault", "level", "temp", "mode", "count", "word", "serial", "parent.depth", "P2.run", " && ",
        " || ", "!", " == ", " != ", " < ", " <= ", " > ", " >= ", " + ", " - ", " * ", " / ", " % ", " ?? ",
        " ? ", " : ", "(", ")", "{", "}", ", ", " in ", "0", "1", "2.5", "1e308", "5 m", "3 K", "20 °C",
        "50 %",
        "10s", "5m", "1h", "7d", "true", "false", "auto", "'x'", "wrap: 100", "learn: 1h", "when: ",
        "unknown",
        "held(run, 10s)", "within(fault, 1m)", "count(run, 1m)", "avg(level, 1m)", "min(level, 10s)",
        "max(temp, 1m)", "sum(flow, 1h)", "first(level, 10s)", "last(temp, 1m)", "delta(temp, 1m)",
        "rate(level, 1m)", "increase(count, 1m)", "increase(count, 1m, wrap: 100)", "changed(mode, 10s)",
        "runtime(run, 1m)", "prev(level)", "prev(mode)", "age(level)", "good(temp)", "in_schedule(night)",
        "siblings.any(fault)", "siblings.all(run)", "siblings.count(fault)", "bit(word, 3)", "abs(",
        "between(",
        "baseline(level, learn: 10s)", "baseline(avg(level, 5s), learn: 1m, when: run)", "held(", "avg(",
        "count(",
    ]

    // MARK: Where it is asked

    private static let night = RuleSchedule(
        name: "night", days: [1, 2, 3, 4, 5, 6, 7], fromMinutes: 1320, toMinutes: 420,
        zone: .fixed("Asia/Shanghai", hours: 8))

    private static let site: Site = {
        func asset(_ name: String, parent: AssetID? = "S") -> Asset {
            Asset(
                id: AssetID(name), assetClass: .pump, label: Bilingual(zh: name, en: name), location: "B1",
                parent: parent)
        }
        var points: [Point] = []
        func add(_ asset: AssetID, _ name: String, _ kind: Point.Kind, _ unit: String? = nil, states: Int = 0)
        {
            points.append(
                Point(
                    id: PointID(points.count), asset: asset, name: name, label: Bilingual(zh: name, en: name),
                    kind: kind, unit: unit.flatMap(MeasurementUnit.init(symbol:)),
                    states: (0..<states).map {
                        Point.State(
                            code: Int64($0), name: ["off", "auto", "hand"][$0],
                            label: Bilingual(zh: "", en: ""))
                    }, expectedMilliseconds: 1000))
        }
        for name in ["P1", "P2", "P3"] {
            add(AssetID(name), "run", .state)
            add(AssetID(name), "fault", .state)
        }
        add("P1", "level", .gauge, "m")
        add("P1", "temp", .gauge, "°C")
        add("P1", "flow", .gauge, "m³/h")
        add("P1", "mode", .state, states: 3)
        add("P1", "count", .counter)
        add("P1", "word", .gauge)
        add("P1", "serial", .text)
        add("S", "depth", .gauge, "cm")
        return Site(
            id: "f", label: Bilingual(zh: "f", en: "f"), language: .en,
            zone: .fixed("Asia/Shanghai", hours: 8),
            assets: ["P1", "P2", "P3"].map { asset($0) } + [asset("S", parent: nil)], points: points)
    }()

    /// One rule under samples, beside its twin.
    private struct Play {
        private let instance: RuleInstance
        private let twin: RuleInstance
        private var table: PointTable
        private var slots: [RuleMemory.Slot]
        private var twinSlots: [RuleMemory.Slot]
        private var scratch = RuleScratch()
        private var now = Moment(wallMilliseconds: 1_772_323_200_000, uptimeMilliseconds: 1_000_000)

        init(_ instance: RuleInstance, _ twin: RuleInstance) {
            self.instance = instance
            self.twin = twin
            table = PointTable(pointCount: site.points.count, startedAt: now)
            slots = instance.emptySlots
            twinSlots = twin.emptySlots
        }

        mutating func finding(_ input: inout FuzzInput) -> String? {
            for _ in 0..<200 where !input.isAtEnd {
                let step = input.byte()
                pass(step & 7, &input)
                if step & 0x18 != 0 { measure(&input) }
                if let finding = look() { return finding }
                if step & 0xE0 == 0xE0, let finding = restart() { return finding }
            }
            return nil
        }

        /// Lets time pass, or not; both clocks may go any way.
        private mutating func pass(_ kind: UInt8, _ input: inout FuzzInput) {
            let span = Int64(input.byte())
            switch kind {
            case 0: break
            case 1, 2: now = now.advanced(milliseconds: span)
            case 3, 4: now = now.advanced(milliseconds: span * 100)
            case 5: now = now.advanced(milliseconds: span * 60_000)
            case 6: now = now.advanced(milliseconds: -span * 50)
            default:
                now = Moment(
                    wallMilliseconds: now.wallMilliseconds + (span - 128) * 3_600_000,
                    uptimeMilliseconds: now.uptimeMilliseconds + span)
            }
        }

        private mutating func measure(_ input: inout FuzzInput) {
            let point = instance.points[Int(input.byte()) % instance.points.count]
            let number = input.byte()
            let wall = now.wallMilliseconds
            let sample: Sample
            switch (number, site[point].kind) {
            case (255, _): sample = Sample(point, failed: .timeout, at: wall)
            case (254, _): sample = Sample(point, .number(.nan), at: wall)
            case (253, _): sample = Sample(point, .number(1.7e308), at: wall)
            case (252, _): sample = Sample(point, .number(-1.7e308), at: wall)
            case (251, _): sample = Sample(point, .number(.infinity), at: wall)
            case (250, _): sample = Sample(point, .number(-0.0), at: wall)
            case (249, _): sample = Sample(point, .integer(.min), at: wall)
            case (248, _): sample = Sample(point, .flag(true), .uncertain(.stale), at: wall)
            case (_, .text): sample = Sample(point, .text(number % 2 == 0 ? "x" : "y"), at: wall)
            case (_, .state) where site[point].states.isEmpty:
                sample = Sample(point, .flag(number % 2 == 0), at: wall)
            case (_, .state): sample = Sample(point, .integer(Int64(number % 3)), at: wall)
            case (_, .gauge), (_, .counter): sample = Sample(point, .number(Double(number) / 4), at: wall)
            }
            _ = table.record(sample, at: now)
        }

        private mutating func look() -> String? {
            let laws = instance.explain(table, slots: slots, at: now).map(\.truth)
            let verdict = instance.evaluate(table, slots: &slots, scratch: &scratch, at: now)
            let other = twin.evaluate(table, slots: &twinSlots, scratch: &scratch, at: now)
            guard verdict == other else { return "the twin says \(other), not \(verdict)" }
            guard laws[0] == verdict.when else { return "explained as \(laws[0]), and is \(verdict.when)" }
            guard laws[1] == !laws[0] else { return "not \(laws[0]) is \(laws[1])" }
            guard laws[2] == (laws[0] == .unknown ? .unknown : .yes) else {
                return "\(laws[0]) or not: \(laws[2])"
            }
            guard laws[3] == (laws[0] == .unknown ? .unknown : .no) else {
                return "\(laws[0]) and not: \(laws[3])"
            }
            if let due = verdict.recheckUptimeMilliseconds, due <= now.uptimeMilliseconds {
                return "wants to be looked at in the past"
            }
            return nil
        }

        /// Both go on from what is kept: one as it is, the other through JSON.
        private mutating func restart() -> String? {
            let kept = instance.kept(slots, at: now)
            let memory = RuleMemory(rule: "r", asset: "P1", fingerprint: instance.fingerprint, slots: kept)
            guard let data = try? JSONEncoder().encode(memory) else { return "memory that cannot be kept" }
            if data.count > 2000 + 16_000 * kept.count { return "\(data.count) bytes of memory" }
            guard let decoded = try? JSONDecoder().decode(RuleMemory.self, from: data) else {
                return "memory that is not given back"
            }
            guard decoded == memory else { return "memory that is not the same when given back" }
            slots = instance.resumed(memory)
            twinSlots = twin.resumed(decoded)
            return nil
        }
    }
}
