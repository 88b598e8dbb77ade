import Alarms
public import Engine
public import Facility
import Foundation

/// What somebody who is away from the site can do about an alarm.
public enum RemoteAction: String, Hashable, Sendable, CaseIterable, Codable {
    /// Say that they know of it.
    case acknowledge
    /// Say that they are coming.
    case coming
    /// Put it aside for an hour, or for so many minutes.
    case shelve
    /// Open an order, if there is none.
    case order
}

/// What a link, a callback or a message on the command topic asks for.
public struct RemoteRequest: Codable, Hashable, Sendable {
    /// What to do.
    public let action: String
    /// The number of the alarm.
    public let alarm: Int64
    /// Who asks: a name of `people.yaml`.
    public let person: String
    /// What they write.
    public let note: String?
    /// Chosen by the sender; the same request sent twice is one request.
    public let requestId: String?
    /// For how long to put it aside; an hour where absent.
    public let minutes: Int?

    /// Describes a request.
    public init(
        action: RemoteAction, alarm: OccurrenceID, person: PersonID, note: String? = nil, requestId: String?,
        minutes: Int? = nil
    ) {
        self.action = action.rawValue
        self.alarm = alarm.number
        self.person = person.name
        self.note = note
        self.requestId = requestId
        self.minutes = minutes
    }

    /// Reads a request from JSON.
    public init(json: [UInt8]) throws(APIError) {
        guard let request = try? JSON.decode(Self.self, from: Data(json)) else { throw .malformedBody }
        self = request
    }

    /// The command of the engine, or what is wrong with the request. Only people of the site act from outside.
    public func command(site: Site, catalog: MessageCatalog, now: Int64) throws(APIError) -> Command {
        guard let action = RemoteAction(rawValue: action) else {
            let names = RemoteAction.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(
                parameter: "action", expected: Message("api.expected-one-of", ["names": .text(names)]))
        }
        guard let known = site.person(PersonID(person)) else { throw .unknownName(person) }
        let id = requestId ?? ""
        guard !id.isEmpty, Self.isText(id, atMost: 128) else {
            throw .invalid(parameter: "request_id", expected: Message("api.expected-request-id"))
        }
        guard Self.isText(note ?? "", atMost: 2000) else {
            throw .invalid(parameter: "note", expected: Message("api.expected-note"))
        }
        guard (1...7 * 1440).contains(minutes ?? 60) else {
            throw .invalid(
                parameter: "minutes",
                expected: Message("api.expected-number", ["least": "1", "most": .text(String(7 * 1440))]))
        }
        let written = note.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
        let words = catalog.text(Message("phone.note.\(action.rawValue)"), in: known.language)
        return Command(
            id: "\(id)/remote/\(action.rawValue)/\(alarm)", kind: kind(of: action, now: now),
            person: known.id.name, note: Self.note(action, words, written))
    }

    private func kind(of action: RemoteAction, now: Int64) -> Command.Kind {
        let id = OccurrenceID(alarm)
        return switch action {
        case .acknowledge: .acknowledge(id)
        case .coming: .comment(id)
        case .shelve: .shelve(.occurrence(id), .until(now + Int64(minutes ?? 60) * 60_000))
        case .order: .order(id)
        }
    }

    // Coming and putting aside say something even where nobody wrote anything.
    private static func note(_ action: RemoteAction, _ words: String, _ written: String) -> String? {
        switch action {
        case .acknowledge, .order: written.isEmpty ? nil : written
        case .coming: written.isEmpty ? words : "\(words) \(written)"
        case .shelve: written.isEmpty ? words : written
        }
    }

    private static func isText(_ text: String, atMost limit: Int) -> Bool {
        text.count <= limit
            && !text.unicodeScalars.contains {
                $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" && $0 != "\r"
            }
    }
}
