extension AlarmEvent {
    /// Whether the condition came, or came again: not that people were asked once more about what they knew.
    var isActivation: Bool {
        switch kind {
        case .raised: true
        case .reactivated: !Self.formerReminders.contains(note ?? "")
        default: false
        }
    }

    /// What a reactivation that is none carries in the journals of former versions.
    private static let formerReminders: Set = ["alarm.note.reminded", "alarm.note.worsened"]

    /// Where the alarm stands afterwards; after its end nowhere, whatever the entry was written with.
    var stateAfter: AlarmState { kind == .closed || kind == .retired ? .normal : state }
}

extension AlarmState {
    /// Whether it is kept from people.
    public var isQuiet: Bool {
        switch self {
        case .shelved, .suppressed, .outOfService: true
        case .normal, .unacknowledged, .acknowledged, .returned, .latchedUnacknowledged,
            .latchedAcknowledged:
            false
        }
    }

    /// Whether it asks somebody to say that they know.
    public var isAsking: Bool {
        switch self {
        case .unacknowledged, .returned, .latchedUnacknowledged: true
        case .normal, .acknowledged, .latchedAcknowledged, .shelved, .suppressed, .outOfService: false
        }
    }

    /// Whether it stands on the list of what concerns people.
    public var isStanding: Bool { self != .normal && !isQuiet }
}
