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
        if !files.ruleNames.contains(entry.rule.value) {
            problems.add(
                at: entry.rule.position, .unknown("rule", entry.rule.value, among: files.ruleNames.sorted()))
        }
        guard let name = entry.profile else { return entry.assetClass.map(entry.test) }
        guard let profile = files.profiles.first(where: { $0.value.profile.id == name.value })?.value.profile
        else {
            if !files.profileNames.contains(name.value) {
                problems.add(
                    at: name.position, .unknown("profile", name.value, among: files.profileNames.sorted()))
            }
            return nil
        }
        return entry.test(assetClass: entry.assetClass ?? profile.assetClass)
    }
}
