import Facility
import Trends

/// Samples on their way to the history, by point.
struct ImportBatch {
    /// How many samples wait.
    private(set) var count = 0
    /// The bytes of the texts among them.
    private(set) var textBytes = 0
    private var order: [String] = []
    private var samples: [String: [HistoricSample]] = [:]

    /// Texts weigh on a request: of long ones fewer go at a time.
    static let textLimit = 1 << 20

    mutating func add(_ path: String, _ sample: HistoricSample) {
        if samples[path] == nil { order.append(path) }
        samples[path, default: []].append(sample)
        count += 1
        if case .text(let text)? = sample.value { textBytes += text.utf8.count }
    }

    /// Takes everything out, of each point ordered by time, of one time the last one; tells how many others there were.
    mutating func drain() -> (parts: [(path: String, rows: [HistoricSample])], duplicates: Int) {
        let parts = order.map { path in (path: path, rows: Self.ordered(samples[path] ?? [])) }
        let kept = parts.reduce(0) { $0 + $1.rows.count }
        let duplicates = count - kept
        self = ImportBatch()
        return (parts, duplicates)
    }

    private static func ordered(_ rows: [HistoricSample]) -> [HistoricSample] {
        let isOrdered = zip(rows, rows.dropFirst()).allSatisfy { $0.wallMilliseconds < $1.wallMilliseconds }
        if isOrdered { return rows }
        var result: [HistoricSample] = []
        result.reserveCapacity(rows.count)
        let places = rows.indices.sorted {
            (rows[$0].wallMilliseconds, $0) < (rows[$1].wallMilliseconds, $1)
        }
        for place in places {
            if result.last?.wallMilliseconds == rows[place].wallMilliseconds { result.removeLast() }
            result.append(rows[place])
        }
        return result
    }
}
