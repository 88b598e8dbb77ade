import Acquisition
import ArgumentParser
import Facility
import SiteConfig

/// Shows how one model of device is read.
struct ProfilesShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one profile: its points, what the device allows, and the reads it needs.")

    @Argument(help: "The profile.")
    var profile: String

    @OptionGroup var format: FormatOptions
    @OptionGroup var site: SiteOptions

    func run() async throws {
        try await Session.run(site.language) { session in
            let library = try session.loader(site).loadProfiles()
            guard let entry = library[profile] else {
                try ProfileFindings.report(library, session)
                throw CommandFailure(
                    NearestName.unknown(
                        "cli.profiles.unknown", profile, among: library.entries.map(\.profile.id)))
            }
            let document = ProfileDocument(entry)
            guard !format.json else { return try session.show(json: document) }
            if !format.csv { session.show(Self.head(document, entry, session), format, hasHeading: false) }
            session.show(Self.points(document, session), format)
        }
    }

    private static func head(
        _ document: ProfileDocument, _ entry: ProfileLibrary.Entry, _ session: Session
    ) -> Table {
        let profile = entry.profile
        var head = Table([session.column("name"), session.column("value")])
        let add = { (key: String, text: String) in
            head.add([.init(session.text("cli.profiles.\(key)"), code: key), .init(text)])
        }
        add("model", profile.label[session.language])
        add("class", profile.assetClass.rawValue)
        add("source", profile.source)
        add("verified", session.text("cli.profiles.verified.\(profile.isVerified ? "yes" : "no")"))
        add("file", entry.file)
        switch profile.map {
        case .modbus(let map):
            let limits = [
                "registers": Message.Argument.text(String(map.maximumRegisters)),
                "bits": .text(String(map.maximumBits)),
            ]
            add("limits", session.text(Message("cli.profiles.limits-of", limits)))
            if !document.neverRead.isEmpty {
                let ranges = Message.Argument.text(document.neverRead.joined(separator: ", "))
                add("limits", session.text(Message("cli.profiles.never-read", ["ranges": ranges])))
            }
        case .mqtt(let map):
            add("topic", map.topic)
            add("expected", TimeText.span(map.expectedMilliseconds))
            if let availability = map.availability { add("availability", availability.topic) }
        }
        for group in document.reads {
            let reads = Message.Argument.text(group.reads.joined(separator: ", "))
            let text =
                group.everyMs.map {
                    Message(
                        "cli.profiles.reads-of", ["period": .text(TimeText.span($0)), "reads": reads])
                } ?? Message("cli.profiles.reads-once", ["reads": reads])
            add("reads", session.text(text))
        }
        if !document.unreadable.isEmpty {
            let points = Message.Argument.text(document.unreadable.joined(separator: ", "))
            add("reads", session.text(Message("cli.profiles.unreadable", ["points": points])))
        }
        return head
    }

    private static func points(_ document: ProfileDocument, _ session: Session) -> Table {
        var table = Table([
            session.column("point"), session.column("name"), session.column("address"),
            session.column("type"), session.column("scale", isNumeric: true), session.column("unit"),
            session.column("range"), session.column("poll_ms", isNumeric: true),
        ])
        for point in document.points {
            let name = session.language == .zh ? point.name.zh : point.name.en
            table.add([
                .init(point.point), .init(name), .init(point.address), .init(point.type),
                .init(point.scale ?? ""), .init(point.unit ?? ""), .init(point.range ?? ""),
                session.span(point.pollMs),
            ])
        }
        return table
    }
}

/// What `profiles show --json` writes.
struct ProfileDocument: Encodable {
    struct State: Encodable {
        let code: Int64
        let state: String
        let name: ProfilesDocument.Name
    }

    struct Point: Encodable {
        let point: String
        let name: ProfilesDocument.Name
        let kind: String
        let address: String
        let type: String
        let scale: String?
        let unit: String?
        let range: String?
        let pollMs: Int64?
        let states: [State]
    }

    struct Group: Encodable {
        /// How often; absent for once after each connection.
        let everyMs: Int64?
        let reads: [String]
    }

    let version = 1
    let profile: String
    let `class`: String
    let name: ProfilesDocument.Name
    let source: String
    let verified: Bool
    let file: String
    let shipped: Bool
    let maxRegisters: Int?
    let maxBits: Int?
    let neverRead: [String]
    let topic: String?
    let points: [Point]
    let reads: [Group]
    let unreadable: [String]

    init(_ entry: ProfileLibrary.Entry) {
        let profile = entry.profile
        self.profile = profile.id
        `class` = profile.assetClass.rawValue
        name = ProfilesDocument.Name(profile.label)
        source = profile.source
        verified = profile.isVerified
        file = entry.file
        shipped = entry.isShipped
        switch profile.map {
        case .modbus(let map):
            // What is read together depends on the line; a slow one is shown, where it matters.
            let line = ModbusBus.Endpoint.serial(device: "", baud: 9600, parity: .none, stopBits: 1)
            let plan = PollPlan(map, cost: BusCost(line))
            (maxRegisters, maxBits, topic) = (map.maximumRegisters, map.maximumBits, nil)
            neverRead = map.forbidden.map { "\($0.lowerBound)-\($0.upperBound.address)" }
            points = map.points.map(Self.point)
            reads = plan.groups.map { group in
                Group(
                    everyMs: group.periodMilliseconds,
                    reads: group.requests.map {
                        "\($0.area.rawValue):\($0.first)-\(Int($0.first) + $0.count - 1)"
                    })
            }
            unreadable = plan.unreadable.map { map.points[$0].meaning.name }
        case .mqtt(let map):
            (maxRegisters, maxBits, topic) = (nil, nil, map.topic)
            (neverRead, reads, unreadable) = ([], [], [])
            points = map.points.map(Self.point)
        }
    }

    private static func point(_ point: ModbusPoint) -> Point {
        var type = point.type.rawValue
        if point.type.registers == nil { type += "[\(point.length)]" }
        if let bits = point.bits {
            type = bits.count == 1 ? "bit \(bits.lowerBound)" : "bits \(bits.lowerBound)-\(bits.upperBound)"
        }
        if !point.trueWhen.isEmpty {
            type += " ∈ " + point.trueWhen.sorted().map { String($0) }.joined(separator: ",")
        }
        if point.order != .abcd { type += " \(point.order.rawValue)" }
        return Self.point(
            point.meaning, address: "\(point.register)", type: type, scaling: point.scaling,
            pollMs: point.periodMilliseconds)
    }

    private static func point(_ point: MQTTPoint) -> Point {
        Self.point(
            point.meaning, address: point.pointer.isEmpty ? "-" : point.pointer, type: point.type.rawValue,
            scaling: point.scaling, pollMs: nil)
    }

    private static func point(
        _ meaning: PointMeaning, address: String, type: String, scaling: Scaling, pollMs: Int64?
    ) -> Point {
        let sign = scaling.offset < 0 ? "-" : "+"
        let scale = scaling.isIdentity ? nil : "×\(scaling.scale)"
        let offset = scaling.offset == 0 ? nil : "\(sign)\(scaling.offset.magnitude)"
        return Point(
            point: meaning.name, name: ProfilesDocument.Name(meaning.label), kind: meaning.kind.rawValue,
            address: address, type: type, scale: scale.map { $0 + (offset ?? "") },
            unit: meaning.unit?.symbol,
            range: scaling.range.map { "\($0.lowerBound)…\($0.upperBound)" }, pollMs: pollMs,
            states: meaning.states.map {
                State(code: $0.code, state: $0.name, name: ProfilesDocument.Name($0.label))
            })
    }
}
