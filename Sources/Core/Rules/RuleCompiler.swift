import Facility

/// The points of a site by asset and name.
struct PointDirectory {
    let site: Site
    private let byAsset: [AssetID: [String: PointID]]
    private let siblings: [AssetID: [AssetID]]

    init(_ site: Site) {
        self.site = site
        var byAsset: [AssetID: [String: PointID]] = [:]
        for point in site.points { byAsset[point.asset, default: [:]][point.name] = point.id }
        self.byAsset = byAsset
        var families: [Family: [AssetID]] = [:]
        for asset in site.assets where byAsset[asset.id] != nil {
            guard let parent = asset.parent else { continue }
            families[Family(parent: parent, assetClass: asset.assetClass), default: []].append(asset.id)
        }
        var siblings: [AssetID: [AssetID]] = [:]
        for family in families.values where family.count > 1 {
            for asset in family { siblings[asset] = family.filter { $0 != asset } }
        }
        self.siblings = siblings
    }

    private struct Family: Hashable {
        let parent: AssetID
        let assetClass: AssetClass
    }

    /// The point a name means in a rule about an asset: its own, its parent's, or another asset's.
    func point(_ path: [String], for asset: Asset) -> PointID? {
        switch path.count {
        case 1: byAsset[asset.id]?[path[0]]
        case 2 where path[0] == "parent": asset.parent.flatMap { byAsset[$0]?[path[1]] }
        case 2: byAsset[AssetID(path[0])]?[path[1]]
        case 3 where path[0] == "siblings":
            Int(path[1]).flatMap { siblings(of: asset)[at: $0] }.flatMap { byAsset[$0]?[path[2]] }
        default: nil
        }
    }

    /// The other assets with points that have the class and the parent of an asset.
    func siblings(of asset: Asset) -> [AssetID] { siblings[asset.id] ?? [] }

    /// The names of an asset's points.
    func names(of asset: AssetID) -> [String] {
        byAsset[asset].map { Array($0.keys) } ?? []
    }

    /// The assets with points that a rule is meant for.
    func assets(matching match: RuleMatch) -> [Asset] {
        site.assets.filter { byAsset[$0.id] != nil && match.includes($0) }
    }
}

