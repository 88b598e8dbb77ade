import Alarms
public import Facility
public import Rules

extension SiteEngine {
    /// What reads the history for the windows of rules that are not full.
    ///
    /// - Parameter holds: for how long a stored value of a point holds at most; nil for without end.
    public func warmups(holds: (Point) -> Int64?) -> [RuleWarmup] {
        instances.indices.compactMap { place in
            instances[place].warmup(alarms[place].slots, at: lastStep) { holds(site[$0]) }
        }
    }

    /// Takes what was read from the history: it goes in front of what the windows saw meanwhile.
    ///
    /// Nothing is raised or cleared by it before the next step, and nothing waited for. An alarm whose points
    /// were not read since the start goes on waiting for them.
    public mutating func warm(_ warmups: [RuleWarmup]) {
        for warmup in warmups {
            guard let place = places[AlarmKey(rule: warmup.rule, asset: warmup.asset)],
                instances.indices.contains(place)
            else { continue }
            alarms[place].slots = instances[place].warmed(alarms[place].slots, by: warmup)
            if alarms[place].verdict != nil { touch(place) }
        }
    }
}
