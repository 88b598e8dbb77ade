import Facility
import Notices
import Rules

/// The site a story is played on: its assets, their points, and the rules that take part.
struct RuleTestSite {
    let site: Site
    /// The rule under test; nil if there is none of its name.
    let definition: RuleDefinition?
    let rules: RuleSet
    let routes: [Route]
    let schedules: [RuleSchedule]
    /// What is wrong with the story or with its rule.
    let problems: [Problem]

    init(
        _ test: RuleTestCase, definitions: [RuleDefinition], schedules: [RuleSchedule] = [],
        points: (RuleTestCase.Actor) -> [Point]
    ) {
        self.schedules = schedules
        let actors = [test.subject] + test.others
        site = Self.site(actors, points)
        definition = definitions.first { $0.id == test.rule }
        guard definition != nil else {
            rules = .empty
            routes = []
            problems = [Self.unknown(test.rule, at: test.position)]
            return
        }
        var problems: [Problem] = []
        for expectation in test.expectations {
            guard let rule = expectation.rule, !definitions.contains(where: { $0.id == rule }) else {
                continue
            }
            problems.append(Self.unknown(rule, at: expectation.position))
        }
        let named = Set(test.expectations.compactMap(\.rule) + [test.rule])
        let asked = definitions.filter { test.also != nil || named.contains($0.id) }
        let subject = site.asset(RuleTestCase.subjectID)
        let taking = asked.map { rule in
            rule.watching(subject, alone: rule.id == test.rule && test.others.isEmpty)
        }
        let compiled = RuleSet.compile(taking, schedules: schedules, for: site)
        rules = compiled.rules
        // A rule that is only there and does not suit the story's assets has nothing to do in it.
        for rule in taking where named.contains(rule.id) && rules.definition(rule.id) == nil {
            problems += RuleSet.compile([rule], schedules: schedules, for: site).problems.filter {
                $0.severity == .error
            }
        }
        self.problems = problems
        let names = Set(taking.map { $0.route ?? NoticePlanner.defaultRoute } + [NoticePlanner.defaultRoute])
        routes = names.sorted().map { name in
            let step = Route.Step(
                afterMilliseconds: 0, isSkippedWhenAcknowledged: false, recipients: [],
                channels: [ChannelID(name)])
            return Route(id: name, steps: [step])
        }
    }

    private static func site(
        _ members: [RuleTestCase.Actor], _ points: (RuleTestCase.Actor) -> [Point]
    ) -> Site {
        var placed: [Point] = []
        for member in members {
            for point in points(member) { placed.append(point.placed(on: member.id, at: placed.count)) }
        }
        return Site(
            id: "test", label: Bilingual(zh: "测试", en: "Test"), language: .en,
            zone: .fixed("UTC", hours: 0),
            assets: members.map { member in
                Asset(
                    id: member.id, assetClass: member.assetClass,
                    label: Bilingual(zh: member.id.name, en: member.id.name), location: "test",
                    parent: member.parent, profile: member.profile)
            }, points: placed)
    }

    private static func unknown(_ rule: RuleID, at position: SourcePosition) -> Problem {
        Problem(at: position, Message("rule-test.unknown-rule", ["rule": .text(rule.name)]))
    }
}

extension Point {
    /// The same point on another asset.
    fileprivate func placed(on asset: AssetID, at index: Int) -> Point {
        Point(
            id: PointID(index), asset: asset, name: name, label: label, kind: kind, unit: unit,
            resolution: resolution, states: states, expectedMilliseconds: expectedMilliseconds,
            deadband: deadband)
    }
}

extension RuleDefinition {
    /// The same rule about the assets of a story, which stand nowhere and carry no labels.
    fileprivate func watching(_ subject: Asset?, alone: Bool) -> RuleDefinition {
        var watching = self
        watching.match = RuleMatch(assetClass: match.assetClass, profile: match.profile)
        guard let subject else { return watching }
        let suits =
            (match.assetClass ?? subject.assetClass) == subject.assetClass
            && (match.profile ?? subject.profile) == subject.profile
        if alone || !suits && match.asset != nil { watching.match = RuleMatch(asset: subject.id) }
        return watching
    }
}
