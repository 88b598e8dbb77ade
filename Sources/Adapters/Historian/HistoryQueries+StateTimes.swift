public import Trends

extension HistoryQueries {
    /// How long a point was in one state, in steps of `[from, to)`; its readings pass by part by part.
    func stateTimes(
        of number: Int32?, code: Double, holdMilliseconds: Int64, from: Int64, to: Int64,
        stepMilliseconds: Int64
    ) async throws(HistoryError) -> [StateBucket] {
        guard
            var times = StateTimes(
                code: code, from: from, to: to, stepMilliseconds: stepMilliseconds,
                holdMilliseconds: holdMilliseconds)
        else { throw .invalidSpan }
        guard let number else { return times.finish() }
        let prepared = times
        return try await thread.run { () throws(HistoryError) in
            var times = prepared
            times.add(try standing(of: number, at: from))
            var scan = scan(number, from: from, to: to)
            while let group = try scan.next() {
                times.add(group.columns(from: from, to: to, damaged: damaged).rows)
            }
            return times.finish()
        }
    }
}

extension HistoryStore {
    /// How long a point was in one state, in steps of `[from, to)`, wall milliseconds; a flag's states are 0 and 1.
    public func stateTimes(
        of path: String, code: Double, from: Int64, to: Int64, stepMilliseconds: Int64
    ) async throws(HistoryError) -> [StateBucket] {
        let found = state.withLock { state in
            state.registry.number(of: path).map { number in
                (number: number, hold: state.registry.points[Int(number)].holdMilliseconds)
            }
        }
        return try await queries.stateTimes(
            of: found?.number, code: code, holdMilliseconds: found?.hold ?? 0, from: from, to: to,
            stepMilliseconds: stepMilliseconds)
    }
}

extension HistoryReader {
    /// How long a point was in one state, in steps of `[from, to)`, wall milliseconds; a flag's states are 0 and 1.
    public func stateTimes(
        of path: String, code: Double, from: Int64, to: Int64, stepMilliseconds: Int64
    ) async throws(HistoryError) -> [StateBucket] {
        let number = registry.number(of: path)
        return try await queries.stateTimes(
            of: number, code: code,
            holdMilliseconds: number.map { registry.points[Int($0)].holdMilliseconds } ?? 0, from: from,
            to: to, stepMilliseconds: stepMilliseconds)
    }
}
