public import Alarms

extension SiteEngine {
    /// How many alarms stand how as of the last step.
    public var standings: AlarmStandings {
        alarms.reduce(into: AlarmStandings()) { $0.add($1.lifecycle) }
    }
}
