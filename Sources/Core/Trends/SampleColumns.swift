public import Facility

/// One reading in the flat form the hot paths work on: no reference counting, no optionals.
///
/// `bits` holds the pattern of a float64, the whole number, 0 or 1, or a place in a list of texts.
public struct FlatSample: Hashable, Sendable {
    /// When, by the wall clock. Milliseconds since 1970.
    public var wallMilliseconds: Int64
    /// The value, in the form its kind says.
    public var bits: UInt64
    /// What `bits` holds.
    public var kind: StoredKind
    /// The quality's number (`Quality.code`).
    public var quality: UInt8
    /// Whether it took the place of another reading of its time.
    public var isReplacement = false

    /// Puts the parts together.
    public init(wallMilliseconds: Int64, bits: UInt64, kind: StoredKind, quality: UInt8) {
        self.wallMilliseconds = wallMilliseconds
        self.bits = bits
        self.kind = kind
        self.quality = quality
    }

    /// Flattens a reading; a text's place is asked for only when there is a text.
    public init(
        wallMilliseconds: Int64, value: Value?, quality: Quality, textPlace: (String) -> Int
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.quality = quality.code
        switch value {
        case .number(let number): (kind, bits) = (.number, number.bitPattern)
        case .integer(let integer): (kind, bits) = (.integer, UInt64(bitPattern: integer))
        case .flag(let flag): (kind, bits) = (.flag, flag ? 1 : 0)
        case .text(let text): (kind, bits) = (.text, UInt64(textPlace(text)))
        case nil: (kind, bits) = (.missing, 0)
        }
    }

    /// Whether it is the same reading as another; texts must be of one list.
    func says(the other: FlatSample) -> Bool {
        bits == other.bits && kind == other.kind && quality == other.quality
    }

    /// The value as a finite number to compute with; nil when there is none or its quality is bad.
    public var usableNumber: Double? {
        guard quality < 128 else { return nil }
        switch kind {
        case .number:
            let number = Double(bitPattern: bits)
            return number.isFinite ? number : nil
        case .integer, .flag: return Double(Int64(bitPattern: bits))
        case .missing, .text: return nil
        }
    }
}

/// Readings of one point, flat, in the order they are given.
public struct SampleColumns: Hashable, Sendable {
    /// The readings; a text's bits are its place in `texts`.
    public var rows: [FlatSample]
    /// Every text the rows name.
    public var texts: [String]

    /// Starts empty.
    public init() {
        self.rows = []
        self.texts = []
    }

    /// Flattens readings.
    public init(_ samples: some Sequence<HistoricSample>) {
        self.init()
        var pool = TextPool()
        for sample in samples {
            rows.append(
                FlatSample(
                    wallMilliseconds: sample.wallMilliseconds, value: sample.value,
                    quality: sample.quality, textPlace: { pool.place(of: $0) }))
            rows[rows.count - 1].isReplacement = sample.isReplacement
        }
        texts = pool.texts
    }

    /// How many readings there are.
    public var count: Int { rows.count }

    /// Whether there is none.
    public var isEmpty: Bool { rows.isEmpty }

    /// The reading at a place, in full.
    public subscript(_ index: Int) -> HistoricSample {
        sample(rows[index])
    }

    /// Every reading in full.
    public var samples: [HistoricSample] {
        rows.map(sample)
    }

    /// The first readings in full, at most a number of them.
    public func samples(upTo limit: Int) -> [HistoricSample] {
        rows.prefix(max(0, limit)).map(sample)
    }

    /// Adds a flat reading whose text, if any, stands in another list.
    public mutating func append(_ row: FlatSample, texts source: [String]) {
        var row = row
        if row.kind == .text {
            let text = source[Int(row.bits)]
            if let known = texts.firstIndex(where: { $0.utf8.elementsEqual(text.utf8) }) {
                row.bits = UInt64(known)
            } else {
                row.bits = UInt64(texts.count)
                texts.append(text)
            }
        }
        rows.append(row)
    }

