import Trends

/// Readings on their way to the disk, in the order they came; bounded, the oldest go first.
struct RowQueue: Sendable {
    /// Readings that become one record of the tail.
    struct Block: Sendable {
        var rows: [TailRow] = []
        var texts: [String] = []
        /// Rows and the length of texts, as a measure of bytes.
        var weight = 0
        /// The times of the earliest and of the latest row.
        private(set) var first = Int64.max
        private(set) var last = Int64.min

        mutating func append(_ row: TailRow) {
            rows.append(row)
            first = min(first, row.sample.wallMilliseconds)
            last = max(last, row.sample.wallMilliseconds)
        }

        /// Whether any row may lie in `[from, to)`.
        func overlaps(from: Int64, to: Int64) -> Bool { first < to && last >= from }
    }

    private(set) var blocks: [Block] = []
    private(set) var open = Block()
    /// Readings in all blocks.
    private(set) var count = 0
    /// Readings dropped so far.
    private(set) var dropped: UInt64 = 0

    /// Whether more than half of what may wait is waiting.
    var isHalfFull: Bool { weight > limit / 2 }

    private let limit: Int
    private var weight = 0
    /// Blocks at the front that are being written: these are not dropped.
    private var inFlight = 0

    private static let blockWeight = 4096

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ row: TailRow) {
        open.append(row)
        add(weight: 1)
        count += 1
    }

    mutating func append(_ row: TailRow, text: String) {
        var row = row
        row.sample.bits = UInt64(open.texts.count)
        open.texts.append(text)
        open.append(row)
        add(weight: 1 + text.utf8.count / 32)
        count += 1
    }

    /// The blocks that are there now, to be written; until `finish` they are not dropped.
    mutating func take() -> [Block] {
        close()
        inFlight = blocks.count
        return blocks
    }

    /// Lets the first block go: it is on the disk.
    mutating func removeFirst() {
        let block = blocks.removeFirst()
        count -= block.rows.count
        weight -= block.weight
        inFlight -= 1
    }

    /// Ends what `take` began; blocks that were not removed wait for the next try.
    mutating func finish() {
        inFlight = 0
    }

    private mutating func add(weight added: Int) {
        open.weight += added
        weight += added
        if open.weight >= Self.blockWeight { close() }
        while weight > limit, inFlight < blocks.count {
            let block = blocks.remove(at: inFlight)
            count -= block.rows.count
            weight -= block.weight
            dropped += UInt64(block.rows.count)
        }
    }

    private mutating func close() {
        guard !open.rows.isEmpty else { return }
        blocks.append(open)
        open = Block()
    }
}
