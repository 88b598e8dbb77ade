internal import Delivery
internal import Engine
internal import Facility
internal import Ledger
internal import Maintenance
internal import Notices
internal import SiteConfig
internal import WebAPI

/// Lets in who acts from away: by the link of a message, by a callback of a service, by the command topic.
struct RemoteDesk: Sendable {
    let parts: RunningParts
    let catalog: MessageCatalog
    let links: PhoneLinks

    private let requests = SignedRequests()
    private let audit = BlockingQueue("audit")

    init(parts: RunningParts, catalog: MessageCatalog, links: PhoneLinks) {
        self.parts = parts
        self.catalog = catalog
        self.links = links
    }

    /// The closures of the API.
    var ports: PhonePorts {
        PhonePorts(
            ticket: { token in
                links.ticket(of: token, at: parts.clock().wallMilliseconds).mapError { failure in
                    switch failure {
                    case .invalid: .invalid
                    case .expired(let ticket): .expired(ticket)
                    }
                }
            },
            believe: { channel, proof in believe(channel, proof) },
            order: { id in await parts.loop.read { $0.order(for: id) } },
            submit: { command, way in try await submit(command, by: way) })
    }

    /// Carries out what was asked, and keeps who asked by which way.
    func submit(_ command: Command, by way: String) async throws -> CommandReply {
        guard let reply = await parts.loop.submit(command) else { throw CancellationError() }
        guard reply.refusal == nil, let (action, subject) = command.kind.audited else { return reply }
        let entry = AuditEntry(
            wallMilliseconds: parts.clock().wallMilliseconds, person: command.person, action: action,
            subject: subject, new: way)
        try await audit.run { [ledger = parts.ledger] in try ledger.record(entry) }
        return reply
    }

    /// Believes what was signed with the secret of a channel, once.
    func check(
        _ content: [UInt8], timestamp: String?, signature: String?, secretFile: String
    ) -> Result<Void, PhonePorts.Disbelief> {
        guard let bytes = try? ChannelPorts.secret(inFile: secretFile), !bytes.isEmpty else {
            return .failure(.unknownChannel)
        }
        return requests.check(
            content, timestamp: timestamp, signature: signature,
            secret: String(decoding: bytes, as: UTF8.self),
            now: parts.clock().wallMilliseconds
        ).mapError { failure in
            switch failure {
            case .unsigned, .wrongSignature: .unsigned
            case .clock: .clock
            case .repeated: .repeated
            }
        }
    }

    private func believe(
        _ channel: String, _ proof: PhonePorts.Proof
    ) -> Result<Void, PhonePorts.Disbelief> {
        let definition = parts.configuration.channels.first { $0.id.name == channel }
        guard let definition, ["webhook", "http-template"].contains(definition.kind),
            let file = definition.settings["secret_file"]
        else { return .failure(.unknownChannel) }
        return check(
            proof.body, timestamp: proof.timestamp, signature: proof.signature, secretFile: file)
    }
}

extension Command.Kind {
    /// What is kept of it in the audit: what was done, and to what.
    fileprivate var audited: (action: String, subject: String)? {
        switch self {
        case .acknowledge(let id): ("alarm.acknowledge", "\(id.number)")
        case .comment(let id): ("alarm.comment", "\(id.number)")
        case .shelve(.occurrence(let id), _): ("alarm.shelve", "\(id.number)")
        case .order(let id): ("alarm.order", "\(id.number)")
        case .reset, .shelve, .unshelve, .takeOutOfService, .return, .accept, .start, .finish, .open, .triage,
            .dispatch, .reject, .hold, .resume, .answer, .verify, .cancel, .reopen, .archive, .setState,
            .replaceMeter:
            nil
        }
    }
}
