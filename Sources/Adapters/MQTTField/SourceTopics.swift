import Acquisition

/// Which sources a topic belongs to, and as what.
struct SourceTopics: Sendable {
    /// What a message on a topic is to a source.
    enum Route: Sendable {
        /// A payload with measurements, for one of the decoders.
        case measurements(decoder: Int)
        /// The source's word about being there.
        case availability(source: Int)
        /// A message of an edge node of Sparkplug.
        case sparkplug(node: Int)
    }

    /// The points of one source that one topic carries.
    struct Part: Sendable {
        let source: Int
        /// The positions of the points in the source.
        let points: [Int]
    }

    /// Everything to subscribe to, each once.
    let filters: [String]
    /// For each decoder what it decodes.
    private(set) var parts: [Part] = []
    /// For each edge node its devices, by name, nil for the node itself, and their sources.
    private(set) var nodes: [[(device: String?, source: Int)]] = []
    private var tree = TopicTree<Route>()
    private let parsedFilters: [TopicFilter]

    init(_ sources: [MQTTSource]) {
        filters = Set(sources.flatMap(\.filters)).sorted()
        parsedFilters = filters.compactMap { TopicFilter($0) }
        var nodeNumbers: [String: Int] = [:]
        for (index, source) in sources.enumerated() {
            if let topic = source.availabilityTopic { add(topic, .availability(source: index)) }
            switch source.map.format {
            case .json: addParts(source, index)
            case .sparkplug: addDevice(source, index, &nodeNumbers)
            }
        }
    }

    private mutating func add(_ topic: String, _ route: Route) {
        // A topic that is none was refused when the configuration was read, and means nothing here.
        _ = tree.add(topic, route)
    }

    private mutating func addParts(_ source: MQTTSource, _ index: Int) {
        let points = source.map.points
        var positions: [String: [Int]] = [:]
        for position in points.indices {
            positions[points[position].topic ?? source.topic, default: []].append(position)
        }
        for (topic, positions) in positions.sorted(by: { $0.value[0] < $1.value[0] }) {
            add(topic, .measurements(decoder: parts.count))
            parts.append(Part(source: index, points: positions))
        }
    }

    /// `GROUP/NODE` or `GROUP/NODE/DEVICE`.
    private mutating func addDevice(_ source: MQTTSource, _ index: Int, _ numbers: inout [String: Int]) {
        let names = source.topic.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2 || names.count == 3 else { return }
        let name = "\(names[0])/\(names[1])"
        let number = numbers[name] ?? nodes.count
        if number == nodes.count {
            numbers[name] = number
            nodes.append([])
            add("\(SparkplugTopic.namespace)/\(names[0])/+/\(names[1])/#", .sparkplug(node: number))
        }
        nodes[number].append((names.count == 3 ? String(names[2]) : nil, index))
    }

    /// What a message on a topic is, and to whom.
    func routes(of topic: String) -> [Route] { tree.items(of: topic) }

    /// Whether one of the filters asked for messages on a topic.
    func areAskedFor(_ topic: String) -> Bool { parsedFilters.contains { $0.matches(topic) } }
}
