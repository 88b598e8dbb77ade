internal import Facility

/// What `site.yaml` says.
struct SiteFile {
    let id: String
    let label: Bilingual
    let timezone: Located<String>
    let language: Language
    let retention: RetentionSettings
    let historyLimitBytes: Int64?
    let reserveBytes: Int64?
    let syncMilliseconds: Int64
    let webListen: ListenAddress?
    let socketPath: String
    let publicURL: String?
    let heartbeat: HeartbeatEntry?
    let monitor: MonitorSettings?
    /// The shipped rule packs to use; all that fit where nil.
    let rulePacks: [Located<String>]?
    /// The shipped packs of plans to use; all that fit where nil.
    let planPacks: [Located<String>]?

    static let form = form(credentials: "")

    static func form(credentials: String) -> Form<SiteFile> {
        Form<SiteFile>.section(of: SiteShape(credentials: credentials), read)
    }

    private static let read: @Sendable (Section<SiteShape>) -> SiteFile? = { section in
        let id = section(\.id)
        let label = section(\.label)
        let timezone = section(\.timezone)
        let language = section(\.language) ?? .zh
        let retention = section(\.retention)
        let limits = section(\.limits)
        let history = section(\.history)
        let web = section(\.web)
        let packs = section(\.rulePacks)
        let heartbeat = section(\.heartbeat)
        let monitor = section(\.monitor)
        let planPacks = section(\.planPacks)
        guard let id, let label, let timezone else { return nil }
        return SiteFile(
            id: id, label: label, timezone: timezone, language: language,
            retention: retention ?? RetentionSettings(),
            historyLimitBytes: limits?.historyBytes, reserveBytes: limits?.reserveBytes,
            syncMilliseconds: history ?? HistoryShape.standard,
            webListen: (web ?? .standard).listen, socketPath: (web ?? .standard).socket,
            publicURL: web?.publicURL, heartbeat: heartbeat, monitor: monitor, rulePacks: packs,
            planPacks: planPacks)
    }
}

struct SiteShape: Shape {
    static let title = "site"
    let id = Key("id", Form<String>.name(.file), required: true)
    let label = Key("name", BilingualShape.label, required: true)
    let timezone = Key("timezone", Form<String>.text(maximum: 64).located, required: true)
    let language = Key("language", Form<Language>.choice("language"))
    let retention = Key("retention", RetentionSettings.form)
    let history = Key("history", HistoryShape.form)
    let web = Key("web", WebShape.form)
    let limits = Key("limits", LimitsShape.form)
    let heartbeat = Key("heartbeat", HeartbeatShape.form)
    let monitor: Key<MonitorSettings>
    let rulePacks = Key("rule_packs", Form<[Located<String>]>.list(of: Form<String>.name(.file).located))
    let planPacks = Key("plan_packs", Form<[Located<String>]>.list(of: Form<String>.name(.file).located))

    init() { self.init(credentials: "") }

    init(credentials: String) {
        monitor = Key("monitor", MonitorShape.form(credentials: credentials))
    }
}

struct HistoryShape: Shape {
    static let title = "history"
    static let example = "{sync: 1s}"
    static let standard: Int64 = 1000
    static let form = Form<Int64>.section(Self.self) { $0(\.sync) ?? standard }

    let sync = Key("sync", Form<Int64>.duration(100...60_000))
}

struct LimitsShape: Shape {
    struct Limits: Sendable {
        let historyBytes: Int64?
        let reserveBytes: Int64?
    }

    static let title = "limits"
    static let form = Form<Limits>.section(Self.self) { section in
        let history = section(\.history)
        return Limits(historyBytes: history, reserveBytes: section(\.reserve))
    }

    let history = Key("history", Form<Int64>.size(100_000_000...100_000_000_000_000))
    let reserve = Key("reserve", Form<Int64>.size(10_000_000...100_000_000_000_000))
}

struct WebShape: Shape {
    struct Web: Sendable {
        let listen: ListenAddress?
        let socket: String
        var publicURL: String?

        static let standard = Web(
            listen: ListenAddress(host: "127.0.0.1", port: 8080), socket: "/run/sitewatch/sitewatch.socket")
    }

    static let title = "web"
    static let form = Form<Web>.section(Self.self) { section in
        let listen = section(\.listen)
        return Web(
            listen: listen.map(\.address) ?? Web.standard.listen,
            socket: section(\.socket) ?? Web.standard.socket, publicURL: section(\.publicURL))
    }

    /// An address, or none on purpose.
    struct Listen: Sendable { let address: ListenAddress? }

    let listen = Key(
        "listen",
        Form<Listen>.notation(
            pattern: "^(none|.+:[0-9]{1,5})$", expected: Message("config.form.listen")
        ) { text in
            if text == "none" { return .success(Listen(address: nil)) }
            return ListenAddress(text).map { .success(Listen(address: $0)) }
        })
    let socket = Key("socket", Paths.absolute)
    let publicURL = Key("public_url", PublicAddress.form)
}

/// Paths as files write them.
enum Paths {
    /// The longest path the system knows; a socket's is shorter still.
    static let maximum = 4096

    static let absolute = Form<String>.text(pattern: "^/[^\\u0000]*$", expected: Message("config.form.path"))
    {
        $0.hasPrefix("/") && $0.utf8.count <= maximum
    }

    /// A file that holds a secret: by its path, or by the name systemd gave it. What is written instead is not
    /// repeated: it may be the secret.
    static func secret(credentials: String) -> Form<String> {
        Form<String>.notation(
            pattern: "^(/.*|credential:[A-Za-z0-9_.-]+)$", expected: Message("config.form.secretFile")
        ) { text in
            if isCredential(text) { return .success("\(credentials)/\(text.dropFirst(prefix.count))") }
            guard text.hasPrefix("/"), text.utf8.count <= maximum else {
                return .failure(Refusal("config.secret-in-file"))
            }
            return .success(text)
        }
    }

    /// The same, and a file that is named by its path must be there and must not be open to everybody. What systemd
    /// puts into place is there only while the service runs.
    static func secretFile(credentials: String) -> Form<String> {
        let form = secret(credentials: credentials)
        return Form<String>(schema: form.schema) { node, problems in
            guard let path = form.read(node, problems) else { return nil }
            guard case .scalar(path, _) = node.content, let problem = Disk.problem(ofSecret: path) else {
                return path
            }
            problems.add(at: node.position, problem)
            return nil
        }
    }

    private static let prefix = "credential:"

    private static func isCredential(_ text: String) -> Bool {
        let name = text.dropFirst(prefix.count)
        return text.hasPrefix(prefix) && !name.isEmpty && !name.hasPrefix(".") && name.count <= 128
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "_.-".utf8.contains(byte)
            }
    }
}
