/// Tells how long there was a flood: it begins with more than ten activations within ten minutes and ends when
/// there are fewer than five (ISA-18.2-2016).
struct FloodClock: Sendable {
    /// More than so many begin a flood.
    static let beginsAbove = 10
    /// Fewer than so many end it.
    static let endsBelow = 5
    /// Within so long, milliseconds.
    static let windowMilliseconds: Int64 = 600_000

    private var times: [Int64] = []
    private var start = 0
    private var since: Int64?
    private var total: Int64 = 0

    /// Takes an activation.
    mutating func note(_ wall: Int64) {
        forget(before: wall)
        times.append(wall)
        if since == nil, times.count - start > Self.beginsAbove { since = wall }
    }

    /// How long there was a flood up to a time, milliseconds.
    func milliseconds(until wall: Int64) -> Int64 {
        var copy = self
        copy.forget(before: wall)
        return copy.total + (copy.since.map { max(0, wall - $0) } ?? 0)
    }

    private mutating func forget(before wall: Int64) {
        while start < times.count, times[start] + Self.windowMilliseconds <= wall {
            let gone = times[start] + Self.windowMilliseconds
            start += 1
            guard let begun = since, times.count - start < Self.endsBelow else { continue }
            total += gone - begun
            since = nil
        }
        guard start > 4096 else { return }
        times.removeFirst(start)
        start = 0
    }
}
