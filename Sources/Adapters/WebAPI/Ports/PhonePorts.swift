public import Engine
public import Facility
public import Maintenance
public import Notices

/// What links in messages and callbacks of services may ask and tell: closures, as `SitePorts`.
public struct PhonePorts: Sendable {
    /// Why a link opens nothing.
    public enum LinkFailure: Error, Hashable, Sendable {
        /// It is none of ours, or was changed.
        case invalid
        /// It was good once; in whose language that is to be said.
        case expired(LinkTicket)
    }

    /// Why a request from outside is not believed.
    public enum Disbelief: Error, Hashable, Sendable {
        /// No channel of that name takes callbacks.
        case unknownChannel
        /// It is not signed, or not by who knows the secret.
        case unsigned
        /// Its time is too far from ours.
        case clock
        /// The very same request came before.
        case repeated
    }

    /// What a request from outside brought to prove itself.
    public struct Proof: Hashable, Sendable {
        /// The time it was signed, as it was written.
        public let timestamp: String?
        /// The signature, as it was written.
        public let signature: String?
        /// What was signed.
        public let body: [UInt8]

        /// Collects what a request brought.
        public init(timestamp: String?, signature: String?, body: [UInt8]) {
            self.timestamp = timestamp
            self.signature = signature
            self.body = body
        }
    }

    /// The ticket of a link's token.
    public var ticket: @Sendable (_ token: String) async -> Result<LinkTicket, LinkFailure>
    /// Believes a callback of a channel, once.
    public var believe: @Sendable (_ channel: String, Proof) async -> Result<Void, Disbelief>
    /// The order at work for an occurrence's cause.
    public var order: @Sendable (OccurrenceID) async -> OrderNumber?
    /// Carries out what a person asks from outside, keeps by which way it came, and answers when it is committed.
    public var submit: @Sendable (_ command: Command, _ way: String) async throws -> CommandReply

    /// Collects the closures.
    public init(
        ticket: @escaping @Sendable (_ token: String) async -> Result<LinkTicket, LinkFailure>,
        believe: @escaping @Sendable (_ channel: String, Proof) async -> Result<Void, Disbelief>,
        order: @escaping @Sendable (OccurrenceID) async -> OrderNumber?,
        submit: @escaping @Sendable (_ command: Command, _ way: String) async throws -> CommandReply
    ) {
        self.ticket = ticket
        self.believe = believe
        self.order = order
        self.submit = submit
    }

    /// Nobody is let in.
    public static let none = PhonePorts(
        ticket: { _ in .failure(.invalid) }, believe: { _, _ in .failure(.unknownChannel) },
        order: { _ in nil }, submit: { _, _ in throw APIError.unavailable })
}
