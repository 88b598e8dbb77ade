import Alarms
import Engine
import Facility
import Foundation
import HTTPTypes
import Hummingbird
import Maintenance
import NIOCore

/// What services tell back: somebody pressed a button in their message.
struct CallbackRoutes: SiteRoutes {
    static let bodyLimitBytes = 16 * 1024

    private let desk: Desk
    private let gate = RateGate(perMinute: 120)
    private let strangers = RateGate(perMinute: 120)

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.post("api/v1/callbacks/{channel}") { request, context in
            try await answer(request, context)
        }
    }

    private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let channel = try Query(request, context).place("channel")
        let now = desk.ports.now()
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Self.bodyLimitBytes)
        } catch is NIOTooManyBytesError {
            throw APIError.bodyTooLarge(limitBytes: Self.bodyLimitBytes)
        }
        let body = Array(buffer.readableBytesView)
        let proof = PhonePorts.Proof(
            timestamp: header("X-Sitewatch-Timestamp", request),
            signature: header("X-Sitewatch-Signature", request), body: body)
        if case .failure(let reason) = await desk.ports.phone.believe(channel, proof) {
            // Strangers have a gate of their own: they must not shut out whoever is believed.
            guard strangers.admits(channel, at: now) else { throw APIError.tooManyRequests }
            throw APIError.unbelieved(reason)
        }
        guard gate.admits(channel, at: now) else { throw APIError.tooManyRequests }
        let asked = try RemoteRequest(json: body)
        let command = try asked.command(site: await desk.ports.site(), catalog: desk.catalog, now: now)
        let id = OccurrenceID(asked.alarm)
        let reply = try await desk.ports.phone.submit(command, "callback \(channel)")
        if let refusal = reply.refusal {
            throw refusal == .unknown ? .unknownOccurrence(id.description) : APIError.refused(refusal)
        }
        let occurrence = try await desk.ports.occurrence(id)
        return try JSON.response(
            CallbackDocument(
                alarm: id.number, action: asked.action, state: occurrence?.state.rawValue,
                order: await desk.ports.phone.order(id)?.name))
    }

    private func header(_ name: String, _ request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }
}

/// What became of a callback.
public struct CallbackDocument: Codable, Hashable, Sendable {
    /// The version of the document.
    public var version = 1
    /// The number of the alarm.
    public let alarm: Int64
    /// What was asked.
    public let action: String
    /// How the alarm stands now.
    public let state: String?
    /// The order at work for it.
    public let order: String?

    /// Describes what became of it.
    public init(alarm: Int64, action: String, state: String?, order: String?) {
        self.alarm = alarm
        self.action = action
        self.state = state
        self.order = order
    }
}
