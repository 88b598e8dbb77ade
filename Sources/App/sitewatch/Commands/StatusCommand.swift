import ArgumentParser
import Facility
import WebAPI

/// Shows how the site is doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the site, or one asset, is doing.",
        discussion: """
            With --check one line and an exit code for Nagios and its kin: 0 all is well, 1 a P3 or P4 alarm, \
            a silent bus or the daemon not ready, 2 a P1 or P2 alarm, 3 no daemon answers.
            """)

    @Argument(help: "Only this asset: its points, open alarms and open orders.")
    var asset: String?

    @Flag(help: "Look again every second.")
    var watch = false

    @Flag(help: "One line and an exit code for monitoring systems.")
    var check = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard !(watch && check) else { throw ValidationError("Give either --watch or --check, not both.") }
        guard !(check && asset != nil) else { throw ValidationError("--check is about the whole site.") }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let client = DaemonClient(connection, session)
            if check { throw await StatusCheck.run(client, session) }
            guard watch else { return try await look(client, session) }
            while true {
                if session.terminal.isInteractive { session.terminal.out("\u{1B}[H\u{1B}[2J") }
                do {
                    try await look(client, session)
                } catch let failure as CommandFailure where failure.code == Ending.unreachable {
                    session.complain(failure.message)
                }
                try await session.terminal.pause()
            }
        }
    }

    private func look(_ client: DaemonClient, _ session: Session) async throws {
        if let asset {
            let document = try await client.get(AssetDocument.self, ["assets", asset])
            if format.json { return try session.show(json: document) }
            return StatusText.write(document, format, session)
        }
        let status = try await client.get(StatusDocument.self, ["status"])
        if format.json { return try session.show(json: status) }
        let assets = try await client.pages(AssetsDocument.self, ["assets"], next: \.nextCursor)
        let points = try await client.pages(PointsDocument.self, ["points"], next: \.nextCursor)
        let alarms = try await client.pages(
            AlarmsDocument.self, ["alarms"], [("open", "true")], next: \.nextCursor)
        let overview = SiteOverview(
            status: status, assets: assets.flatMap(\.assets), points: points.flatMap(\.points),
            alarms: alarms.flatMap(\.alarms))
        StatusText.write(overview, format, session)
    }
}

/// The site and every asset of it.
struct SiteOverview {
    let status: StatusDocument
    let assets: [AssetEntry]
    let points: [PointReading]
    let alarms: [AlarmEntry]
}

/// The state of the site as text.
enum StatusText {
    /// More assets than this are listed only if something is wrong with them.
    static let listedAssets = 40

    static func write(_ site: SiteOverview, _ format: FormatOptions, _ session: Session) {
        let table = assets(site, session)
        if format.csv { return session.show(table, format) }
        let status = site.status
        session.say(heading(status, session))
        session.say("")
        session.show(BusTables.buses(status.buses, session), format)
        session.say("")
        session.say(counts(status, session))
        session.say("")
        session.show(table, format)
        let hidden = site.assets.count - table.rows.count
        if hidden > 0 {
            session.say(session.text(Message("cli.status.others", ["count": .text(String(hidden))])))
        }
    }

    static func write(_ document: AssetDocument, _ format: FormatOptions, _ session: Session) {
        let points = PointTables.points(document.points, session)
        if format.csv { return session.show(points, format) }
        let asset = document.asset
        let facts = [asset.location, asset.profile, asset.bus].compactMap { $0 }.joined(separator: "  ")
        session.say("\(asset.id)  \(SafeText.plain(asset.label[session.language]))  \(facts)")
        session.say("")
        session.show(points, format)
        if !document.alarms.isEmpty {
            session.say("")
            AlarmTables.show(document.alarms, format, session)
        }
        if !document.orders.isEmpty {
            session.say("")
            session.show(OrderTables.orders(document.orders, session), format)
        }
    }

    private static func heading(_ status: StatusDocument, _ session: Session) -> String {
        let readiness = session.text(status.ready ? "cli.status.ready" : "cli.status.starting")
        return session.text(
            Message(
                "cli.status.heading",
                [
                    "id": .text(status.site.id), "site": .bilingual(status.site.label),
                    "readiness": .text(session.toned(readiness, status.ready ? .good : .doubtful)),
                    "since": .text(TimeText.readable(status.started)),
                    "time": .text(TimeText.readable(status.time)), "version": .text(status.daemonVersion),
                ]))
    }

    private static func counts(_ status: StatusDocument, _ session: Session) -> [String] {
        let priorities = Priority.allCases.map { priority in
            "\(priority.name.uppercased()) \(status.alarms.byPriority[priority.name] ?? 0)"
        }
        var lines = [
            Message(
                "cli.status.alarms",
                [
                    "open": .text(String(status.alarms.open)),
                    "priorities": .text(priorities.joined(separator: ", ")),
                    "unacknowledged": .text(String(status.alarms.unacknowledged)),
                    "quiet": .text(String(status.alarms.quiet)),
                ]),
            Message(
                "cli.status.orders",
                [
                    "open": .text(String(status.orders.open)),
                    "accepted": .text(String(status.orders.accepted)),
                    "progress": .text(String(status.orders.inProgress)),
                ]),
            Message(
                "cli.status.points",
                [
                    "total": .text(String(status.points.total)), "good": .text(String(status.points.good)),
                    "uncertain": .text(String(status.points.uncertain)),
                    "bad": .text(String(status.points.bad)),
                ]),
            Message("cli.status.notices", ["waiting": .text(String(status.noticesWaiting))]),
        ]
        if let history = status.history {
            lines.append(
                Message(
                    "cli.status.history",
                    [
                        "bytes": .text(TimeText.bytes(history.bytes)),
                        "samples": .text(String(history.syncedSinceStart)),
                        "dropped": .text(String(history.dropped)),
                    ]))
        }
        if let capacity = status.history?.capacity { lines.append(room(capacity)) }
        if let history = status.history, history.damaged > 0 || !history.filesAside.isEmpty {
            lines.append(damage(history))
        }
        let stuck = status.parts.filter { !$0.progressing }.map(\.name)
        if !stuck.isEmpty {
            lines.append(
                Message("cli.status.stuck", ["parts": .text(stuck.joined(separator: ", "))]))
        }
        return lines.map { session.text($0) }
    }

