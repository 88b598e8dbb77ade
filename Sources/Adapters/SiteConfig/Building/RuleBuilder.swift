internal import Engine
internal import Facility
internal import Rules

/// Puts the site's own rules and those of the shipped packs together, looks up what they refer to, and checks
/// their meaning against the site.
struct RuleBuilder {
    private let files: SiteFiles
    private let problems: ProblemList
    /// The shipped packs the site uses.
    private let packs: [String]
    private var definitions: [RuleDefinition] = []
    private var shipped: Set<RuleID> = []

    init(files: SiteFiles, packs: [String], problems: ProblemList) {
        self.files = files
        self.packs = packs
        self.problems = problems
    }

    /// The rules of a site; their meaning is looked at only if its points are sound.
    mutating func build(
        for site: Site, schedules: [RuleSchedule], arePointsSound: Bool
    ) -> (definitions: [RuleDefinition], rules: RuleSet) {
        checkPacks()
        collect(site)
        // Alarms about buses and devices that do not answer take it, whatever the rules say.
        if files.hasAllRoutes, !files.routeNames.contains("default") {
            problems.add(.warning, at: files.notifyStart, Message("config.no-default-route"))
        }
        guard arePointsSound else { return (definitions, .empty) }
        let compiled = RuleSet.compile(definitions, schedules: schedules, for: site)
        let unused = report(compiled.problems)
        return (definitions.filter { !unused.contains($0.id) }, compiled.rules)
    }

    private func checkPacks() {
        let known = files.packs.map(\.name)
        for pack in files.site?.rulePacks ?? [] where !known.contains(pack.value) {
            problems.add(at: pack.position, .unknown("rule-pack", pack.value, among: known))
        }
    }

    /// Shipped rules come first: of two rules with one name the site's own is the one its files can change, so
    /// that is where the problem is shown.
    private mutating func collect(_ site: Site) {
        var places: [RuleID: SourcePosition] = [:]
        for pack in files.packs where packs.contains(pack.name) {
            for rule in pack.rules where site.assets.contains(where: { rule.definition.match.includes($0) }) {
                shipped.insert(rule.definition.id)
                add(rule, &places)
            }
        }
        for rule in files.ownRules { add(rule, &places) }
    }

    private mutating func add(_ rule: RuleEntry, _ places: inout [RuleID: SourcePosition]) {
        if let first = places[rule.definition.id] {
            problems.add(at: rule.idPosition, .twice("rule", rule.definition.id.name, first: first))
            return
        }
        places[rule.definition.id] = rule.idPosition
        let errorCount = problems.errorCount
        checkReferences(rule)
        if problems.errorCount == errorCount { definitions.append(rule.definition) }
    }

    private func checkReferences(_ rule: RuleEntry) {
        if let profile = rule.profile, !files.profileNames.contains(profile.value) {
            problems.add(
                at: profile.position, .unknown("profile", profile.value, among: files.profileNames.sorted()))
        }
        if let asset = rule.asset, files.hasAllAssets, !files.assetNames.contains(asset.value) {
            problems.add(at: asset.position, .unknown("asset", asset.value, among: files.assetNames.sorted()))
        }
        if let route = rule.route, files.hasAllRoutes, !files.routeNames.contains(route.value) {
            problems.add(at: route.position, .unknown("route", route.value, among: files.routeNames.sorted()))
        }
        // The rules of packs that the site does not use are known as well: their alarms explain nothing here.
        for cause in rule.causes where !causeNames.contains(cause.value) {
            problems.add(at: cause.position, .unknown("rule", cause.value, among: causeNames.sorted()))
        }
    }

    /// What may explain an alarm: any rule of any file, and the silence of buses and units.
    private var causeNames: Set<String> {
        files.ruleNames.union(
            [SystemAlarm.busDown, SystemAlarm.unitSilent, SystemAlarm.linkDown].map(\.name))
    }

    /// Passes on what is wrong with the meaning of rules. A shipped rule that does not suit the site's points is
    /// left out with a warning: the site cannot change it, and its other rules must still work. One whose points
    /// the site's devices do not have is left out silently, as the library is meant for more than one site has;
    /// so are remarks about shipped rules.
    private func report(_ found: [Problem]) -> Set<RuleID> {
        let places = definitions.map { ($0.position, $0.id) }.sorted { $0.0 < $1.0 }
        var unused: Set<RuleID> = []
        // A missing guidance is reported already, where the priority stands.
        for problem in found where problem.message.key != "rule.no-guidance" {
            let rule = places.last { $0.0.file == problem.position.file && $0.0 <= problem.position }?.1
            guard let rule, shipped.contains(rule) else {
                problems.add([problem])
                continue
            }
            guard problem.severity == .error, unused.insert(rule).inserted, !lacksPoints(problem) else {
                continue
            }
            problems.add(
                .warning, at: problem.position,
                Message(
                    "config.shipped-rule-unused",
                    ["rule": .text(rule.name), "problem": .message(problem.message)]))
        }
        return unused
    }

    /// Whether a rule asks for what the devices do not report.
    private func lacksPoints(_ problem: Problem) -> Bool {
        problem.message.key.hasPrefix("rule.unknown-name") || problem.message.key == "rule.unknown-place"
    }
}

extension RuleMatch {
    /// Whether a rule is meant for an asset that is read.
    fileprivate func includes(_ asset: Asset) -> Bool {
        guard asset.profile != nil else { return false }
        if let assetClass, assetClass != asset.assetClass { return false }
        if let profile, profile != asset.profile { return false }
        if let wanted = self.asset, wanted != asset.id { return false }
        if let location, asset.location != location, !asset.location.hasPrefix(location + "/") {
            return false
        }
        return labels.allSatisfy { asset.labels[$0.key] == $0.value }
    }
}
