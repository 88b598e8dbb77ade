internal import Acquisition
internal import Engine
internal import Facility
internal import Rules

/// Reads the stories told to rules.
struct RuleTestReader {
    let files: SiteFiles
    let problems: ProblemList

    func tests(_ testFiles: [ConfigurationFile]) -> [RuleTestCase] {
        testFiles.flatMap(tests)
    }

    private func tests(_ file: ConfigurationFile) -> [RuleTestCase] {
        let form = Form<[RuleTestEntry]>.section(RuleTestsShape.self) { $0(\.tests) ?? [] }
        let entries =
            SourceText(path: file.path, file: file.name, problems: problems)
            .flatMap { YAMLReader.read($0, problems: problems) }
            .flatMap { form.read($0, problems) }
        return (entries ?? []).compactMap(test)
    }

    private func test(_ entry: RuleTestEntry) -> RuleTestCase? {
        checkRule(entry.rule.value, at: entry.rule.position)
        for expectation in entry.expectations {
            if let rule = expectation.value.rule { checkRule(rule.name, at: expectation.position) }
            if let asset = expectation.value.asset {
                checkAsset(asset.name, at: expectation.position, in: entry)
            }
        }
        for actor in [entry.subject] + entry.others.map(\.value) {
            if let parent = actor.parent { checkAsset(parent.value, at: parent.position, in: entry) }
        }
        for other in entry.others where other.name == RuleTestCase.subjectID.name || other.name == "parent" {
            problems.add(at: other.position, Message("config.test-name-taken", ["name": .text(other.name)]))
        }
        let subject = assetClass(of: entry.subject)
        let others = entry.others.map { other in
            assetClass(of: other.value).map {
                RuleTestCase.Actor(
                    id: AssetID(other.name), assetClass: $0, profile: other.value.profile?.value,
                    parent: other.value.parent.map { AssetID($0.value) })
            }
        }
        let known = others.compactMap(\.self)
        guard let subject, known.count == others.count else { return nil }
        return entry.test(assetClass: subject, others: known)
    }

    private func checkRule(_ name: String, at position: SourcePosition) {
        guard !files.ruleNames.contains(name) else { return }
        problems.add(at: position, .unknown("rule", name, among: files.ruleNames.sorted()))
    }

    private func checkAsset(_ name: String, at position: SourcePosition, in entry: RuleTestEntry) {
        let names = [RuleTestCase.subjectID.name] + entry.others.map(\.name)
        guard !names.contains(name) else { return }
        problems.add(at: position, .unknown("asset", name, among: names))
    }

    /// The class of an asset: its own, or that of its profile.
    private func assetClass(of actor: RuleTestActor) -> AssetClass? {
        guard let name = actor.profile else { return actor.assetClass }
        if let profile = files.profiles.first(where: { $0.value.profile.id == name.value })?.value.profile {
            return actor.assetClass ?? profile.assetClass
        }
        if !files.profileNames.contains(name.value) {
            problems.add(
                at: name.position, .unknown("profile", name.value, among: files.profileNames.sorted()))
        }
        return nil
    }
}
