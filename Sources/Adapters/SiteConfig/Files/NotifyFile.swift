internal import Facility
internal import Notices

/// All of `notify.yaml`; the settings of channels are known only when their kinds are.
struct NotifyShape: Shape {
    static let title = "notify"
    let channels: Key<[Named<ChannelDefinition>]>
    let routes = Key("routes", Form.table(.word, of: RouteShape.form))

    init() { self.init(ChannelForms(kinds: [], buses: nil, credentials: "")) }

    init(_ forms: ChannelForms) {
        channels = Key("channels", Form.table(.word, of: forms.form))
    }
}

/// The forms of channels, made from what the kinds say they may be told.
struct ChannelForms: Sendable {
    let kinds: [ChannelKind]
    /// The MQTT buses of the site; nil while they are not known.
    let buses: [String]?
    /// Every channel that stands in the file; nil while they are not known.
    var channels: [String]?
    let credentials: String

    /// The form of one channel, without its name: the table gives it.
    var form: Form<ChannelDefinition> {
        let names = kinds.map(\.name)
        return Form(schema: .either(kinds.map(schema))) { node, problems in
            guard let entries = node.entries else {
                problems.add(expected: Message("config.form.section"), found: node, isText: false)
                return nil
            }
            guard let kindNode = node["kind"] else {
                problems.add(at: node.position, Message("config.missing", ["key": "kind"]))
                return nil
            }
            let choice = Form<String>.choice("channel-kind", names.map { ($0, $0) })
            guard let name = choice.read(kindNode, problems),
                let kind = kinds.first(where: { $0.name == name })
            else { return nil }
            return ChannelDefinition(
                id: "", kind: name, settings: settings(kind, entries, node, problems),
                fallback: fallback(node, problems), position: node.position)
        }
    }

    private func fallback(_ node: YAMLNode, _ problems: ProblemList) -> Fallback? {
        let spans = node[Self.fallThrough].map { FallThroughShape.form.read($0, problems) ?? [:] }
        guard let channel = node[Self.fallback] else {
            if let alone = node[Self.fallThrough] {
                problems.add(at: alone.position, Message("config.fall-through-alone"))
            }
            return nil
        }
        return fallbackForm.read(channel, problems).map { name in
            Fallback(name, afterMilliseconds: Fallback.standardMilliseconds.merging(spans ?? [:]) { $1 })
        }
    }

    private func settings(
        _ kind: ChannelKind, _ entries: [YAMLNode.Entry], _ node: YAMLNode, _ problems: ProblemList
    ) -> [String: String] {
        var settings: [String: String] = [:]
        let common = ["kind", Self.fallback, Self.fallThrough]
        let names = common + kind.settings.map(\.name)
        for entry in entries where !common.contains(entry.key) {
            guard let setting = kind.settings.first(where: { $0.name == entry.key }) else {
                problems.add(at: entry.position, .unknown("key", entry.key, among: names))
                continue
            }
            settings[setting.name] = form(setting).read(entry.value, problems)
        }
        for setting in kind.settings where setting.isRequired && node[setting.name] == nil {
            problems.add(at: node.position, Message("config.missing", ["key": .text(setting.name)]))
        }
        return settings
    }

    /// What every kind may be told: the way a message takes that this one cannot deliver.
    private static let fallback = "fallback"
    /// And how long a message waits for this one before.
    private static let fallThrough = "fall_through_after"

    private var fallbackForm: Form<ChannelID> {
        Form<String>.name(.word).map { [channels] name in
            guard let channels, !channels.contains(name) else { return .success(ChannelID(name)) }
            return .failure(Refusal(.unknown("channel", name, among: channels)))
        }
    }

    private func form(_ setting: ChannelKind.Setting) -> Form<String> {
        switch setting.form {
        case .text: .text()
        case .url: WebAddress.form
        case .secretFile: Paths.secretFile(credentials: credentials)
        case .duration: Form<Int64>.duration(0...86_400_000).map { .success(String($0)) }
        case .mqttBus:
            Form<String>.name(.word).map { [buses] name in
                guard let buses, !buses.contains(name) else { return .success(name) }
                return .failure(Refusal(.unknown("mqtt-bus", name, among: buses)))
            }
        case .file: Paths.absolute
        case .mail: ContactForms.mail
        case .mailServer:
            .text(
                pattern: "^smtps?://[^\\s/:@]+(:[0-9]{1,5})?$", expected: Message("config.form.mailServer"),
                accepts: isMailServer)
        case .choice: .choice("channel-choice", setting.choices.map { ($0, $0) })
        }
    }

    private func isMailServer(_ text: String) -> Bool {
        for scheme in ["smtp://", "smtps://"] where text.hasPrefix(scheme) {
            let parts = text.dropFirst(scheme.count).split(separator: ":", omittingEmptySubsequences: false)
            let isHost =
                parts[0].utf8.count <= 253 && !parts[0].isEmpty
                && !parts[0].contains { $0.isWhitespace || $0 == "/" || $0 == "@" }
            let isPort =
                parts.count == 1
                || (parts.count == 2 && UInt16(parts[1]).map { $0 > 0 } == true && !parts[1].hasPrefix("+"))
            return isHost && isPort
        }
        return false
    }

    private func schema(_ kind: ChannelKind) -> SchemaNode {
        let purpose = Message("config.key.channel.kind")
        return .section(
            [.init(name: "kind", schema: .constant(kind.name), isRequired: true, purpose: purpose)]
                + kind.settings.map { setting in
                    .init(
                        name: setting.name, schema: form(setting).schema, isRequired: setting.isRequired,
                        purpose: explanation(setting))
                } + [
                    .init(
                        name: Self.fallback, schema: fallbackForm.schema, isRequired: false,
                        purpose: Message("config.key.channel.fallback")),
                    .init(
                        name: Self.fallThrough, schema: FallThroughShape.form.schema, isRequired: false,
                        purpose: Message("config.key.channel.fall-through-after")),
                ])
    }

    private func explanation(_ setting: ChannelKind.Setting) -> Message {
        setting.form == .choice
            ? Message("config.form.choice", ["names": .text(setting.choices.joined(separator: ", "))])
            : Message("config.form.\(setting.form.rawValue)")
    }
}

/// How long messages wait for a channel before they go on by its fallback, by priority.
struct FallThroughShape: Shape {
    static let title = "fall-through"
    static let example = "{p1: 1m, p2: 5m}"
    static let form = Form<[Priority: Int64]>.section(Self.self) { section in
        let spans: [(Priority, Int64?)] = [
            (.p1, section(\.p1)), (.p2, section(\.p2)), (.p3, section(\.p3)), (.p4, section(\.p4)),
        ]
        return Dictionary(
            spans.compactMap { priority, span in span.map { (priority, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    private static let span = Form<Int64>.duration(0...86_400_000)

    let p1 = Key("p1", span)
    let p2 = Key("p2", span)
    let p3 = Key("p3", span)
    let p4 = Key("p4", span)
}