    /// Adds all readings of other columns behind these.
    public mutating func append(_ other: SampleColumns) {
        guard !other.texts.isEmpty else {
            rows.append(contentsOf: other.rows)
            return
        }
        var pool = TextPool(texts)
        let places = other.texts.map { UInt64(pool.place(of: $0)) }
        texts = pool.texts
        for var row in other.rows {
            if row.kind == .text { row.bits = places[Int(row.bits)] }
            rows.append(row)
        }
    }

    /// Orders by time; of several readings with one time the last added stays, marked where it says something else.
    public mutating func normalize() {
        guard !isStrictlyOrdered else { return }
        let order = rows.indices.sorted {
            (rows[$0].wallMilliseconds, $0) < (rows[$1].wallMilliseconds, $1)
        }
        var merged: [FlatSample] = []
        merged.reserveCapacity(rows.count)
        for index in order {
            var row = rows[index]
            if let before = merged.last, before.wallMilliseconds == row.wallMilliseconds {
                row.isReplacement = row.isReplacement || before.isReplacement || !row.says(the: before)
                merged.removeLast()
            }
            merged.append(row)
        }
        let hasDropped = merged.count < rows.count
        rows = merged
        if hasDropped, !texts.isEmpty { dropUnusedTexts() }
    }

    /// Forgets texts that no row names any more: a chunk never has more texts than readings.
    private mutating func dropUnusedTexts() {
        var pool = TextPool()
        for index in rows.indices where rows[index].kind == .text {
            rows[index].bits = UInt64(pool.place(of: texts[Int(rows[index].bits)]))
        }
        texts = pool.texts
    }

    /// Keeps the readings of `[from, to)`; the rows must be ordered by time.
    public mutating func clip(from: Int64, to: Int64) {
        guard let first = rows.first, let last = rows.last else { return }
        if first.wallMilliseconds >= from, last.wallMilliseconds < to { return }
        let lower = partition(at: from)
        let upper = max(lower, partition(at: to))
        rows = Array(rows[lower..<upper])
    }

    /// The place of the first reading that is not before a time; the rows must be ordered by time.
    public func partition(at wallMilliseconds: Int64) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].wallMilliseconds < wallMilliseconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private var isStrictlyOrdered: Bool {
        let rows = rows.span
        guard rows.count > 1 else { return true }
        for index in 1..<rows.count
        where rows[index].wallMilliseconds <= rows[index - 1].wallMilliseconds {
            return false
        }
        return true
    }

    private func sample(_ row: FlatSample) -> HistoricSample {
        let value: Value? =
            switch row.kind {
            case .missing: nil
            case .number: .number(Double(bitPattern: row.bits))
            case .integer: .integer(Int64(bitPattern: row.bits))
            case .flag: .flag(row.bits != 0)
            case .text: .text(texts[Int(row.bits)])
            }
        // Every stored number comes from `Quality.code`; one of a newer version is not trusted.
        let quality = Quality(code: row.quality) ?? .bad(.undecodable)
        return HistoricSample(
            wallMilliseconds: row.wallMilliseconds, value: value, quality: quality,
            isReplacement: row.isReplacement)
    }
}

/// Texts numbered in the order they first come.
///
/// Texts are compared by their bytes: two spellings of one character are two texts.
public struct TextPool: Sendable {
    /// The texts; a text's number is its place.
    public private(set) var texts: [String]
    private var places: [[UInt8]: Int]

    /// Starts with texts that have their numbers already.
    public init(_ texts: [String] = []) {
        self.texts = texts
        self.places = Dictionary(
            texts.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The number of a text, given now if it is new.
    public mutating func place(of text: String) -> Int {
        let key = Array(text.utf8)
        if let known = places[key] { return known }
        places[key] = texts.count
        texts.append(text)
        return texts.count - 1
    }
}
