public import Engine
public import Facility
public import Maintenance

/// Why a request was not carried out: everything a caller can be told.
public enum APIError: Error, Hashable, Sendable {
    /// There is no such resource.
    case notFound
    /// There is no asset of that name.
    case unknownAsset(String)
    /// There is no point with that path.
    case unknownPoint(String)
    /// There is no occurrence with that number.
    case unknownOccurrence(String)
    /// There is no order with that number.
    case unknownOrder(String)
    /// A parameter or field cannot be understood; what it may be.
    case invalid(parameter: String, expected: Message)
    /// The body is not the JSON that the route takes.
    case malformedBody
    /// The body is larger than the limit.
    case bodyTooLarge(limitBytes: Int)
    /// The span holds more steps than one answer may have.
    case tooManyBuckets(limit: Int)
    /// Changes are taken only over the Unix socket.
    case readOnlyListener
    /// The engine refused the command.
    case refused(Refusal)
    /// The order is done or cancelled: nothing more happens to it.
    case orderFinished(OrderState)
    /// The bus cannot be asked, or not now.
    case busRefused(String, BusRefusal)
    /// The request from outside does not prove who sent it.
    case unbelieved(PhonePorts.Disbelief)
    /// There is no such person or channel.
    case unknownName(String)
    /// There is no message with that id, or none that was given up.
    case unknownNotice(String)
    /// Too many requests in a short time.
    case tooManyRequests
    /// The daemon cannot answer at present; the log says why.
    case unavailable

    /// The name of the case for programs, stable over versions.
    public var code: String {
        switch self {
        case .notFound: "not_found"
        case .unknownAsset: "unknown_asset"
        case .unknownPoint: "unknown_point"
        case .unknownOccurrence: "unknown_alarm"
        case .unknownOrder: "unknown_order"
        case .invalid: "invalid_parameter"
        case .malformedBody: "malformed_body"
        case .bodyTooLarge: "body_too_large"
        case .tooManyBuckets: "too_many_buckets"
        case .readOnlyListener: "read_only_listener"
        case .refused(.unknown): "not_found"
        case .refused(.closed), .orderFinished: "closed"
        case .refused(.stillActive): "still_active"
        case .refused(.unacknowledged): "unacknowledged"
        case .refused(.shelfTooLong): "shelf_too_long"
        case .refused(.shelfEnded): "shelf_ended"
        case .refused(.reasonMissing): "reason_missing"
        case .refused(.notShelved): "not_shelved"
        case .refused(.nothingWatched): "nothing_watched"
        case .refused(.unknownOrder): "unknown_order"
        case .refused(.orderClosed): "order_closed"
        case .refused(.orderOfAnotherAsset): "order_of_another_asset"
        case .refused(.outOfServiceUnder): "out_of_service_under"
        case .refused(.notOutOfService): "not_out_of_service"
        case .refused(.orderStillOpen): "order_still_open"
        case .refused(.outOfServiceWithAsset): "out_of_service_with_asset"
        case .refused(.invalidTransition): "invalid_transition"
        case .refused(.versionConflict): "version_conflict"
        case .refused(.order(let refusal)): refusal.code
        case .refused(.unknownPerson): "unknown_person"
        case .refused(.notDispatcher): "not_dispatcher"
        case .refused(.unskilled): "unskilled"
        case .refused(.unknownAsset): "unknown_asset"
        case .refused(.unknownMeter): "unknown_meter"
        case .busRefused(_, .unknown): "unknown_bus"
        case .busRefused(_, .isBroker): "bus_is_broker"
        case .busRefused(_, .impossibleUnit): "impossible_unit"
        case .busRefused(_, .down): "bus_down"
        case .busRefused(_, .busy): "bus_busy"
        case .unbelieved(.unknownChannel): "unknown_channel"
        case .unbelieved(.unsigned): "unsigned"
        case .unbelieved(.clock): "clock"
        case .unbelieved(.repeated): "repeated"
        case .unknownName: "unknown_name"
        case .unknownNotice: "unknown_notice"
        case .tooManyRequests: "too_many_requests"
        case .unavailable: "unavailable"
        }
    }

    /// What happened and what to do, for people.
    public var message: Message {
        switch self {
        case .notFound, .refused(.unknown): Message("api.not-found")
        case .unknownAsset(let name): Message("api.unknown-asset", ["asset": .text(name)])
        case .unknownPoint(let path): Message("api.unknown-point", ["point": .text(path)])
        case .unknownOccurrence(let id): Message("api.unknown-alarm", ["alarm": .text(id)])
        case .unknownOrder(let number): Message("api.unknown-order", ["order": .text(number)])
        case .invalid(let parameter, let expected):
            Message(
                "api.invalid-parameter", ["parameter": .text(parameter), "expected": .message(expected)])
        case .malformedBody: Message("api.malformed-body")
        case .bodyTooLarge(let limit):
            Message("api.body-too-large", ["limit": .text(String(limit / 1024))])
        case .tooManyBuckets(let limit):
            Message("api.too-many-buckets", ["limit": .text(String(limit))])
        case .readOnlyListener: Message("api.read-only-listener")
        case .refused(.closed): Message("api.closed")
        case .refused(.stillActive): Message("api.still-active")
        case .refused(.unacknowledged): Message("api.unacknowledged")
        case .refused(.invalidTransition(let state)):
            Message("api.order-next.\(state.rawValue)")
        case .orderFinished(let state): Message("api.order-next.\(state.rawValue)")
        case .refused(.versionConflict(let current)):
            Message("api.version-conflict", ["current": .text(String(current))])
        case .refused(let refusal): refusal.message
        case .busRefused(let name, .unknown): Message("api.unknown-bus", ["bus": .text(name)])
        case .busRefused(let name, .isBroker): Message("api.bus-is-broker", ["bus": .text(name)])
        case .busRefused(let name, .impossibleUnit): Message("api.impossible-unit", ["bus": .text(name)])
        case .busRefused(let name, .down): Message("api.bus-down", ["bus": .text(name)])
        case .busRefused(let name, .busy): Message("api.bus-busy", ["bus": .text(name)])
        case .unbelieved(.unknownChannel): Message("api.unknown-callback")
        case .unbelieved(.unsigned): Message("api.unsigned")
        case .unbelieved(.clock): Message("api.clock")
        case .unbelieved(.repeated): Message("api.repeated")
        case .unknownName(let name): Message("api.unknown-name", ["name": .text(name)])
        case .unknownNotice(let id): Message("api.unknown-notice", ["notice": .text(id)])
        case .tooManyRequests: Message("api.too-many-requests")
        case .unavailable: Message("api.unavailable")
        }
    }

    /// The version of the order as it is, where the caller saw another one.
    public var currentVersion: Int? {
        if case .refused(.versionConflict(let current)) = self { current } else { nil }
    }

    /// Carries out what concerns a bus; a refusal becomes the answer.
    static func translating<Value: Sendable>(
        _ bus: BusID, _ body: () async throws(BusRefusal) -> Value
    ) async throws(APIError) -> Value {
        do throws(BusRefusal) {
            return try await body()
        } catch {
            throw .busRefused(bus.name, error)
        }
    }
}
