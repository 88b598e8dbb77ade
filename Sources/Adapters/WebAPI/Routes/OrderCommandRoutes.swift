import Engine
import Hummingbird
import Maintenance

/// What a person can do about an order.
struct OrderCommandRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.post("api/v1/orders/{number}/accept") { request, context in
            try await carryOut(request, context) { .accept($0) }
        }
        router.post("api/v1/orders/{number}/start") { request, context in
            try await carryOut(request, context) { .start($0) }
        }
        router.post("api/v1/orders/{number}/done") { request, context in
            try await carryOut(request, context) { .finish($0) }
        }
    }

    private func carryOut(
        _ request: Request, _ context: APIContext, _ kind: (OrderNumber) -> Command.Kind
    ) async throws -> Response {
        let number = OrderNumber(try Query(request, context).place("number"))
        let body = try await JSON.body(CommandRequest.self, of: request, context: context)
        if let refusal = try await desk.ports.submit(try body.command(kind(number))).refusal {
            throw try await explained(refusal, number)
        }
        return try JSON.response(try await desk.orderDocument(number, in: context.language))
    }

    /// What is told of a refusal: of an order that is no longer at work, how it ended.
    private func explained(_ refusal: Refusal, _ number: OrderNumber) async throws -> APIError {
        switch refusal {
        case .unknown: return .unknownOrder(number.name)
        case .closed:
            guard let state = try await desk.ports.order(number)?.state, state.isFinal else {
                return .refused(.closed)
            }
            return .orderFinished(state)
        default: return .refused(refusal)
        }
    }
}
