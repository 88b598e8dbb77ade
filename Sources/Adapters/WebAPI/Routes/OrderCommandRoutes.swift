import Engine
import Facility
import Hummingbird
import Maintenance

/// What a person can do about an order.
struct OrderCommandRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    /// What a step of the path means, given what was asked with it.
    private typealias Step = @Sendable (OrderNumber, OrderRequest, Presenter) throws -> Command.Kind

    private static let steps: [(name: String, kind: Step)] = [
        (
            "triage",
            { number, body, _ in
                .triage(
                    number, AssetID(try body.needed(body.asset, "asset")), category: body.category,
                    try body.urgency(), try body.word(body.type, "type", OrderType.self) ?? .corrective)
            }
        ),
        ("dispatch", { number, body, _ in .dispatch(number, to: try body.needed(body.to, "to")) }),
        ("accept", { number, _, _ in .accept(number) }),
        ("reject", { number, _, _ in .reject(number) }),
        ("start", { number, _, _ in .start(number) }),
        (
            "hold",
            { number, body, presenter in
                let reason = try body.word(try body.needed(body.reason, "reason"), "reason", HoldReason.self)
                let until = try body.instant(
                    try body.needed(body.resumeBy, "resume_by"), "resume_by", presenter)
                return .hold(
                    number,
                    OrderHold(reason ?? .other, resumeBy: until ?? 0, approvedBy: body.approvedBy))
            }
        ),
        ("resume", { number, _, _ in .resume(number) }),
        ("answer", { number, body, _ in .answer(number, try body.given()) }),
        ("done", { number, body, presenter in .finish(number, try body.completion(presenter)) }),
        ("verify", { number, _, _ in .verify(number) }),
        (
            "cancel",
            { number, body, _ in
                .cancel(number, try body.word(body.reason, "reason", CancelReason.self) ?? .operator)
            }
        ),
        ("reopen", { number, _, _ in .reopen(number) }),
        ("archive", { number, _, _ in .archive(number) }),
    ]

    func add(to router: RouterGroup<APIContext>) {
        router.post("api/v1/orders") { request, context in
            let body = try await JSON.body(OrderRequest.self, of: request, context: context)
            let presenter = await desk.presenter()
            let reply = try await desk.ports.submit(
                try body.command(.open(try body.opening(presenter))))
            if let refusal = reply.refusal { throw APIError.refused(refusal) }
            guard let number = reply.order else { throw APIError.unavailable }
            return try JSON.response(
                try await desk.orderDocument(number, in: context.language), status: .created)
        }
        for step in Self.steps {
            router.post(RouterPath("api/v1/orders/{number}/\(step.name)")) { request, context in
                let body = try await JSON.body(OrderRequest.self, of: request, context: context)
                return try await carryOut(request, context, body, step.kind)
            }
        }
    }

    private func carryOut(
        _ request: Request, _ context: APIContext, _ body: OrderRequest, _ kind: Step
    ) async throws -> Response {
        let number = OrderNumber(try Query(request, context).place("number"))
        let command = try body.command(try kind(number, body, await desk.presenter()))
        if let refusal = try await desk.ports.submit(command).refusal {
            throw try await explained(refusal, number)
        }
        return try JSON.response(try await desk.orderDocument(number, in: context.language))
    }

    /// What is told of a refusal: of an order that is no longer at work, how it ended.
    private func explained(_ refusal: Refusal, _ number: OrderNumber) async throws -> APIError {
        switch refusal {
        case .unknown: return .unknownOrder(number.name)
        case .closed:
            guard let state = try await desk.ports.order(number)?.state, !state.isAtWork else {
                return .refused(.closed)
            }
            return .orderFinished(state)
        default: return .refused(refusal)
        }
    }
}
