public import Facility

/// How many alarms people are shown at present: counts of the last day by minutes, and whether it is a flood.
///
/// Fed with the alarms as they come, on the uptime clock; of a fixed size.
public struct AlarmRates: Sendable {
    private static let minuteMilliseconds: Int64 = 60_000
    private static let minutes = 1440

    /// How many of each priority since the start.
    public private(set) var totals: [Priority: Int] = [:]

    private var counts = [UInt32](repeating: 0, count: minutes)
    /// The minute of the newest count.
    private var minute: Int64?
    /// The newest alarms, as many as make a flood.
    private var newest: [Int64] = []
    private var isFlooded = false
    /// What came while it was kept quiet, and nobody has been shown.
    private var unshown: Set<AlarmKey> = []
    private var quiet: Set<AlarmKey> = []

    /// No alarms yet.
    public init() {}

    /// Takes the next entry of the journal as it is written; `priority` is that of its occurrence.
    public mutating func note(
        _ event: AlarmEvent, priority: Priority?, isShadow: Bool = false, at uptimeMilliseconds: Int64
    ) {
        guard !isShadow else { return }
        if takes(event) {
            if let level = event.priority ?? priority { totals[level, default: 0] += 1 }
            count(at: uptimeMilliseconds)
        }
    }

    /// Whether an entry shows people an alarm.
    private mutating func takes(_ event: AlarmEvent) -> Bool {
        let state = event.stateAfter
        defer { if state.isQuiet { quiet.insert(event.key) } else { quiet.remove(event.key) } }
        if event.isActivation {
            guard state.isQuiet else {
                unshown.remove(event.key)
                return true
            }
            unshown.insert(event.key)
            return false
        }
        switch event.kind {
        case .cleared, .closed, .retired:
            unshown.remove(event.key)
            return false
        default:
            return quiet.contains(event.key) && state.isStanding && unshown.remove(event.key) != nil
        }
    }

    private mutating func count(at uptime: Int64) {
        roll(to: uptime)
        ebb(at: uptime)
        counts[place(Self.minute(of: uptime))] += 1
        newest.append(uptime)
        if newest.count > AlarmLoad.flooding + 1 { newest.removeFirst() }
        if newest.count > AlarmLoad.flooding, let first = newest.first,
            uptime - first < AlarmLoad.tenMinutesMilliseconds
        {
            isFlooded = true
        }
    }

    /// How many were shown in the last minutes, this one begun included; at most those of a day.
    public mutating func count(lastMinutes: Int, at uptimeMilliseconds: Int64) -> Int {
        roll(to: uptimeMilliseconds)
        let now = Self.minute(of: uptimeMilliseconds)
        return (0..<min(lastMinutes, Self.minutes)).reduce(0) { sum, back in
            sum + Int(counts[place(now - Int64(back))])
        }
    }

    /// Whether more than ten came in ten minutes, and since then not fewer than five.
    public mutating func isFlood(at uptimeMilliseconds: Int64) -> Bool {
        ebb(at: uptimeMilliseconds)
        return isFlooded
    }

    private mutating func ebb(at uptime: Int64) {
        let recent = newest.count { uptime - $0 < AlarmLoad.tenMinutesMilliseconds }
        if recent < AlarmLoad.ebbing { isFlooded = false }
    }

    /// Forgets what is older than a day.
    private mutating func roll(to uptime: Int64) {
        let now = Self.minute(of: uptime)
        guard let last = minute else {
            minute = now
            return
        }
        guard now > last else { return }
        if now - last >= Int64(Self.minutes) {
            counts = Array(repeating: 0, count: Self.minutes)
        } else {
            for passed in (last + 1)...now { counts[place(passed)] = 0 }
        }
        minute = now
    }

    private static func minute(of uptime: Int64) -> Int64 {
        // Before the boot there were minutes too.
        (uptime - (uptime < 0 ? minuteMilliseconds - 1 : 0)) / minuteMilliseconds
    }

    private func place(_ minute: Int64) -> Int {
        let place = Int(minute % Int64(Self.minutes))
        return place < 0 ? place + Self.minutes : place
    }
}
