/// Where the web pages and the API are served: `127.0.0.1:8080`.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The host name or address.
    public let host: String
    /// The port; 0 for any that is free.
    public let port: Int

    /// Names a place to serve at.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The place written as `host:port`, an IPv6 address in brackets; nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard Hosts.accepts(String(host)) else { return nil }
        self.init(host: String(host), port: port)
    }

    /// The place as the file writes it.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
