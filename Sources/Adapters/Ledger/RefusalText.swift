import Engine
import Facility
import Maintenance

/// A refusal as two columns.
struct RefusalText: Hashable {
    let name: String
    let detail: String?

    init(_ refusal: Refusal) throws {
        switch refusal {
        case .unknown: (name, detail) = ("unknown", nil)
        case .closed: (name, detail) = ("closed", nil)
        case .stillActive: (name, detail) = ("still_active", nil)
        case .unacknowledged: (name, detail) = ("unacknowledged", nil)
        case .shelfTooLong(let limit): (name, detail) = ("shelf_too_long", String(limit))
        case .shelfEnded: (name, detail) = ("shelf_ended", nil)
        case .reasonMissing: (name, detail) = ("reason_missing", nil)
        case .notShelved: (name, detail) = ("not_shelved", nil)
        case .nothingWatched(let asset): (name, detail) = ("nothing_watched", asset.name)
        case .unknownOrder(let number): (name, detail) = ("unknown_order", number.name)
        case .orderClosed(let number): (name, detail) = ("order_closed", number.name)
        case .orderOfAnotherAsset(let asset): (name, detail) = ("order_of_another_asset", asset.name)
        case .outOfServiceUnder(let number): (name, detail) = ("out_of_service_under", number.name)
        case .notOutOfService: (name, detail) = ("not_out_of_service", nil)
        case .orderStillOpen(let number): (name, detail) = ("order_still_open", number.name)
        case .outOfServiceWithAsset(let asset): (name, detail) = ("out_of_service_with_asset", asset.name)
        case .invalidTransition(let state): (name, detail) = ("invalid_transition", state.rawValue)
        case .versionConflict(let current): (name, detail) = ("version_conflict", String(current))
        case .order(let refusal): (name, detail) = ("order", try RowText.encode(refusal))
        case .unknownPerson(let person): (name, detail) = ("unknown_person", person)
        case .notDispatcher(let person): (name, detail) = ("not_dispatcher", person)
        case .unskilled(let person, let skill): (name, detail) = ("unskilled", "\(person)/\(skill)")
        case .unknownAsset(let asset): (name, detail) = ("unknown_asset", asset.name)
        case .unknownMeter(let asset, let meter): (name, detail) = ("unknown_meter", "\(asset.name)/\(meter)")
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
        case "shelf_too_long": detail.flatMap { Int64($0) }.map { .shelfTooLong(limitMilliseconds: $0) }
        case "shelf_ended": .shelfEnded
        case "reason_missing": .reasonMissing
        case "not_shelved": .notShelved
        case "nothing_watched": detail.map { .nothingWatched(AssetID($0)) }
        case "unknown_order": detail.map { .unknownOrder(OrderNumber($0)) }
        case "order_closed": detail.map { .orderClosed(OrderNumber($0)) }
        case "order_of_another_asset": detail.map { .orderOfAnotherAsset(AssetID($0)) }
        case "out_of_service_under": detail.map { .outOfServiceUnder(OrderNumber($0)) }
        case "not_out_of_service": .notOutOfService
        case "order_still_open": detail.map { .orderStillOpen(OrderNumber($0)) }
        case "out_of_service_with_asset": detail.map { .outOfServiceWithAsset(AssetID($0)) }
        case "invalid_transition":
            detail.flatMap(OrderState.init(rawValue:)).map { .invalidTransition(from: $0) }
        case "order": detail.flatMap { try? RowText.decode($0) }.map { .order($0) }
        case "unknown_person": detail.map { .unknownPerson($0) }
        case "not_dispatcher": detail.map { .notDispatcher($0) }
        case "unskilled": detail.flatMap(Self.unskilled)
        case "unknown_asset": detail.map { .unknownAsset(AssetID($0)) }
        case "unknown_meter": detail.flatMap(Self.unknownMeter)
        case "version_conflict": detail.flatMap { Int($0) }.map { .versionConflict(current: $0) }
        default: nil
        }
    }

    private static func unknownMeter(_ detail: String) -> Refusal? {
        let parts = detail.split(separator: "/", maxSplits: 1).map(String.init)
        return parts.count == 2 ? .unknownMeter(AssetID(parts[0]), parts[1]) : nil
    }

    private static func unskilled(_ detail: String) -> Refusal? {
        let parts = detail.split(separator: "/", maxSplits: 1).map(String.init)
        return parts.count == 2 ? .unskilled(parts[0], skill: parts[1]) : nil
    }
}
