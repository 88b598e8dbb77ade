/// What keeps the calendar feed of plans from whoever was not given its address: closures, as `SitePorts`.
public struct FeedPorts: Sendable {
    /// What the address of the feed ends with.
    public var token: @Sendable () -> String?
    /// Whether somebody who asks over the network was given that address.
    public var admits: @Sendable (_ token: String) -> Bool
    /// What addresses from outside begin with; nil where there are none.
    public var publicURL: @Sendable () async -> String?

    /// Collects the closures.
    public init(
        token: @escaping @Sendable () -> String?, admits: @escaping @Sendable (_ token: String) -> Bool,
        publicURL: @escaping @Sendable () async -> String? = { nil }
    ) {
        self.token = token
        self.admits = admits
        self.publicURL = publicURL
    }

    /// Nobody is let in.
    public static let closed = FeedPorts(token: { nil }, admits: { _ in false })
}
