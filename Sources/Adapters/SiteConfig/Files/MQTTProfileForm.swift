internal import Acquisition
internal import Facility

/// A profile of a device that publishes JSON or bare values.
struct MQTTProfileShape: Shape {
    static let title = "profile"
    static let form = Form<ProfileFile>.section(Self.self) { section in
        let head = ProfileHead(
            section(\.profile), section(\.assetClass), section(\.label), section(\.source),
            section(\.verified))
        let topic = section(\.topic)
        let expected = section(\.expectEvery)
        let availability = section(\.availability)
        let time = section(\.time)
        let entries = section(\.points)
        guard let head, let topic, let expected, let entries else { return nil }
        let points = entries.compactMap { entry in
            MQTTPointBuilder(
                entry: entry, topic: topic, expectedMilliseconds: expected, problems: section.problems
            ).point
        }
        return head.file(
            .mqtt(
                MQTTMap(
                    topic: topic, expectedMilliseconds: expected, availability: availability, time: time,
                    points: points)))
    }

    let profile = Key("profile", Form<String>.name(.file).located, required: true)
    let assetClass = Key("class", Form<AssetClass>.choice("class"), required: true)
    let label = Key("name", BilingualShape.label)
    let source = Key("source", Form<String>.text(), required: true)
    let verified = Key("verified", Form<Bool>.truth)
    let topic = Key("topic", Topics.form, required: true)
    let expectEvery = Key("expect_every", Form<Int64>.duration(1000...7 * 86_400_000), required: true)
    let availability = Key("availability", AvailabilityShape.form)
    let time = Key("time", PayloadTimeShape.form)
    let points = Key("points", Form.table(.identifier, of: MQTTPointShape.form(.json)), required: true)
}

/// A profile of a device that speaks Sparkplug B.
struct SparkplugProfileShape: Shape {
    static let title = "profile"
    static let form = Form<ProfileFile>.section(Self.self) { section in
        let head = ProfileHead(
            section(\.profile), section(\.assetClass), section(\.label), section(\.source),
            section(\.verified))
        let place = section(\.sparkplug)
        let expected = section(\.expectEvery)
        let entries = section(\.points)
        guard let head, let place, let expected, let entries else { return nil }
        let points = entries.compactMap { entry in
            MQTTPointBuilder(
                entry: entry, topic: nil, expectedMilliseconds: expected, problems: section.problems
            ).point
        }
        return head.file(
            .mqtt(
                MQTTMap(
                    format: .sparkplug, topic: place, expectedMilliseconds: expected, availability: nil,
                    points: points)))
    }

    let profile = Key("profile", Form<String>.name(.file).located, required: true)
    let assetClass = Key("class", Form<AssetClass>.choice("class"), required: true)
    let label = Key("name", BilingualShape.label)
    let source = Key("source", Form<String>.text(), required: true)
    let verified = Key("verified", Form<Bool>.truth)
    let sparkplug = Key("sparkplug", SparkplugShape.form, required: true)
    let expectEvery = Key("expect_every", Form<Int64>.duration(1000...7 * 86_400_000), required: true)
    let points = Key("points", Form.table(.identifier, of: MQTTPointShape.form(.metric)), required: true)
}

/// Where a device stands in the names of Sparkplug: `GROUP/NODE` or `GROUP/NODE/DEVICE`.
struct SparkplugShape: Shape {
    static let title = "sparkplug"
    static let form = Form<String>.section(Self.self) { section in
        let group = section(\.group)
        let node = section(\.node)
        let device = section(\.device)
        guard let group, let node, !section.has(\.device) || device != nil else { return nil }
        return [group, node, device].compactMap(\.self).joined(separator: "/")
    }

    private static let name = Topics.form.map { name -> Result<String, Refusal> in
        name.contains { "/+#".contains($0) } ? .failure(Refusal("config.sparkplug-name")) : .success(name)
    }

    let group = Key("group", name, required: true)
    let node = Key("node", name, required: true)
    let device = Key("device", name)
}

