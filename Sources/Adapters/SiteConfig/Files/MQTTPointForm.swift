internal import Acquisition
internal import Facility

/// One point of a device that publishes, as its file describes it.
struct MQTTPointEntry: Sendable {
    let pointer: String
    let topic: Located<String>?
    let type: Located<PayloadType>?
    let flags: [Named<Bool>]?
    let flagsPosition: SourcePosition
    let meaning: PointMeaningEntry
}

struct MQTTPointShape: Shape {
    /// What names a point's place in the payload.
    enum Place: String {
        /// A JSON pointer.
        case json
        /// The name of a metric of Sparkplug.
        case metric
    }

    static let title = "mqtt-point"

    static func form(_ place: Place) -> Form<MQTTPointEntry> {
        .section(of: Self(place)) { section in entry(section) }
    }

    private static func entry(_ section: Section<MQTTPointShape>) -> MQTTPointEntry? {
        let pointer = section(\.place)
        let topic = section(\.topic)
        let type = section(\.type)
        let flags = section(\.map)
        let meaning = meaning(section)
        guard let pointer else { return nil }
        return MQTTPointEntry(
            pointer: pointer, topic: topic, type: type, flags: flags,
            flagsPosition: section.position(of: \.map),
            meaning: meaning)
    }

    let place: Key<String>
    let topic = Key("topic", Topics.form.located)
    let type = Key("type", Form<PayloadType>.choice("type").located)
    let map = Key("map", Form.table(Form<String>.anyText, pattern: ".*", of: Form<Bool>.truth))
    let scale = Key("scale", PointForms.scale)
    let offset = Key("offset", Form<Double>.number())
    let unit = Key("unit", PointForms.unit)
    let kind = Key("kind", Form<Point.Kind>.choice("kind").located)
    let range = Key("range", PointForms.range)
    let badAbove = Key("bad_above", Form<Double>.number())
    let badBelow = Key("bad_below", Form<Double>.number())
    let deadband = Key("deadband", DeadbandForm.form)
    let heartbeat = Key("heartbeat", DeadbandForm.heartbeat)
    let states = Key("enum", PointForms.states)
    let labels = Key("labels", PointForms.labels)
    let counter = Key("counter", ConditioningForms.counter)
    let maximumRate = Key("maximum_rate", ConditioningForms.maximumRate)
    let hold = Key("hold", ConditioningForms.hold)
    let label = Key("name", BilingualShape.label)

    init() { self.init(.json) }

    init(_ place: Place) {
        self.place = Key(
            place.rawValue,
            place == .json ? Self.pointer : Form<String>.text(maximum: 1000), required: true)
    }

    /// A JSON pointer (RFC 6901); none at all for the whole payload. `[KEY=VALUE]` names an element of a list.
    static let pointer = Form<String>.anyText.map { text -> Result<String, Refusal> in
        var rest = text[...]
        while let tilde = rest.firstIndex(of: "~") {
            rest = rest[rest.index(after: tilde)...]
            guard rest.first == "0" || rest.first == "1" else { return .failure(Refusal("config.pointer")) }
        }
        guard text.isEmpty || text.hasPrefix("/"), text.utf8.count <= 1000 else {
            return .failure(Refusal("config.pointer"))
        }
        for token in text.split(separator: "/") where token.hasPrefix("[") {
            let parts = token.dropFirst().dropLast().split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard token.hasSuffix("]"), parts.count == 2, !parts.contains(where: \.isEmpty),
                Topics.placeNames(in: String(token)) != nil
            else { return .failure(Refusal("config.pointer-element")) }
        }
        return .success(text)
    }

    private static func meaning(_ section: Section<MQTTPointShape>) -> PointMeaningEntry {
        let states = PointForms.states(
            section(\.states), labels: section(\.labels), labelsAt: section.position(of: \.labels),
            problems: section.problems)
        let numeric = [
            "scale", "offset", "unit", "range", "bad_above", "bad_below", "deadband", "enum",
            "counter", "maximum_rate", "heartbeat",
        ]
        return PointMeaningEntry(
            scale: section(\.scale), offset: section(\.offset), unit: section(\.unit), kind: section(\.kind),
            range: section(\.range), bad: [], badAbove: section(\.badAbove), badBelow: section(\.badBelow),
            deadband: section(\.deadband), heartbeat: section(\.heartbeat), states: states,
            label: section(\.label),
            conditioning: ConditioningEntry(
                counter: section(\.counter), maximumRate: section(\.maximumRate), hold: section(\.hold)),
            numberPositions: numeric.compactMap { key in section.node[key].map { (key, $0.position) } },
            statesPosition: section.position(of: \.states))
    }
}

/// Makes a point out of its entry, checking what its parts say about each other.
struct MQTTPointBuilder {
    let entry: Named<MQTTPointEntry>
    /// The topic of its profile; nil if the profile has none.
    let topic: String?
    let expectedMilliseconds: Int64
    let problems: ProblemList

    /// The point; nil, with problems, if its parts contradict each other.
    var point: MQTTPoint? {
        let point = entry.value
        let before = problems.errorCount
        let type = point.type?.value ?? (point.flags == nil ? .number : .bool)
        if point.flags != nil, type != .bool {
            problems.add(
                at: point.flagsPosition, Message("config.map-of-type", ["type": .text(type.rawValue)]))
        }
        let ownTopic = ownTopic()
        let content: PointContent =
            switch type {
            case .number: .number
            case .bool: .flag
            case .text: .text
            }
        let meaning = point.meaning.meaning(
            entry.name, content: content, resolution: nil, expectedMilliseconds: expectedMilliseconds,
            problems: problems)
        guard problems.errorCount == before else { return nil }
        let flags = Dictionary(
            (point.flags ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        return MQTTPoint(
            meaning: meaning, pointer: point.pointer, topic: ownTopic, type: type, flags: flags,
            scaling: point.meaning.scaling(sentinels: []))
    }

    private func ownTopic() -> String? {
        guard let written = entry.value.topic else { return nil }
        guard let topic else {
            problems.add(at: written.position, Message("config.topic-on-sparkplug"))
            return nil
        }
        return Topics.joined(topic, written.value)
    }
}
