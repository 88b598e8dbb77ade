internal import Facility
internal import Notices
internal import Rules

/// Whether what a rule has to say fits the channels of its route.
///
/// The longest text is estimated with the longest names the rule's assets have and with room for values, so that a
/// message is never cut when it matters.
struct TextLengthCheck {
    /// Room for a value with its unit.
    private static let value = 24
    /// Room for what stands around the text of a title: the priority and that it is over.
    private static let titleFrame = 48
    /// Room for what stands in front of a line of the body, and for its times.
    private static let lineFrame = 48

    let files: SiteFiles
    let site: Site
    let problems: ProblemList

    func check(_ rules: RuleSet) {
        for rule in rules.rules {
            let kinds = kinds(of: rule.definition)
            guard !kinds.isEmpty, !rule.instances.isEmpty else { continue }
            for language in Language.allCases {
                let text = textBytes(rule, language)
                let title = Self.titleFrame + text
                let body = bodyBytes(rule, text, language)
                for kind in kinds {
                    report(title, kind.titleBytes, "config.title-too-long", kind, rule.definition, language)
                    report(body, kind.bodyBytes, "config.body-too-long", kind, rule.definition, language)
                }
            }
        }
    }

    private func report(
        _ bytes: Int, _ limit: Int?, _ key: String, _ kind: ChannelKind, _ rule: RuleDefinition,
        _ language: Language
    ) {
        guard let limit, bytes > limit else { return }
        problems.add(
            .warning, at: rule.place(of: .text(language)),
            Message(
                key,
                [
                    "rule": .text(rule.id.name), "channel": .text(kind.name), "bytes": .text(String(bytes)),
                    "limit": .text(String(limit)),
                ]))
    }

    /// The kinds of channels that a rule's messages go to.
    private func kinds(of rule: RuleDefinition) -> [ChannelKind] {
        let name = rule.route ?? NoticePlanner.defaultRoute
        let taken = files.routes.filter { $0.name == name || rule.route == nil && mayTake(rule, $0.value) }
        let steps = taken.flatMap(\.value.steps)
        let names = Set(steps.flatMap(\.channels).map(\.value))
        let used = Set(files.channels.filter { names.contains($0.id.name) }.map(\.kind))
        return files.channelKinds.filter { used.contains($0.name) }
    }

    /// Whether a rule that names no route may take one, as far as the files alone can say.
    private func mayTake(_ rule: RuleDefinition, _ route: RouteEntry) -> Bool {
        guard let match = route.match else { return false }
        return match.rules.isEmpty || match.rules.contains { RouteMatch.names($0.value, rule.id.name) }
    }

    /// The rule's sentence with its places filled.
    private func textBytes(_ rule: CompiledRule, _ language: Language) -> Int {
        let text = rule.definition.text[language]
        let places = RuleText.places(text)
        let names = places.reduce(0) { $0 + $1.utf8.count + 2 }
        let filled = places.reduce(0) { sum, place in
            switch place {
            case "device": sum + longest(rule) { $0.label[language] }
            case "location": sum + longest(rule) { $0.location }
            default: sum + Self.value
            }
        }
        return text.utf8.count - names + filled
    }

    /// The whole text of a message: the sentence, the place, the values and the guidance, each in its line.
    private func bodyBytes(_ rule: CompiledRule, _ text: Int, _ language: Language) -> Int {
        let place =
            longest(rule) { $0.label[language] } + longest(rule) { $0.id.name }
            + longest(rule) { $0.location }
            + site.label[language].utf8.count
        let values = rule.instances.map { instance in
            instance.points.reduce(0) { sum, point in
                sum + site[point].label[language].utf8.count + Self.value + 4
            }
        }
        var lines = [text, place, values.max() ?? 0, 0, 0, 0]
        if let guidance = rule.definition.guidance {
            lines += [guidance.cause, guidance.consequence, guidance.action].map { $0[language].utf8.count }
            lines.append(0)
        }
        return lines.reduce(0, +) + Self.lineFrame * lines.count
    }

    private func longest(_ rule: CompiledRule, _ name: (Asset) -> String) -> Int {
        rule.instances.compactMap { site.asset($0.asset).map { name($0).utf8.count } }.max() ?? 0
    }
}