extension Array {
    /// The element at a place; nil outside.
    fileprivate subscript(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension RuleMatch {
    /// Whether every condition given holds for an asset.
    func includes(_ asset: Asset) -> Bool {
        if let assetClass, assetClass != asset.assetClass { return false }
        if let profile, profile != asset.profile { return false }
        if let wanted = self.asset, wanted != asset.id { return false }
        if let location, asset.location != location, !asset.location.hasPrefix(location + "/") {
            return false
        }
        return labels.allSatisfy { asset.labels[$0.key] == $0.value }
    }
}

/// Checks one rule and lowers it once for every shape of points it meets.
struct RuleCompiler {
    /// An expression of the rule that could be read.
    private struct Part {
        let role: String
        let source: ExpressionText
        let syntax: Syntax?
        let use: Use

        var isBinding: Bool { use == .binding }
    }

    /// What an expression is for.
    private enum Use: Hashable {
        case binding, when, clearWhen, activeIf
        /// The condition of a rung, and what takes it off again.
        case rung(Int), rungClear(Int)
        /// What takes a rung off again where a dead-band says it.
        case rungDeadband(Int)
    }

    /// What a program depends on, of one point.
    private struct Shape: Hashable {
        let kind: Point.Kind
        let unit: MeasurementUnit?
        let states: [Point.State]
        let expectedMilliseconds: Int64?

        init(_ point: Point) {
            kind = point.kind
            unit = point.unit
            states = point.states
            expectedMilliseconds = point.expectedMilliseconds
        }
    }

    private struct Lowered {
        var program: RuleProgram?
        var problems: [Problem] = []
    }

    private let definition: RuleDefinition
    private let directory: PointDirectory
    private let schedules: [String: RuleSchedule]

    init(
        _ definition: RuleDefinition, _ directory: PointDirectory, schedules: [String: RuleSchedule] = [:]
    ) {
        self.definition = definition
        self.schedules = schedules
        self.directory = directory
    }

    /// The rule with its instances, unless it has errors; and everything that is wrong with it.
    func compile() -> (rule: CompiledRule?, problems: [Problem]) {
        var problems: [Problem] = []
        let parts = parse(&problems)
        let assets = directory.assets(matching: definition.match)
        guard !assets.isEmpty else {
            problems += checked([])
            problems.append(problem(.warning, at: definition.position, "rule.no-asset"))
            return (outcome(instances: [], problems), problems)
        }
        problems += unknownPlaces(assets)
        let (instances, found) = lower(parts, for: assets)
        problems += found
        problems += checked(instances)
        return (outcome(instances: instances, problems), problems)
    }

    private func checked(_ instances: [RuleInstance]) -> [Problem] {
        RuleChecks.problems(
            of: RuleSubject(definition: definition, instances: instances, site: directory.site))
    }

    private func outcome(instances: [RuleInstance], _ problems: [Problem]) -> CompiledRule? {
        guard problems.allSatisfy({ $0.severity == .warning }) else { return nil }
        return CompiledRule(definition: definition, instances: instances)
    }

    // MARK: Reading

    /// The expressions of the rule, each name before the expressions that may use it.
    private var sources: [(role: String, source: ExpressionText, use: Use)] {
        var sources: [(String, ExpressionText, Use)] = definition.bindings.map {
            ($0.name, $0.expression, .binding)
        }
        if definition.levels.isEmpty {
            sources.append(("when", definition.when, .when))
            if let clearWhen = definition.clearWhen { sources.append(("clear_when", clearWhen, .clearWhen)) }
        }
        for (index, level) in definition.levels.enumerated() {
            let name = level.priority.name
            sources.append(("when \(name)", level.when, .rung(index)))
            if let clearWhen = level.clearWhen {
                sources.append(("clear_when \(name)", clearWhen, .rungClear(index)))
            } else if level.deadband != nil {
                sources.append(("clear_when \(name)", level.when, .rungDeadband(index)))
            }
        }
        if let activeIf = definition.activeIf { sources.append(("active_if", activeIf, .activeIf)) }
        return sources
    }

    private func parse(_ problems: inout [Problem]) -> [Part] {
        var parts: [Part] = []
        for (role, source, use) in sources {
            var syntax: Syntax?
            do throws(ExpressionProblem) {
                syntax = try Parser.parse(source.text)
            } catch {
                problems += located(error, in: source, asset: nil)
            }
            if case .rungDeadband(let index) = use, let condition = syntax {
                syntax = stretched(condition, by: definition.levels[index], &problems)
            }
            if use == .binding, parts.contains(where: { $0.isBinding && $0.role == role }) {
                problems.append(problem(at: source.position, "rule.duplicate-binding", ["name": .text(role)]))
            }
            parts.append(Part(role: role, source: source, syntax: syntax, use: use))
        }
        return parts
    }

    /// What takes a rung off: its condition no longer holds, even with its comparisons moved by the dead-band.
    private func stretched(
        _ condition: Syntax, by level: RuleDefinition.Level, _ problems: inout [Problem]
    ) -> Syntax? {
        guard let source = level.deadband else { return nil }
        let deadband: Deadband
        do throws(ExpressionProblem) {
            deadband = try Deadband(source)
        } catch {
            problems += located(error, in: source, asset: nil)
            return nil
        }
        do throws(ExpressionProblem) {
            return Syntax(kind: .not(try deadband.stretched(condition)), offset: condition.offset)
        } catch {
            problems += located(error, in: level.when, asset: nil)
            return nil
        }
    }

    private func unknownPlaces(_ assets: [Asset]) -> [Problem] {
        Language.allCases.flatMap { language -> [Problem] in
            let places = Set(RuleText.places(definition.text[language])).subtracting(["device", "location"])
            return places.sorted().compactMap { place -> Problem? in
                let path = place.split(separator: ".").map(String.init)
                guard !assets.contains(where: { directory.point(path, for: $0) != nil }) else { return nil }
                return problem(
                    at: definition.place(of: .text(language)), "rule.unknown-place", ["place": .text(place)])
            }
        }
    }

    // MARK: Lowering

    private func lower(_ parts: [Part], for assets: [Asset]) -> ([RuleInstance], [Problem]) {
        var paths: [[String]] = []
        for path in parts.flatMap({ $0.syntax?.names ?? [] }) where !paths.contains(path) {
            paths.append(path)
        }
        var byShape: [[Shape?]: Lowered] = [:]
        var instances: [RuleInstance] = []
        var lacking: [(asset: Asset, problems: [Problem])] = []
        var problems: [Problem] = []
        for asset in assets {
            var shape = paths.map { path in
                directory.point(path, for: asset).map { Shape(directory.site[$0]) }
            }
            if paths.contains(["siblings"]) {
                for (index, _) in directory.siblings(of: asset).enumerated() {
                    shape += paths.map { path in
                        path.count > 1
                            ? nil
                            : directory.point(["siblings", String(index), path[0]], for: asset)
                                .map { Shape(directory.site[$0]) }
                    }
                }
            }
            let lowered = byShape[shape] ?? lower(parts, for: asset)
            byShape[shape] = lowered
            if let program = lowered.program {
                problems += lowered.problems
                let points = program.pointNames.compactMap { directory.point($0, for: asset) }
                instances.append(
                    RuleInstance(
                        rule: definition.id, asset: asset.id, points: points, program: program,
                        siblings: directory.siblings(of: asset)))
            } else if lowered.problems.allSatisfy({
                $0.severity == .warning || $0.message.key.hasPrefix(UnknownName.key)
            }) {
                lacking.append((asset, lowered.problems.filter { $0.severity == .error }))
            } else {
                problems += lowered.problems
            }
        }
        if instances.isEmpty, problems.isEmpty, let first = lacking.first {
            problems = first.problems
        } else if let first = lacking.first, let missing = first.problems.first {
            problems.append(
                problem(
                    .warning, at: missing.position, "rule.assets-without-points",
                    [
                        "count": .text(String(lacking.count)), "asset": .text(first.asset.id.name),
                        "problem": .message(missing.message),
                    ]))
        }
        var seen: Set<Problem> = []
        return (instances, problems.filter { seen.insert($0).inserted })
    }

    private func lower(_ parts: [Part], for asset: Asset) -> Lowered {
        var lowering = Lowering(
            schedules: schedules, coverage: definition.coverage,
            siblingCount: directory.siblings(of: asset).count
        ) { path in
            directory.point(path, for: asset).map { directory.site[$0] }
        }
        var result = Lowered()
        var clauses: [RuleProgram.Clause] = []
        for part in parts {
            let index = clauses.count
            let windowCount = lowering.windows.count
            var isCondition = true
            do throws(ExpressionProblem) {
                isCondition = try lower(part, at: index, into: &lowering)
            } catch {
                result.problems += located(error, in: part.source, asset: asset)
                if part.isBinding { lowering.bind(part.role, to: index, nil) }
            }
            result.problems += windowWarnings(lowering.windows[windowCount...], in: part)
            result.problems += delayWarnings(lowering.points, part)
            let isDerived = if case .rungDeadband = part.use { true } else { false }
            clauses.append(
                .init(
                    role: part.role,
                    expression: isDerived ? part.syntax?.written ?? "" : part.source.text, index: index,
                    isCondition: isCondition))
        }
        let isUsable = result.problems.allSatisfy { $0.severity == .warning }
        guard isUsable, parts.allSatisfy({ $0.syntax != nil }) else { return result }
        guard !lowering.pointNames.isEmpty else {
            result.problems.append(problem(at: definition.when.position, "rule.no-point"))
            return result
        }
        let place = { (use: Use) in parts.firstIndex { $0.use == use } }
        if !definition.levels.isEmpty {
            lowering.keepLadder(ladder(place), at: clauses.count)
        }
        result.program = RuleProgram(
            lowering, clauses: clauses, keptCount: clauses.count + (definition.levels.isEmpty ? 0 : 1),
            whenIndex: place(.when) ?? clauses.count, clearIndex: place(.clearWhen),
            activeIndex: place(.activeIf), fingerprint: fingerprint)
        return result
    }

    private func ladder(_ place: (Use) -> Int?) -> [(rung: Rung, raise: Int, clear: Int?)] {
        definition.levels.enumerated().compactMap { index, level in
            guard let raise = place(.rung(index)) else { return nil }
            let rung = Rung(
                raiseDelayMilliseconds: level.raiseDelayMilliseconds,
                clearDelayMilliseconds: level.clearDelayMilliseconds,
                holdMilliseconds: definition.holdMilliseconds)
            return (rung, raise, place(.rungClear(index)) ?? place(.rungDeadband(index)))
        }
    }

    /// Lowers one expression; whether its value is a condition.
    private func lower(
        _ part: Part, at index: Int, into lowering: inout Lowering
    ) throws(ExpressionProblem) -> Bool {
        guard let syntax = part.syntax else { throw ExpressionProblem(0, nil) }
        guard part.isBinding else {
            try lowering.keepCondition(syntax, at: index)
            return true
        }
        if lowering.hasPoint(part.role) {
            throw ExpressionProblem(0, "rule.binding-hides-point", ["name": .text(part.role)])
        }
        let type = try lowering.keep(syntax, at: index)
        lowering.bind(part.role, to: index, type, syntax)
        return type.isTruth
    }

    private func windowWarnings(_ windows: some Sequence<Lowering.Window>, in part: Part) -> [Problem] {
        windows.compactMap { window in
            guard let slowest = window.points.compactMap(\.expectedMilliseconds).max(),
                window.milliseconds < 2 * slowest
            else { return nil }
            return problem(
                .warning, at: part.source.position(offset: window.offset), "rule.window-too-short",
                ["window": .text(seconds(window.milliseconds)), "poll": .text(seconds(slowest))])
        }
    }

    private func delayWarnings(_ points: [Point], _ part: Part) -> [Problem] {
        let delay: Int64
        switch part.use {
        case .when: delay = definition.raiseDelayMilliseconds
        case .rung(let index): delay = definition.levels[index].raiseDelayMilliseconds
        case .binding, .clearWhen, .activeIf, .rungClear, .rungDeadband: return []
        }
        guard delay > 0, let slowest = points.compactMap(\.expectedMilliseconds).max(), delay < 2 * slowest
        else { return [] }
        return [
            problem(
                .warning, at: part.source.position, "rule.delay-too-short",
                ["delay": .text(seconds(delay)), "poll": .text(seconds(slowest))])
        ]
    }

    private func seconds(_ milliseconds: Int64) -> String {
        milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }

    // MARK: Problems

    private func problem(
        _ severity: Problem.Severity = .error, at position: SourcePosition, _ key: String,
        _ arguments: [String: Message.Argument] = [:]
    ) -> Problem {
        var arguments = arguments
        arguments["rule"] = .text(definition.id.name)
        return Problem(severity, at: position, Message(key, arguments))
    }

    /// A problem of an expression at its place in the file; an unknown name gets the asset it was sought in.
    private func located(
        _ found: ExpressionProblem, in source: ExpressionText, asset: Asset?
    ) -> [Problem] {
        guard var message = found.message else { return [] }
        if message.key == UnknownName.key, let asset { message = unknownName(message, asset) }
        return [Problem(at: source.position(offset: found.offset), message)]
    }

    private func unknownName(_ message: Message, _ asset: Asset) -> Message {
        guard case .text(let name)? = message.arguments["name"],
            case .text(let bound)? = message.arguments["bound"]
        else { return message }
        var arguments: [String: Message.Argument] = ["name": .text(name), "asset": .text(asset.id.name)]
        let parts = name.split(separator: ".").map(String.init)
        var candidates = directory.names(of: asset.id) + bound.split(separator: ",").map(String.init)
        if parts.count == 2 {
            let owner = parts[0] == "parent" ? asset.parent?.name ?? "" : parts[0]
            candidates = directory.names(of: AssetID(owner)).map { "\(parts[0]).\($0)" }
        }
        guard let meant = nearestName(to: name, in: candidates) else {
            return Message(UnknownName.key, arguments)
        }
        arguments["suggestion"] = .text(meant)
        return Message(UnknownName.key + "-suggestion", arguments)
    }

    /// FNV-1a over every expression with its role.
    private var fingerprint: UInt64 {
        var texts = definition.bindings.flatMap { [$0.name, $0.expression.text] }
        for level in definition.levels {
            texts += [level.when.text, level.clearWhen?.text ?? "", level.deadband?.text ?? ""]
        }
        if !definition.levels.isEmpty, definition.holdMilliseconds != nil { texts.append("hold") }
        texts += [definition.when.text, definition.clearWhen?.text ?? "", definition.activeIf?.text ?? ""]
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in texts.joined(separator: "\u{0}").utf8 {
            digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return digest
    }
}
