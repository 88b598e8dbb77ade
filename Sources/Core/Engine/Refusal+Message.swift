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
        case .shelfTooLong(let limit):
            Message("refusal.shelf-too-long", ["hours": .text(String(limit / 3_600_000))])
        case .shelfEnded: Message("refusal.shelf-ended")
        case .reasonMissing: Message("refusal.reason-missing")
        case .notShelved: Message("refusal.not-shelved")
        case .nothingWatched(let asset):
            Message("refusal.nothing-watched", ["asset": .text(asset.name)])
        case .unknownOrder(let number): Message("refusal.unknown-order", ["order": .text(number.name)])
        case .orderClosed(let number): Message("refusal.order-closed", ["order": .text(number.name)])
        case .orderOfAnotherAsset(let asset):
            Message("refusal.order-of-another-asset", ["asset": .text(asset.name)])
        case .outOfServiceUnder(let number):
            Message("refusal.out-of-service-under", ["order": .text(number.name)])
        case .notOutOfService: Message("refusal.not-out-of-service")
        case .orderStillOpen(let number):
            Message("refusal.order-still-open", ["order": .text(number.name)])
        case .outOfServiceWithAsset(let asset):
            Message("refusal.out-of-service-with-asset", ["asset": .text(asset.name)])
        case .invalidTransition(let state):
            Message(
                "refusal.invalid-transition",
                ["state": .message(Message("order.state.\(state.rawValue)"))])
        case .versionConflict(let current):
            Message("refusal.version-conflict", ["version": .text(String(current))])
        }
    }
}
