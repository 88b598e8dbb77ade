/// Cuts lists that are whole in memory into pages.
enum Page {
    /// The entries from a position on, at most so many, and the cursor of the page after; nil after the last.
    static func cut<Entry>(
        _ entries: [Entry], from position: Int64?, limit: Int
    ) -> (page: ArraySlice<Entry>, next: String?) {
        let start = min(Int(clamping: position ?? 0), entries.count)
        let end = min(start + limit, entries.count)
        return (entries[start..<end], end < entries.count ? String(end) : nil)
    }

    /// Whether there is more than a page shows, given what was found when one more was asked for.
    ///
    /// A store gives no more than the longest page: a full one of that length counts as not the last.
    static func isCut(found: Int, limit: Int) -> Bool {
        found > limit || limit == Query.pageLimit && found == limit
    }
}
