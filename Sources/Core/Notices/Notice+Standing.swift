public import Facility
import Maintenance

extension OccurrenceID {
    /// What messages name that are about no alarm.
    public static let noAlarm = OccurrenceID(0)
}

extension Notice {
    /// Whether the alarm it tells of is over with it; nil if it tells of no single alarm.
    public var isEnd: Bool? {
        guard occurrence != .noAlarm else { return nil }
        return switch kind {
        case .raise, .escalate, .chatter: false
        case .clear, .raiseAndClear: true
        // What stopped coming and going may have stopped either way.
        case .calm: holds != true
        case .digest, .handover, .heartbeat, .test: nil
        }
    }

    /// Whether whoever reads it can do something about an alarm.
    public var asksForAction: Bool { isEnd == false }
}

extension Notice {
    /// What stands in the place of an occurrence in messages about no single alarm: `heartbeat`, or the number of the
    /// order they are about; nil in all others.
    public var aboutNoAlarm: String? {
        switch kind {
        case .heartbeat, .test, .handover: kind.rawValue
        default: occurrence == .noAlarm ? order?.name ?? kind.rawValue : nil
        }
    }
}
