public import Facility
import Maintenance

extension Refusal {
    /// What a person is told.
    public var message: Message {
        switch self {
        case .unknown: Message("refusal.unknown")
        case .closed: Message("refusal.closed")
        case .stillActive: Message("refusal.still-active")
        case .unacknowledged: Message("refusal.unacknowledged")
        case .invalidTransition(let state):
            Message(
                "refusal.invalid-transition",
                ["state": .message(Message("order.state.\(state.rawValue)"))])
        case .versionConflict(let current):
            Message("refusal.version-conflict", ["version": .text(String(current))])
        }
    }
}
