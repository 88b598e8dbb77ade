import Acquisition

/// Which sources a topic belongs to.
struct SourceTopics: Sendable {
    /// Everything to subscribe to, each once.
    let filters: [String]
    private var measurements = TopicTable()
    private var availabilities = TopicTable()

    init(_ sources: [MQTTSource]) {
        for (index, source) in sources.enumerated() {
            measurements.add(source.topic, index)
            if let topic = source.availabilityTopic { availabilities.add(topic, index) }
        }
        filters = Set(sources.flatMap { [$0.topic, $0.availabilityTopic].compactMap(\.self) }).sorted()
    }

    /// The sources whose measurements and whose availability a topic carries.
    func sources(of topic: String) -> (measurements: [Int], availabilities: [Int]) {
        (measurements.sources(of: topic), availabilities.sources(of: topic))
    }
}

/// Sources by topic: plain topics are looked up, the others tried one by one.
private struct TopicTable: Sendable {
    private var plain: [String: [Int]] = [:]
    private var patterns: [(filter: TopicFilter, source: Int)] = []

    mutating func add(_ text: String, _ source: Int) {
        guard let filter = TopicFilter(text) else { return }
        if filter.isPlain {
            plain[text, default: []].append(source)
        } else {
            patterns.append((filter, source))
        }
    }

    func sources(of topic: String) -> [Int] {
        let known = plain[topic, default: []]
        guard !patterns.isEmpty else { return known }
        return known + patterns.filter { $0.filter.matches(topic) }.map(\.source)
    }
}
