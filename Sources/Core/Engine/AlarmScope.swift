public import Alarms
public import Facility

/// Which alarms a person means.
public enum AlarmScope: Hashable, Sendable {
    /// The alarm of an occurrence that is open.
    case occurrence(OccurrenceID)
    /// One alarm, whether it is active or normal.
    case alarm(AlarmKey)
    /// Every alarm of an asset, those of rules that come later too when it is out of service.
    case asset(AssetID)
}
