public import Facility
public import Trends

extension HistoryStore {
    /// Takes readings of the past into the history of a point and returns when all of them are on the disk.
    ///
    /// They pass by dead-bands and never make an older reading the latest one; of one time the last one given
    /// stays. However many they are, readings of the field are not dropped for them: before the queue is full
    /// they wait for the disk.
    ///
    /// - Parameters:
    ///   - rows: In any order; those outside of the years the history knows are refused and counted.
    ///   - path: The point; one the store does not know is added, with the pace of these rows.
    ///   - kind: How the values of a point behave that is added.
    public func importRows(
        _ rows: [HistoricSample], of path: String, kind: Point.Kind = .gauge
    ) async throws(HistoryError) {
        try await takeRows(rows, of: path, kind: kind)
        try await flush()
    }

    /// Takes readings of several points and returns when all of them are on the disk.
    public func importRows(_ parts: [(path: String, rows: [HistoricSample])]) async throws(HistoryError) {
        for part in parts { try await takeRows(part.rows, of: part.path, kind: .gauge) }
        try await flush()
    }

    private func takeRows(
        _ rows: [HistoricSample], of path: String, kind: Point.Kind
    ) async throws(HistoryError) {
        guard !rows.isEmpty else { return }
        let point = ImportedPace(rows).point(path, kind)
        let slice = max(1, settings.bufferSamples / 8)
        for start in stride(from: 0, to: rows.count, by: slice) {
            while state.withLock({ $0.queue.isHalfFull }) { try await flush() }
            let part = rows[start..<min(rows.count, start + slice)]
            guard state.withLock({ $0.importRows(part, of: point) }) else {
                throw .failed(file: path, reason: "too many points")
            }
        }
    }
}

extension StoreState {
    /// Puts readings of the past into the queue; false if there is no room for another point.
    mutating func importRows(_ rows: ArraySlice<HistoricSample>, of point: StoredPoint) -> Bool {
        let known = registry.number(of: point.path)
        guard let number = known ?? registry.register(point) else { return false }
        if known == nil { prepare() }
        // Where no reading is known in memory, a later one may be in the files: asked, they are looked at.
        let isCurrent = latest(of: number) != nil
        statistics.appended &+= UInt64(rows.count)
        for row in rows { take(row, number, notes: isCurrent) }
        return true
    }

    private mutating func take(_ row: HistoricSample, _ number: Int32, notes: Bool) {
        var text: String?
        let flat = FlatSample(
            wallMilliseconds: row.wallMilliseconds, value: row.value, quality: row.quality,
            textPlace: { characters in
                text = characters
                return 0
            })
        guard HistoryMonth(containing: row.wallMilliseconds) != nil, (text?.utf8.count ?? 0) <= Self.textLimit
        else {
            statistics.refused &+= 1
            return
        }
        if notes { note(flat, of: number, text: text) }
        if let text {
            queue.append(TailRow(point: number, sample: flat), text: text)
        } else {
            queue.append(TailRow(point: number, sample: flat))
        }
    }
}

/// How often readings come, judged by what is imported of a point that nothing else is known of.
private struct ImportedPace {
    private let stepMilliseconds: Int64?

    init(_ rows: [HistoricSample]) {
        let times = rows.prefix(4096).map(\.wallMilliseconds).sorted()
        let steps = zip(times, times.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.sorted()
        stepMilliseconds = steps.isEmpty ? nil : steps[steps.count / 2]
    }

    func point(_ path: String, _ kind: Point.Kind) -> StoredPoint {
        StoredPoint(
            path: path, kind: kind, resolution: nil, expectedMilliseconds: stepMilliseconds,
            holdMilliseconds: max(60_000, 3 * (stepMilliseconds ?? 0)))
    }
}
