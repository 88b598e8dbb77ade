internal import Facility
internal import Rules

/// Puts the site's own rules and those of the shipped packs together, looking up what they refer to.
struct RuleCollector {
    let files: SiteFiles
    let problems: ProblemList
    /// The shipped packs the site uses.
    let packs: [String]

    func collect(_ site: Site) -> [RuleDefinition] {
        checkPacks()
        let shipped = files.packs.filter { packs.contains($0.name) }.flatMap(\.rules)
        var places: [RuleID: SourcePosition] = [:]
        var definitions: [RuleDefinition] = []
        // The site's own rule is the one that its files can change, so that is where the problem is shown.
        for rule in shipped + files.ownRules {
            if let first = places[rule.definition.id] {
                problems.add(at: rule.idPosition, .twice("rule", rule.definition.id.name, first: first))
                continue
            }
            places[rule.definition.id] = rule.idPosition
            checkReferences(rule)
            definitions.append(rule.definition)
        }
        if !definitions.isEmpty, files.hasAllRoutes, !files.routeNames.contains("default") {
            problems.add(.warning, at: files.notifyStart, Message("config.no-default-route"))
        }
        return definitions
    }

    private func checkPacks() {
        let known = files.packs.map(\.name)
        for pack in files.site?.rulePacks ?? [] where !known.contains(pack.value) {
            problems.add(at: pack.position, .unknown("rule-pack", pack.value, among: known))
        }
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
    }
}
