internal import Facility

/// The daily sign of life as `site.yaml` describes it.
struct HeartbeatEntry: Sendable {
    let minutes: Int
    let channels: [Located<String>]
    let recipients: [Located<String>]
}

struct HeartbeatShape: Shape {
    static let title = "heartbeat"
    static let example = "{at: \"08:30\", via: [duty-robot]}"
    static let form = Form<HeartbeatEntry>.section(Self.self) { section in
        let minutes = section(\.at)
        let channels = section(\.channels)
        let recipients = section(\.recipients) ?? []
        guard let minutes, let channels else { return nil }
        return HeartbeatEntry(minutes: minutes, channels: channels, recipients: recipients)
    }

    let at = Key("at", TimeOfDay.start, required: true)
    let channels = Key(
        "via", Form<[Located<String>]>.list(of: Form<String>.name(.word).located, count: 1...50),
        required: true)
    let recipients = Key(
        "to", Form<[Located<String>]>.list(of: Form<String>.name(.word).located, count: 0...50))
}

struct MonitorShape: Shape {
    /// How the monitor is told.
    enum Method: String, CaseIterable, Sendable { case get, post }

    static let title = "monitor"
    static let example = "{url: https://example.com/ping, every: 5m}"

    static func form(credentials: String) -> Form<MonitorSettings> {
        Form<MonitorSettings>.section(of: MonitorShape(credentials: credentials)) { section in
            let url = section(\.url)
            let every = section(\.every)
            let method = section(\.method)
            let secret = section(\.secret)
            guard let url else { return nil }
            return MonitorSettings(
                url: url, everyMilliseconds: every ?? 300_000, isGet: method == .get, secretFile: secret)
        }
    }

    let url = Key("url", WebAddress.form, required: true)
    let every = Key("every", Form<Int64>.duration(10_000...86_400_000))
    let method = Key("method", Form<Method>.choice("method"))
    let secret: Key<String>

    init() { self.init(credentials: "") }

    init(credentials: String) {
        secret = Key("secret_file", Paths.secretFile(credentials: credentials))
    }
}

/// Addresses of the web as files write them.
enum WebAddress {
    static let form = Form<String>.text(
        pattern: "^https?://[^\\s/]+(/\\S*)?$", expected: Message("config.form.url"), accepts: isAddress)

    static func isAddress(_ text: String) -> Bool {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            return rest.first.map { $0 != "/" } == true && !rest.contains(where: \.isWhitespace)
                && text.utf8.count <= 4096
        }
        return false
    }
}

/// What links in messages start with: only signs that every channel carries as they are.
enum PublicAddress {
    static let form = Form<String>.text(
        pattern: "^https?://[A-Za-z0-9.:\\[\\]-]+(/[A-Za-z0-9./-]*)?$",
        expected: Message("config.form.public-url")
    ) { text in
        WebAddress.isAddress(text) && text.utf8.count <= 200
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || ".:/-[]".utf8.contains(byte)
            }
    }.map { text in
        var address = text
        while address.hasSuffix("/") { address.removeLast() }
        return .success(address)
    }
}
