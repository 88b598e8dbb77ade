extension ChunkWindow {
    /// The window whose chunk has a key in a month's file; nil when no window has it.
    public init?(key: Int64, month: HistoryMonth) {
        let level = Int(key >> 20 & 0xF)
        let end = key >> 24
        guard level <= Self.topLevel, end > 0, end <= 1 << 20, end & (1 << level - 1) == 0 else { return nil }
        self.init(month: month, level: level, index: Int(end >> level) - 1)
        guard startMilliseconds < month.endMilliseconds else { return nil }
    }

    /// The point whose chunk has a key.
    public static func point(ofKey key: Int64) -> Int32 { Int32(key & Int64(pointLimit - 1)) }

    /// Whether a time lies in it.
    public func contains(_ wallMilliseconds: Int64) -> Bool {
        wallMilliseconds >= startMilliseconds && wallMilliseconds < endMilliseconds
    }
}
