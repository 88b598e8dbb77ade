internal import Acquisition
internal import Facility

/// Binds the assets of one broker to their topics.
struct SourceBuilder {
    let problems: ProblemList
    /// Who receives what, for assets that nothing tells apart.
    private var taken: [MQTTContent: AssetID] = [:]

    /// What an asset receives, by its profile.
    private struct MQTTContent: Hashable {
        let profile: String
        let topic: String
        let points: [MQTTPoint]
    }

    init(problems: ProblemList) {
        self.problems = problems
    }

    /// The source of an asset; nil, with problems, if its topics cannot be filled.
    mutating func source(_ reading: AssetReading, _ map: MQTTMap) -> MQTTSource? {
        let address = reading.address?.value ?? reading.asset.name
        guard Topics.isPlain(address) else {
            problems.add(
                at: reading.address?.position ?? reading.position, Message("config.address-topic"))
            return nil
        }
        guard let values = values(reading, map, address: address) else { return nil }
        func fill(_ text: String) -> String { Topics.filled(text) { values[$0] } }
        func fillSelections(_ pointer: String) -> String { pointer.contains("[") ? fill(pointer) : pointer }
        let topic = fill(map.topic)
        let filled = MQTTMap(
            format: map.format, topic: map.topic, expectedMilliseconds: map.expectedMilliseconds,
            availability: map.availability, time: map.time.map { $0.moved(to: fillSelections($0.pointer)) },
            points: map.points.map { point in
                let pointer = map.format == .json ? fillSelections(point.pointer) : point.pointer
                return point.moved(to: pointer, on: point.topic.map(fill))
            })
        let content = MQTTContent(profile: reading.profile.id, topic: topic, points: filled.points)
        if let other = taken[content] {
            problems.add(
                at: reading.position,
                Message("config.topic-twice", ["topic": .text(topic), "asset": .text(other.name)]))
        }
        taken[content] = reading.asset
        return MQTTSource(
            asset: reading.asset, topic: topic, availabilityTopic: map.availability.map { fill($0.topic) },
            map: filled, filters: filters(map, fill), points: reading.points)
    }

    /// What stands for each place.
    private func values(
        _ reading: AssetReading, _ map: MQTTMap, address: String
    ) -> [String: String]? {
        var values = reading.labels
        values["asset"] = reading.asset.name
        values["address"] = address
        let texts =
            [map.topic, map.availability?.topic].compactMap(\.self) + map.points.compactMap(\.topic)
            + map.points.map(\.pointer).filter { map.format == .json && $0.contains("[") }
        let names = texts.compactMap(Topics.placeNames).flatMap(\.self)
        for name in Set(names).sorted() {
            guard let value = values[name] else {
                problems.add(
                    at: reading.position,
                    Message(
                        "config.topic-label",
                        ["label": .text(name), "profile": .text(reading.profile.id)]))
                return nil
            }
            let isName = map.format == .json || !value.contains("/")
            guard Topics.isPlain(value), isName else {
                problems.add(
                    at: reading.position,
                    Message("config.topic-value", ["label": .text(name), "value": .text(value.shortened)]))
                return nil
            }
        }
        return values
    }

    /// What to subscribe to. A profile's assets share their filters, so that a device that is not configured yet is
    /// noticed; a place that is filled with several levels has no such filter.
    private func filters(_ map: MQTTMap, _ fill: (String) -> String) -> [String] {
        switch map.format {
        case .sparkplug:
            let names = fill(map.topic).split(separator: "/").map(String.init)
            return ["\(SparkplugTopic.namespace)/\(names[0])/+/\(names[1])/#"]
        case .json:
            let usesTopic = map.points.contains { $0.topic == nil }
            let topics =
                (usesTopic ? [map.topic] : []) + [map.availability?.topic].compactMap(\.self)
                + map.points.compactMap(\.topic)
            let filters = topics.map { topic in
                let filled = fill(topic)
                let shared = Topics.shared(topic)
                return TopicFilter(shared)?.matches(filled) == true || !TopicFilter.isTopic(filled)
                    ? shared : filled
            }
            return Set(filters).sorted()
        }
    }
}
