/// What belongs to which topics: filters kept level by level, so that a topic is compared with all at once.
public struct TopicTree<Item: Sendable>: Sendable {
    private struct Node: Sendable {
        /// By their bytes: two spellings of one character are two levels.
        var children: [[UInt8]: Int] = [:]
        /// The node of a `+` in this level's place.
        var anything: Int?
        /// What belongs to exactly the topics that end here.
        var items: [Item] = []
        /// What belongs to the topics that end here or go on (`#`).
        var itemsBelow: [Item] = []
    }

    private var nodes = [Node()]

    /// An empty tree.
    public init() {}

    /// Adds something to all topics a filter means; false if it is no filter by the rules of MQTT.
    public mutating func add(_ filter: String, _ item: Item) -> Bool {
        guard TopicFilter(filter) != nil else { return false }
        var node = 0
        for level in TopicFilter.levels(filter) {
            if level == "#" {
                nodes[node].itemsBelow.append(item)
                return true
            }
            node = level == "+" ? anything(below: node) : child(Array(level.utf8), below: node)
        }
        nodes[node].items.append(item)
        return true
    }

    private mutating func anything(below node: Int) -> Int {
        if let known = nodes[node].anything { return known }
        nodes.append(Node())
        nodes[node].anything = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func child(_ level: [UInt8], below node: Int) -> Int {
        if let known = nodes[node].children[level] { return known }
        nodes.append(Node())
        nodes[node].children[level] = nodes.count - 1
        return nodes.count - 1
    }

    /// What belongs to a topic, in no particular order.
    public func items(of topic: String) -> [Item] {
        var found: [Item] = []
        var open = [0]
        let isReserved = topic.utf8.first == UInt8(ascii: "$")
        var isFirst = true
        for level in TopicFilter.levels(topic) {
            let mayBeAnything = !(isFirst && isReserved)
            let key = Array(level.utf8)
            var next: [Int] = []
            for node in open {
                if mayBeAnything { found += nodes[node].itemsBelow }
                if let child = nodes[node].children[key] { next.append(child) }
                if mayBeAnything, let child = nodes[node].anything { next.append(child) }
            }
            guard !next.isEmpty else { return found }
            open = next
            isFirst = false
        }
        for node in open { found += nodes[node].items + nodes[node].itemsBelow }
        return found
    }
}
