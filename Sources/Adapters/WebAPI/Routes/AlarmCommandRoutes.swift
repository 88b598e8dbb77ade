import Alarms
import Engine
import Facility
import Foundation
import Hummingbird
import Maintenance

/// What a person can do about an alarm.
struct AlarmCommandRoutes: SiteRoutes {
    private let desk: Desk

    init(_ desk: Desk) { self.desk = desk }

    func add(to router: RouterGroup<APIContext>) {
        router.post("api/v1/alarms/{id}/acknowledge") { request, context in
            try await carryOut(request, context) { .acknowledge($0) }
        }
        router.post("api/v1/alarms/{id}/reset") { request, context in
            try await carryOut(request, context) { .reset($0) }
        }
        router.post("api/v1/alarms/{id}/comment") { request, context in
            try await carryOut(request, context, needsNote: true) { .comment($0) }
        }
    }

    private func carryOut(
        _ request: Request, _ context: APIContext, needsNote: Bool = false,
        _ kind: (OccurrenceID) -> Command.Kind
    ) async throws -> Response {
        let id = try desk.occurrenceID(Query(request, context))
        let body = try await JSON.body(CommandRequest.self, of: request, context: context)
        let command = try body.command(kind(id), needsNote: needsNote)
        try await desk.admit(body)
        if let refusal = try await desk.ports.submit(command).refusal {
            throw refusal == .unknown ? .unknownOccurrence(id.description) : APIError.refused(refusal)
        }
        return try JSON.response(try await desk.alarmDocument(id, in: context.language))
    }
}

extension Desk {
    /// Refuses a name that nobody of the site has: a slip of the finger must not silence an alarm in the name of
    /// nobody. Who sits at the gateway under a login of their own may act under that name.
    func admit(_ request: CommandRequest) async throws {
        let site = await ports.site()
        let name = request.person.trimmingCharacters(in: .whitespacesAndNewlines)
        guard
            request.isLogin == true || site.people.isEmpty || site.person(PersonID(name)) != nil
                || site.assets.contains(where: { $0.contractor == name })
        else { throw APIError.refused(.unknownPerson(name)) }
    }
}

/// What a person asks for, in the body of a request.
public struct CommandRequest: Codable, Hashable, Sendable {
    /// Who asks.
    public let person: String
    /// Whether that is the name of a login rather than one that somebody gave.
    public let isLogin: Bool?
    /// What they write.
    public let note: String?
    /// Chosen by the caller; the same request sent twice is one request.
    public let requestId: String?
    /// The version of the order the caller saw; absent when it does not care.
    public let expectedVersion: Int?

    /// Describes a request.
    public init(
        person: String, isLogin: Bool? = nil, note: String? = nil, requestId: String? = nil,
        expectedVersion: Int? = nil
    ) {
        self.person = person
        self.isLogin = isLogin
        self.note = note
        self.requestId = requestId
        self.expectedVersion = expectedVersion
    }

    /// The command of the engine, or what is wrong with the request.
    func command(_ kind: Command.Kind, needsNote: Bool = false) throws -> Command {
        let who = Self.trimmed(person)
        guard !who.isEmpty, Self.isLine(who, atMost: 64) else {
            throw APIError.invalid(parameter: "person", expected: Message("api.expected-person"))
        }
        let note = note.map(Self.trimmed).flatMap { $0.isEmpty ? nil : $0 }
        guard note != nil || !needsNote, Self.isText(note ?? "", atMost: 2000) else {
            throw APIError.invalid(parameter: "note", expected: Message("api.expected-note"))
        }
        let id = requestId ?? UUID().uuidString
        guard !id.isEmpty, Self.isLine(id, atMost: 128) else {
            throw APIError.invalid(parameter: "request_id", expected: Message("api.expected-request-id"))
        }
        // The engine answers an id it knows without looking further: one id for two things would be a false success.
        return Command(
            id: "\(id)/\(kind.path)", kind: kind, person: who, note: note, expectedVersion: expectedVersion)
    }

    private static func trimmed(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func isLine(_ text: String, atMost limit: Int) -> Bool {
        text.count <= limit && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static func isText(_ text: String, atMost limit: Int) -> Bool {
        isLine(text.filter { $0 != "\n" && $0 != "\t" }, atMost: limit)
    }
}

extension Command.Kind {
    /// What is asked of what, in the words of the API's paths: `acknowledge/17`.
    fileprivate var path: String {
        switch self {
        case .acknowledge(let id): "acknowledge/\(id.number)"
        case .reset(let id): "reset/\(id.number)"
        case .comment(let id): "comment/\(id.number)"
        case .shelve(let scope, let shelf): "shelve/\(scope.path)/\(shelf.path)"
        case .unshelve(let scope): "unshelve/\(scope.path)"
        case .takeOutOfService(let scope, let order): "out-of-service/\(scope.path)/\(order.name)"
        case .return(let scope): "return/\(scope.path)"
        case .order(let id): "order/\(id.number)"
        case .accept, .start, .finish, .open, .triage, .dispatch, .reject, .hold, .resume, .answer, .verify,
            .cancel, .reopen, .archive, .setState, .replaceMeter:
            orderPath
        }
    }
}

extension AlarmScope {
    /// Which alarms are meant, in a request's id.
    fileprivate var path: String {
        switch self {
        case .occurrence(let id): "\(id.number)"
        case .alarm(let key): key.description
        case .asset(let asset): "asset/\(asset.name)"
        }
    }
}

extension AlarmMemory.Shelf {
    /// For how long, in a request's id.
    fileprivate var path: String {
        switch self {
        case .until(let wall): String(wall)
        case .once: "once"
        }
    }
}
