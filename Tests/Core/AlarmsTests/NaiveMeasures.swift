import Alarms
import Facility

/// What a report must say, worked out from the whole journal again for every question: slow and plain.
struct NaiveMeasures {
    let journal: [AlarmEvent]
    let from: Int64
    let to: Int64
    /// When people were shown an alarm, within the span.
    private(set) var times: [Int64] = []
    private var own: [AlarmKey: [AlarmEvent]] = [:]

    private static let tenMinutes: Int64 = 600_000
    private static let day: Int64 = 86_400_000

    init(_ journal: [AlarmEvent], from: Int64, to: Int64) {
        self.journal = journal.filter { $0.wallMilliseconds < to }
        (self.from, self.to) = (from, to)
        own = Dictionary(grouping: self.journal, by: \.key)
        times = keys.flatMap(shown).sorted()
    }

    private func isQuiet(_ state: AlarmState) -> Bool {
        [.shelved, .suppressed, .outOfService].contains(state)
    }

    private func state(after event: AlarmEvent) -> AlarmState {
        [.closed, .retired].contains(event.kind) ? .normal : event.state
    }

    private func isActivation(_ event: AlarmEvent) -> Bool {
        event.kind == .raised
            || event.kind == .reactivated
                && !["alarm.note.reminded", "alarm.note.worsened"].contains(event.note ?? "")
    }

    private func entries(of key: AlarmKey) -> [AlarmEvent] { own[key] ?? [] }

    private var keys: Set<AlarmKey> { Set(own.keys) }

    /// Whether the entry at a place of an alarm's own entries shows people that its condition came.
    private func shows(_ place: Int, _ own: [AlarmEvent]) -> Bool {
        let after = state(after: own[place])
        if isActivation(own[place]) { return !isQuiet(after) }
        guard place > 0, isQuiet(state(after: own[place - 1])), after != .normal, !isQuiet(after),
            own[place].kind != .cleared
        else { return false }
        // Was the last activation a quiet one of which nobody has been shown anything since?
        for back in stride(from: place - 1, through: 0, by: -1) {
            if [.cleared, .closed, .retired].contains(own[back].kind) { return false }
            if isActivation(own[back]) { return isQuiet(state(after: own[back])) }
            if shows(back, own) { return false }
        }
        return false
    }

    private func shown(_ key: AlarmKey) -> [Int64] {
        let own = entries(of: key)
        return own.indices.filter { shows($0, own) }.map { own[$0].wallMilliseconds }.filter { $0 >= from }
            .sorted()
    }