struct AvailabilityShape: Shape {
    static let title = "availability"
    static let form = Form<MQTTMap.Availability>.section(Self.self) { section in
        let topic = section(\.topic)
        let online = section(\.online)
        let offline = section(\.offline)
        guard let topic, let online, let offline else { return nil }
        guard online != offline else {
            section.report(\.offline, Message("config.availability-same"))
            return nil
        }
        return MQTTMap.Availability(topic: topic, online: online, offline: offline)
    }

    let topic = Key("topic", Topics.form, required: true)
    let online = Key("online", Form<String>.anyText, required: true)
    let offline = Key("offline", Form<String>.anyText, required: true)
}

/// Where a payload says when it was measured.
struct PayloadTimeShape: Shape {
    static let title = "payload-time"
    static let form = Form<PayloadTime>.section(Self.self) { section in
        let pointer = section(\.json)
        let format = section(\.format)
        let zone = section(\.zone)
        let skew = section(\.maximumSkew) ?? PayloadTime.usualSkew
        guard let pointer, let format else { return nil }
        guard zone == nil || format == .iso8601 else {
            section.report(\.zone, Message("config.zone-of-unix-time"))
            return nil
        }
        return PayloadTime(
            pointer: pointer, format: format, zone: zone ?? .site, maximumSkewMilliseconds: skew)
    }

    private static let zone = Form<PayloadTime.Zone>.notation(
        pattern: "^(site|[+-][0-9]{2}:[0-9]{2})$", expected: Message("config.form.zone")
    ) { text in
        if text == "site" { return .success(.site) }
        let digits = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard text.first == "+" || text.first == "-", digits.count == 2,
            digits.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hours = Int(digits[0]), let minutes = Int(digits[1]), hours <= 14, minutes < 60
        else { return nil }
        return .success(.offset(seconds: (text.first == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)))
    }

    let json = Key("json", MQTTPointShape.pointer, required: true)
    let format = Key("format", Form<PayloadTime.Format>.choice("time-format"), required: true)
    let zone = Key("zone", zone)
    let maximumSkew = Key("max_skew", Form<Int64>.duration(1000...86_400_000))
}

/// Topics with places for the asset, its address and its labels.
enum Topics {
    /// The places every asset can fill.
    static let places = ["asset", "address"]

    static let form = Form<String>.text(maximum: 1000).map { topic -> Result<String, Refusal> in
        guard let found = placeNames(in: topic) else { return .failure(Refusal("config.topic-braces")) }
        for place in found where !places.contains(place) {
            // Any other name may be a label; one that is almost a place is a slip.
            guard NameStyle.word.accepts(place), Suggestion.nearest(to: place, among: places) == nil else {
                return .failure(Refusal(.unknown("topic-place", place, among: places)))
            }
        }
        guard TopicFilter(filled(topic) { _ in "x" }) != nil else {
            return .failure(Refusal("config.topic-wildcard"))
        }
        return .success(topic)
    }

    /// Whether a text can stand for a place in a topic.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 1000 && !text.contains { "+#{}".contains($0) }
    }

    /// A text with its places filled; a place without a value stays as it is.
    static func filled(_ text: String, with value: (String) -> String?) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open] + (value(name) ?? "{\(name)}")
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// The filter that means a topic whatever its places are filled with; levels with a place become `+`.
    static func shared(_ topic: String) -> String {
        topic.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.contains("{") ? "+" : $0 }.joined(separator: "/")
    }

    /// The names between braces; nil if the braces do not pair.
    static func placeNames(in topic: String) -> [String]? {
        var names: [String] = []
        var open: String?
        for character in topic {
            switch (character, open) {
            case ("{", nil): open = ""
            case ("}", .some(let name)):
                names.append(name)
                open = nil
            case ("{", .some), ("}", nil): return nil
            case (_, .some(let name)): open = name + String(character)
            case (_, nil): break
            }
        }
        return open == nil ? names : nil
    }

    /// The topic of a point: what stands in place of the `#` of its profile's topic, or a topic of its own.
    static func joined(_ topic: String, _ part: String) -> String {
        topic == "#" || topic.hasSuffix("/#") ? topic.dropLast() + part : part
    }
}
