internal import Alarms
internal import Engine
internal import Facility
internal import Logging
internal import Maintenance

/// Writes what was decided about alarms and orders into the log, for whoever looks there at night.
struct AlarmDiary: Sendable {
    let logger: Logger
    let language: Language

    /// Writes the events of a committed decision.
    func write(_ decision: Decision) {
        let occurrences = Dictionary(decision.occurrences.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        for event in decision.journal where event.kind.isTold {
            var metadata: Logger.Metadata = ["alarm": "\(event.key)", "state": "\(event.state.rawValue)"]
            if let id = event.occurrence { metadata["occurrence"] = "\(id)" }
            if let person = event.person { metadata["person"] = "\(person)" }
            if let occurrence = event.occurrence.flatMap({ occurrences[$0] }) {
                metadata["priority"] = "\(occurrence.priority.name)"
                metadata["text"] = "\(occurrence.text[language])"
            }
            logger.log(
                level: event.kind == .raised ? .warning : .notice, "alarm.\(event.kind.rawValue)",
                metadata: metadata)
        }
        for event in decision.orderEvents where event.kind != .repeated {
            var metadata: Logger.Metadata = ["order": "\(event.number)"]
            if let person = event.person { metadata["person"] = "\(person)" }
            logger.notice("order.\(event.kind.rawValue)", metadata: metadata)
        }
    }
}

extension AlarmEvent.Kind {
    /// Whether the log tells of it: not of every doubt about a value.
    fileprivate var isTold: Bool {
        switch self {
        case .uncertain, .certain, .suppressed, .unsuppressed: false
        default: true
        }
    }
}
