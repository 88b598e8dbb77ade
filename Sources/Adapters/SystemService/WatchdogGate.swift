/// Decides whether systemd may be told that the service lives.
///
/// A ping from a timer proves nothing. Here every part must have moved on since the last ping that was
/// sent: a site loop, a bus, the history writer or the delivery that hangs lets the watchdog run out.
public struct WatchdogGate: Sendable {
    /// The parts that must move, in the order they were named.
    public private(set) var parts: [String]
    /// The parts that had not moved at the last `ping`: what to log when the gate stays shut.
    public private(set) var stuck: [String] = []

    private var counted: [String: Int64] = [:]

    /// Watches the parts with these names.
    public init(parts: [String]) {
        self.parts = parts
    }

    /// Whether to ping now, given each part's count of rounds so far.
    ///
    /// Any change of a count is progress. A part that has just begun to be watched counts as moving; a part
    /// that does not report at all is stuck.
    public mutating func ping(progress: [String: Int64]) -> Bool {
        stuck = parts.filter { part in
            guard let count = progress[part] else { return true }
            return counted[part] == count
        }
        guard stuck.isEmpty else { return false }
        counted = progress
        return true
    }

    /// Watches other parts from now on, as after a reload that added or removed a bus.
    public mutating func watch(_ parts: [String]) {
        self.parts = parts
        counted = counted.filter { parts.contains($0.key) }
    }
}
