import Acquisition

/// A filter means the topics the standard says: level by level, byte by byte.
enum TopicCheck {
    static func finding(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let text = String(validating: parts[0], as: UTF8.self),
            let topic = String(validating: parts[1], as: UTF8.self)
        else { return nil }
        let levels = parts[0].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let filter = TopicFilter(text) else {
            return isFilter(levels) && !parts[0].isEmpty && parts[0].count <= 65_535
                ? "a filter is refused" : nil
        }
        if !isFilter(levels) { return "no filter, and taken" }
        let isMeant = means(
            levels[...], parts[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...],
            isTop: true)
        if filter.matches(topic) != isMeant { return "the standard says \(isMeant)" }
        var tree = TopicTree<Int>()
        guard tree.add(text, 1), tree.add("other", 2) else { return "a filter is refused by the tree" }
        if tree.items(of: topic).contains(1) != isMeant { return "the tree says otherwise" }
        guard isMeant, TopicFilter.isTopic(topic) else { return nil }
        // A broker asked to drop all of these sends the topic no more.
        let all = TopicFilter.all(meaning: topic)
        return all.allSatisfy { TopicFilter($0)?.matches(topic) == true }
            || topic.utf8.first == UInt8(ascii: "$")
            ? nil : "a filter that does not mean the topic"
    }

    private typealias Level = ArraySlice<UInt8>

    private static func isFilter(_ levels: [Level]) -> Bool {
        levels.enumerated().allSatisfy { index, level in
            let hasPlace = level.contains(UInt8(ascii: "+")) || level.contains(UInt8(ascii: "#"))
            return !hasPlace || level.elementsEqual("+".utf8)
                || (level.elementsEqual("#".utf8) && index == levels.count - 1)
        }
    }

    private static func means(_ filter: ArraySlice<Level>, _ topic: ArraySlice<Level>, isTop: Bool) -> Bool {
        let isBrokers = isTop && topic.first?.first == UInt8(ascii: "$")
        guard let level = filter.first else { return topic.isEmpty }
        if level.elementsEqual("#".utf8) { return !isBrokers }
        guard let part = topic.first else { return false }
        let isMeant = level.elementsEqual("+".utf8) ? !isBrokers : level.elementsEqual(part)
        return isMeant && means(filter.dropFirst(), topic.dropFirst(), isTop: false)
    }
}
