import Engine
import Maintenance

/// A refusal as two columns.
struct RefusalText: Hashable {
    let name: String
    let detail: String?

    init(_ refusal: Refusal) {
        switch refusal {
        case .unknown: (name, detail) = ("unknown", nil)
        case .closed: (name, detail) = ("closed", nil)
        case .stillActive: (name, detail) = ("still_active", nil)
        case .unacknowledged: (name, detail) = ("unacknowledged", nil)
        case .invalidTransition(let state): (name, detail) = ("invalid_transition", state.rawValue)
        case .versionConflict(let current): (name, detail) = ("version_conflict", String(current))
        }
    }

    init(name: String, detail: String?) {
        self.name = name
        self.detail = detail
    }

    /// The refusal; nil for columns that no version has written.
    var refusal: Refusal? {
        switch name {
        case "unknown": .unknown
        case "closed": .closed
        case "still_active": .stillActive
        case "unacknowledged": .unacknowledged
        case "invalid_transition":
            detail.flatMap(OrderState.init(rawValue:)).map { .invalidTransition(from: $0) }
        case "version_conflict": detail.flatMap { Int($0) }.map { .versionConflict(current: $0) }
        default: nil
        }
    }
}
