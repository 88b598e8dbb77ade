import Facility
import Foundation
import WebAPI

/// Something a person does to alarms or orders, one after the other.
struct PersonAction {
    let client: DaemonClient
    let session: Session
    let person: String
    let isLogin: Bool
    let note: String?

    init(_ person: PersonOptions, _ connection: ConnectionOptions, _ session: Session) {
        self.init(person: person.person, note: person.note, connection, session)
    }

    init(person: String?, note: String?, _ connection: ConnectionOptions, _ session: Session) {
        self.client = DaemonClient(connection, session)
        self.session = session
        self.person = person ?? Self.login(session.terminal.environment)
        self.isLogin = person == nil
        self.note = note
    }

    /// The request, with an id of its own so that sending it twice does nothing twice.
    func request(expectedVersion: Int? = nil) -> CommandRequest {
        CommandRequest(
            person: person, isLogin: isLogin ? true : nil, note: note, requestId: UUID().uuidString,
            expectedVersion: expectedVersion)
    }

    /// Does something to each of several; what was refused is told, and the rest is done all the same.
    func each<Item>(_ items: [Item], name: (Item) -> String, _ act: (Item) async throws -> String)
        async throws
    {
        var worst: CommandFailure?
        for item in items {
            do {
                session.say(try await act(item))
            } catch let failure as CommandFailure {
                guard failure.code == Ending.failed, items.count > 1 else { throw failure }
                session.complain(
                    Message(
                        "cli.refused-one",
                        ["item": .text(name(item)), "reason": .message(failure.message)]))
                worst = failure
            }
        }
        if let worst { throw worst.code }
    }

    /// What is said of something that was done: the document that tells of it, or a sentence.
    func told(_ document: some Encodable, asJSON: Bool, _ sentence: @autoclosure () -> Message) throws
        -> String
    {
        guard asJSON else { return session.text(sentence()) }
        return String(decoding: try JSON.encode(document), as: UTF8.self)
    }

    /// The name of the person at the keyboard: behind sudo the one who called it.
    private static func login(_ environment: [String: String]) -> String {
        let names = [environment["SUDO_USER"], environment["LOGNAME"], environment["USER"]]
        return names.compactMap { $0 }.first { !$0.isEmpty } ?? NSUserName()
    }
}
