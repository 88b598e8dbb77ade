import Facility

/// What has to be looked at when, the earliest first.
///
/// Entries are never removed early: whoever takes one checks whether it still counts.
struct DeadlineHeap: Sendable {
    /// What a deadline is about.
    enum Target: Hashable {
        /// An alarm, by its place in the engine's list.
        case alarm(Int)
        /// The route of an occurrence.
        case announcement(OccurrenceID)
    }

    /// One deadline.
    struct Entry: Hashable {
        let uptimeMilliseconds: Int64
        let target: Target
    }

    private var entries: [Entry] = []

    /// How many deadlines wait, those that no longer count included.
    var count: Int { entries.count }

    /// The earliest deadline.
    var first: Entry? { entries.first }

    /// Adds a deadline.
    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].uptimeMilliseconds < entries[parent].uptimeMilliseconds else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest deadline.
    mutating func removeFirst() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        sink()
        return first
    }

    /// Keeps only the deadlines that still count.
    mutating func compact(_ counts: (Entry) -> Bool) {
        let kept = entries.filter(counts)
        entries = []
        for entry in kept { insert(entry) }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < entries.count else { return }
            let right = left + 1
            let isRightEarlier =
                right < entries.count
                && entries[right].uptimeMilliseconds < entries[left].uptimeMilliseconds
            let child = isRightEarlier ? right : left
            guard entries[child].uptimeMilliseconds < entries[parent].uptimeMilliseconds else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