    private static func room(_ capacity: CapacityEntry) -> Message {
        let outlook =
            switch capacity.outlook {
            case .unknown: Message("cli.status.room.unknown")
            case .enough: Message("cli.status.room.enough")
            case .limited:
                Message("cli.status.room.limited", ["days": .text(String(capacity.daysLeft ?? 0))])
            case .full: Message("cli.status.room.full", ["days": .text(String(capacity.daysLeft ?? 0))])
            }
        return Message(
            "cli.status.room",
            [
                "used": .text("\(Int(capacity.diskUsedRatio * 100)) %"),
                "free": .text(TimeText.bytes(capacity.diskFreeBytes)), "outlook": .message(outlook),
            ])
    }

    private static func damage(_ history: HistoryEntry) -> Message {
        Message(
            "cli.status.damage",
            [
                "count": .text(String(history.damaged)),
                "files": .text(history.filesAside.isEmpty ? "–" : history.filesAside.joined(separator: ", ")),
            ])
    }

    private static func assets(_ site: SiteOverview, _ session: Session) -> Table {
        let points = Dictionary(grouping: site.points, by: \.asset)
        let alarms = Dictionary(grouping: site.alarms, by: \.asset)
        var table = Table([
            session.column("asset"), session.column("name"), session.column("location"),
            session.column("points", isNumeric: true), session.column("good", isNumeric: true),
            session.column("uncertain", isNumeric: true), session.column("bad", isNumeric: true),
            session.column("age_ms", isNumeric: true), session.column("alarms", isNumeric: true),
        ])
        for asset in site.assets {
            let own = points[asset.id] ?? []
            let open = alarms[asset.id]?.count ?? 0
            let bad = own.count { $0.quality == "bad" }
            let uncertain = own.count { $0.quality == "uncertain" }
            guard site.assets.count <= listedAssets || open + bad + uncertain > 0 else { continue }
            table.add([
                .init(asset.id), .init(asset.label[session.language]), .init(asset.location),
                .init(String(own.count)), .init(String(own.count - bad - uncertain)),
                .init(String(uncertain), uncertain > 0 ? .doubtful : .plain),
                .init(String(bad), bad > 0 ? .bad : .plain),
                session.span(own.compactMap(\.ageMs).max()),
                .init(String(open), open > 0 ? .bad : .plain),
            ])
        }
        return table
    }
}

/// The state of the site for Nagios and its kin.
enum StatusCheck {
    /// What monitoring systems call their states, with their exit codes.
    enum Level: Int32 {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        /// The word of the plugin protocol.
        var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    /// Writes the one line and gives the exit code.
    static func run(_ client: DaemonClient, _ session: Session) async -> ExitCode {
        do {
            let status = try await client.get(StatusDocument.self, ["status"])
            let level = level(status)
            session.say("\(level.word) - \(session.text(summary(status)))|\(figures(status))")
            return ExitCode(level.rawValue)
        } catch {
            let failure = error as? CommandFailure
            let reason = failure.map { session.text($0.message) } ?? "\(error)"
            session.say("\(Level.unknown.word) - \(reason)")
            return ExitCode(Level.unknown.rawValue)
        }
    }

    static func level(_ status: StatusDocument) -> Level {
        let urgent = [Priority.p1, .p2].contains { (status.alarms.byPriority[$0.name] ?? 0) > 0 }
        if urgent { return .critical }
        let isFine =
            status.alarms.open == 0 && status.ready && status.parts.allSatisfy(\.progressing)
            && status.buses.allSatisfy { $0.state == .up || $0.state == .starting }
        return isFine ? .ok : .warning
    }

    private static func summary(_ status: StatusDocument) -> Message {
        Message(
            "cli.status.check",
            [
                "site": .text(status.site.id), "alarms": .text(String(status.alarms.open)),
                "unacknowledged": .text(String(status.alarms.unacknowledged)),
                "up": .text(String(status.buses.count { $0.state == .up })),
                "buses": .text(String(status.buses.count)), "bad": .text(String(status.points.bad)),
                "points": .text(String(status.points.total)),
            ])
    }

    private static func figures(_ status: StatusDocument) -> String {
        let priorities = Priority.allCases.map {
            "\($0.name)=\(status.alarms.byPriority[$0.name] ?? 0)"
        }
        return
            (["alarms=\(status.alarms.open)"] + priorities + [
                "orders=\(status.orders.open + status.orders.accepted + status.orders.inProgress)",
                "bad_points=\(status.points.bad)", "notices_waiting=\(status.noticesWaiting)",
            ]).joined(separator: " ")
    }
}
