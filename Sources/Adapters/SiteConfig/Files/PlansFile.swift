internal import Facility
internal import Maintenance

/// One file of `plans/`: jobs and the plans that ask for them.
struct PlansShape: Shape {
    static let title = "plans"
    let jobs = Key("jobs", Form.table(.word, of: JobShape.form))
    let plans = Key("plans", Form.list(of: PlanEntry.form))
}

/// A checklist.
struct JobShape: Shape {
    struct Entry: Sendable {
        let label: Bilingual
        let items: [Job.Item]
    }

    static let title = "job"
    static let example = "{name: …, items: [{id: pit, zh: 底坑环境, en: Pit clean and dry}]}"
    static let form = Form<Entry>.section(Self.self) { section in
        let label = section(\.label)
        let source = section(\.source)
        let isVerified = section(\.verified) ?? false
        let items = section(\.items)
        guard let label, let items else { return nil }
        var places: [String: SourcePosition] = [:]
        for item in items {
            if let first = places.updateValue(item.position, forKey: item.value.id) {
                section.problems.add(at: item.position, .twice("item", item.value.id, first: first))
            }
        }
        // What the job says of its source goes for every item that says nothing of its own.
        return Entry(
            label: label,
            items: items.map(\.value).map { item in
                Job.Item(
                    id: item.id, text: item.text, answer: item.answer, isMandatory: item.isMandatory,
                    source: item.source ?? source, isVerified: item.isVerified ?? isVerified)
            })
    }

    let label = Key("name", BilingualShape.label, required: true)
    let source = Key("source", Form<String>.text(maximum: 500))
    let verified = Key("verified", Form<Bool>.truth)
    let items = Key(
        "items", Form<[Located<JobItemShape.Entry>]>.list(of: JobItemShape.form.located, count: 1...500),
        required: true)
}

/// One line of a checklist.
struct JobItemShape: Shape {
    struct Entry: Sendable {
        let id: String
        let text: Bilingual
        let answer: Job.Answer
        let isMandatory: Bool
        let source: String?
        let isVerified: Bool?
    }

    enum Kind: String, CaseIterable, Sendable {
        case check, number, choice, text
    }

    static let title = "job-item"
    static let form = Form<Entry>.section(Self.self) { section in
        let id = section(\.id)
        let zh = section(\.zh)
        let en = section(\.en)
        let answer = answer(section)
        let rest = (section(\.optional) ?? false, section(\.source), section(\.verified))
        guard let id, let zh, let en, let answer else { return nil }
        return Entry(
            id: id, text: Bilingual(zh: zh, en: en), answer: answer, isMandatory: !rest.0, source: rest.1,
            isVerified: rest.2)
    }

    private static func answer(_ section: Section<Self>) -> Job.Answer? {
        let unit = section(\.unit)
        let limits = section(\.limits)
        let choices = section(\.choices)
        let bad = section(\.bad) ?? []
        let kind = section(\.answer) ?? .check
        if kind != .number {
            for (isThere, key) in [(section.has(\.unit), "unit"), (section.has(\.limits), "limits")]
            where isThere {
                section.problems.add(
                    at: section.position, Message("config.item-key", ["key": .text(key), "answer": "number"]))
            }
        }
        switch kind {
        case .check: return .check
        case .text: return .text
        case .number:
            guard let limits else { return .number(unit: unit, limits: nil) }
            guard limits[0] <= limits[1] else {
                section.report(\.limits, Message("config.limits-order"))
                return nil
            }
            return .number(unit: unit, limits: limits[0]...limits[1])
        case .choice:
            guard let choices else {
                section.report(\.answer, Message("config.missing", ["key": "choices"]))
                return nil
            }
            for word in bad where !choices.contains(word) {
                section.report(\.bad, .unknown("choice", word, among: choices))
            }
            return .choice(choices, bad: Set(bad))
        }
    }

    let id = Key("id", Form<String>.name(.word), required: true)
    let zh = Key("zh", Form<String>.text(maximum: 200), required: true)
    let en = Key("en", Form<String>.text(maximum: 300), required: true)
    let answer = Key("answer", Form<Kind>.choice("answer"))
    let unit = Key("unit", PointForms.unit)
    let limits = Key("limits", Form<[Double]>.list(of: Form<Double>.number(), count: 2...2))
    let choices = Key("choices", Form<[String]>.list(of: Form<String>.name(.word), count: 2...30))
    let bad = Key("bad", Form<[String]>.list(of: Form<String>.name(.word), count: 1...30))
    let optional = Key("optional", Form<Bool>.truth)
    let source = Key("source", Form<String>.text(maximum: 500))
    let verified = Key("verified", Form<Bool>.truth)
}