    var counts: [AlarmKey: Int] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, shown($0).count) }).filter { $0.value > 0 }
    }

    func most(in length: Int64) -> Int {
        stride(from: from, to: to, by: Int(length)).map { start in
            times.count { $0 >= start && $0 < start + length }
        }.max() ?? 0
    }

    func busy(_ length: Int64, over limit: Int) -> Double {
        let starts = Array(stride(from: from, to: to, by: Int(length)))
        let busy = starts.count { start in times.count { $0 >= start && $0 < start + length } > limit }
        return Double(busy) / Double(starts.count)
    }

    var mostInAnyTenMinutes: Int {
        return times.map { start in times.count { $0 >= start && $0 < start + Self.tenMinutes } }.max() ?? 0
    }

    /// How long it was flood, milliseconds, looking at every instant at which anything changes.
    var flooded: Int64 {
        let instants = Set(times + times.map { $0 + Self.tenMinutes }).filter { $0 < to }.sorted() + [to]
        var since: Int64?
        var flooded: Int64 = 0
        for instant in instants {
            let before = times.count { $0 < instant && $0 > instant - Self.tenMinutes }
            if let begun = since, before < 5 || instant == to {
                flooded += instant - begun
                since = nil
            }
            let with = times.count { $0 <= instant && $0 > instant - Self.tenMinutes }
            if since == nil, with > 10, times.contains(instant) { since = instant }
        }
        return flooded
    }

    var chattering: [AlarmKey: Int] {
        Dictionary(
            uniqueKeysWithValues: keys.map { key in
                let times = shown(key)
                let close = times.indices.map { index in
                    times[...index].count { times[index] - $0 < 60_000 } >= 3
                }
                return (key, close.indices.count { close[$0] && ($0 == 0 || !close[$0 - 1]) })
            }
        ).filter { $0.value > 0 }
    }

    /// The places of an alarm's own entries that end a condition people were shown, with when they were.
    private func endings(_ own: [AlarmEvent]) -> [(place: Int, shown: Int)] {
        own.indices.filter { own[$0].kind == .cleared }.compactMap { place in
            for back in stride(from: place - 1, through: 0, by: -1) {
                if [.cleared, .closed, .retired].contains(own[back].kind) { return nil }
                if shows(back, own) { return (place, back) }
            }
            return nil
        }
    }

    var fleeting: [AlarmKey: Int] {
        Dictionary(
            uniqueKeysWithValues: keys.map { key in
                let own = entries(of: key)
                return (
                    key,
                    endings(own).count { place, shown in
                        // A quiet activation in between begins it anew as far as what people did is concerned.
                        let begun = (shown..<place).last { isActivation(own[$0]) || $0 == shown } ?? shown
                        return own[place].wallMilliseconds >= from
                            && own[place].wallMilliseconds - own[shown].wallMilliseconds < 30_000
                            && own[(begun + 1)...place].allSatisfy { $0.person == nil }
                    }
                )
            }
        ).filter { $0.value > 0 }
    }

    /// When people were asked what an entry answers or ends; nil if they were not, or somebody has answered.
    private func asked(before place: Int, _ own: [AlarmEvent]) -> Int64? {
        for back in stride(from: place - 1, through: 0, by: -1) {
            if [.acknowledged, .closed, .retired].contains(own[back].kind) { return nil }
            let after = state(after: own[back])
            guard [.unacknowledged, .returned, .latchedUnacknowledged].contains(after) else { continue }
            let asking: [AlarmState] = [.unacknowledged, .returned, .latchedUnacknowledged]
            let isAnew =
                !asking.contains(back > 0 ? state(after: own[back - 1]) : .normal)
                && ![.cleared, .acknowledged].contains(own[back].kind)
            if shows(back, own) || isAnew {
                return own[back].wallMilliseconds
            }
        }
        return nil
    }

    func delays(_ priority: (AlarmKey) -> Priority) -> [Priority: [Int64]] {
        var delays: [Priority: [Int64]] = [:]
        for key in keys {
            let own = entries(of: key)
            for place in own.indices
            where own[place].kind == .acknowledged && own[place].person != nil
                && own[place].wallMilliseconds >= from
            {
                guard let asked = asked(before: place, own) else { continue }
                delays[priority(key), default: []].append(max(0, own[place].wallMilliseconds - asked))
            }
        }
        return delays.mapValues { $0.sorted() }
    }

    /// How many conditions ended, and how many of them before anybody had said that they know.
    var cleared: (all: Int, unacknowledged: Int) {
        var result = (0, 0)
        for key in keys {
            let own = entries(of: key)
            for (place, _) in endings(own) where own[place].wallMilliseconds >= from {
                result.0 += 1
                if asked(before: place, own) != nil { result.1 += 1 }
            }
        }
        return result
    }

    /// The spans that an alarm stood on people's list.
    private func standing(_ key: AlarmKey) -> [(Int64, Int64)] {
        var spans: [(Int64, Int64)] = []
        var since: Int64?
        for event in entries(of: key) {
            let after = state(after: event)
            let stands = after != .normal && !isQuiet(after)
            if stands, since == nil { since = event.wallMilliseconds }
            if !stands, let begun = since {
                spans.append((begun, event.wallMilliseconds))
                since = nil
            }
        }
        return spans + (since.map { [($0, to)] } ?? [])
    }

    var staleByDay: [Int] {
        stride(from: from, to: to, by: Int(Self.day)).map { start in
            keys.count { key in
                standing(key).contains { span in
                    let stale = (max(span.0 + Self.day, from), span.1)
                    return stale.0 < stale.1 && stale.0 < start + Self.day && stale.1 > start
                }
            }
        }
    }

    var staleAtEnd: Set<AlarmKey> {
        keys.filter { key in
            standing(key).contains { $0.1 == to && $0.1 - $0.0 > Self.day }
                && {
                    let last = entries(of: key).last.map { state(after: $0) } ?? .normal
                    return last != .normal && !isQuiet(last)
                }()
        }
    }
}

extension Set where Element == AlarmKey {
    fileprivate func filter(_ isIncluded: (AlarmKey) -> Bool) -> Set<AlarmKey> {
        var kept: Set<AlarmKey> = []
        for key in self where isIncluded(key) { kept.insert(key) }
        return kept
    }
}
