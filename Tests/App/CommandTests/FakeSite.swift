import Acquisition
import Alarms
import ArgumentParser
import Facility
import Foundation
import Logging
import Maintenance
import Notices
import Rules
import Synchronization
import Trends
import WebAPI

@testable import Engine
@testable import sitewatch

/// 2026-03-06 17:00:00 in Shanghai.
let five: Int64 = 1_772_787_600_000

/// The root of the repository.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// What a command wrote and how it ended.
struct Written {
    let out: String
    let err: String
    let code: Int32

    var lines: [String] { out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
}

/// Runs a command line as a person or a pipe would, without a process of its own.
func run(
    _ arguments: [String], interactive: Bool = false, environment: [String: String] = [:],
    pause: @escaping @Sendable () async throws -> Void = {}
) async -> Written {
    let out = Collected()
    let err = Collected()
    let terminal = Terminal(
        out: { out.add($0) }, err: { err.add($0) }, isInteractive: interactive,
        environment: [
            "SITEWATCH_SHARE": repository.appending(path: "config").path, "LANG": "en_US.UTF-8",
            "NO_COLOR": "1", "USER": "wang",
        ].merging(environment) { $1 },
        executable: "/nowhere/sitewatch", now: { five }, pause: pause)
    let code = await Terminal.$current.withValue(terminal) {
        do {
            var command = try SitewatchCommand.parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return Int32(0)
        } catch {
            return SitewatchCommand.exitCode(for: error).rawValue
        }
    }
    return Written(out: out.text, err: err.text, code: code)
}

/// The texts that come with the program.
func shippedTexts() throws -> MessageCatalog {
    var terminal = Terminal.system
    terminal.environment = ["SITEWATCH_SHARE": repository.appending(path: "config").path]
    return Session(try LanguageOptions.parse([]), terminal: terminal).catalog
}

/// Texts from several tasks.
private final class Collected: Sendable {
    private let kept = Mutex("")

    func add(_ part: String) {
        kept.withLock { $0 += part }
    }

    var text: String { kept.withLock { $0 } }
}

/// The commands a site was given, and what it answers.
actor Desktop {
    private(set) var commands: [Command] = []
    private(set) var journal: [JournalFilter] = []
    /// What is kept quiet by the commands so far.
    private(set) var quiet: [AlarmMemory] = []
    private var refusals: [Refusal?]

    init(_ refusals: [Refusal?] = []) {
        self.refusals = refusals
    }

    func take(_ command: Command) -> CommandReply {
        commands.append(command)
        let refusal = refusals.isEmpty ? nil : refusals.removeFirst()
        if refusal == nil { keepQuiet(command.kind) }
        return CommandReply(command: command.id, refusal: refusal)
    }
}

extension Desktop {
    func note(_ filter: JournalFilter) { journal.append(filter) }

    private func keepQuiet(_ kind: Command.Kind) {
        var memory = AlarmMemory(key: FakeSite.key)
        switch kind {
        case .shelve(_, let shelf): memory.shelf = shelf
        case .takeOutOfService(_, let order): memory.outOfService = order.name
        default:
            quiet = []
            return
        }
        quiet = [memory]
    }
}

/// A site of two assets behind a real server on a Unix socket of its own.
struct FakeSite {
    let desktop: Desktop
    /// What the store of samples holds.
    var history: HealthReport.History?
    var alarms = [FakeSite.alarm]
    var pointCount = 2
    var order = FakeSite.order
    var notices: [NoticeStatus] = []
    var catalog = MessageCatalog([:])
    var outbox = OutboxPorts.none

    init(refusals: [Refusal?] = []) {
        desktop = Desktop(refusals)
    }

    static let key = AlarmKey(rule: "pump.discharge_low", asset: "P1")

    static let alarm = AlarmOccurrence(
        id: OccurrenceID(17), key: key, priority: .p2, state: .unacknowledged,
        text: Bilingual(zh: "出口压力低", en: "Discharge pressure low"),
        guidance: Guidance(
            cause: Bilingual(zh: "泵未上水", en: "The pump lost its prime"),
            consequence: Bilingual(zh: "楼上停水", en: "No water upstairs"),
            action: Bilingual(zh: "检查进水", en: "Check the inlet"),
            respondWithinMilliseconds: 600_000),
        beganWallMilliseconds: five - 40_000, raisedWallMilliseconds: five - 30_000,
        evidence: [
            AlarmOccurrence.Evidence(
                point: "P1.pressure", label: Bilingual(zh: "出口压力", en: "Outlet pressure"),
                value: Bilingual(zh: "0.1 MPa", en: "0.1 MPa"), wallMilliseconds: five - 31_000)
        ],
        reason: AlarmReason(
            position: SourcePosition(file: "rules/pumps.yaml", line: 14, column: 11),
            expression: "pressure < 0.25 MPa", delayMilliseconds: 10_000))

    static var order: WorkOrder {
        WorkOrder(
            number: "WO-20260306-0001", asset: "P1", cause: "P1/pump.discharge_low",
            occurrence: OccurrenceID(17), title: Bilingual(zh: "检修水泵", en: "Repair the pump"),
            priority: .p2, openedWallMilliseconds: five - 30_000)
    }

    /// A message about the alarm, tried twice.
    static func notice(_ state: NoticeStatus.State, to channel: ChannelID) -> NoticeStatus {
        NoticeStatus(
            notice: Notice(
                occurrence: OccurrenceID(17), key: key, step: 0, kind: .raise, channel: channel,
                recipient: "wang", language: .zh, priority: .p2, title: "P2", body: "…",
                order: nil, decidedWallMilliseconds: five - 30_000,
                deliverByWallMilliseconds: five + 3_600_000),
            state: state, attempts: 2, lastAttemptWallMilliseconds: five - 5000,
            failure: "HTTP 502 of \(channel.name)")
    }

    private static let entries = [
        NumberedAlarmEvent(
            number: 41,
            event: AlarmEvent(
                key: key, occurrence: nil, kind: .shelved, state: .shelved, wallMilliseconds: five - 1000,
                person: "wang", note: "repair, \"soon\"")),
        NumberedAlarmEvent(
            number: 40,
            event: AlarmEvent(
                key: key, occurrence: OccurrenceID(17), kind: .raised, state: .unacknowledged,
                wallMilliseconds: five - 30_000)),
    ]

    /// Twelve alarms at once, one of which still stands; the others were acknowledged within a minute.
    private static func report(from: Int64, to: Int64) -> AlarmReport {
        var measures = AlarmMeasures(fromWallMilliseconds: from, toWallMilliseconds: to)
        for index in 0..<12 {
            let key = AlarmKey(rule: RuleID("rule.\(index)"), asset: "P1")
            func note(
                _ kind: AlarmEvent.Kind, _ state: AlarmState, _ seconds: Int64, by person: String? = nil
            ) {
                measures.note(
                    AlarmEvent(
                        key: key, occurrence: nil, kind: kind, state: state,
                        wallMilliseconds: from + seconds * 1000, person: person), priority: .p2)
            }
            note(.raised, .unacknowledged, 0)
            if index > 0 {
                note(.acknowledged, .acknowledged, 45, by: "li")
                note(.cleared, .normal, 600)
            }
        }
        return measures.report
    }

    private var site: Site {
        Site(
            id: "riverside", label: Bilingual(zh: "滨江花园", en: "Riverside"), language: .zh,
            zone: .fixed("Asia/Shanghai", hours: 8),
            assets: [
                Asset(
                    id: "P1", assetClass: .pump,
                    label: Bilingual(zh: "1号生活水泵", en: "Domestic pump 1"), location: "B3/pump-room",
                    profile: "generic-vfd-pump", bus: "pump-room"),
                Asset(
                    id: "T1", assetClass: .tank, label: Bilingual(zh: "水箱", en: "Tank, the \"old\" one"),
                    location: "B3"),
            ],
            points: (0..<pointCount).map { index in
                Point(
                    id: PointID(index), asset: index == 0 ? "P1" : "T1",
                    name: index == 0 ? "pressure" : "level_\(index)",
                    label: Bilingual(zh: "出口压力", en: "Outlet pressure"), kind: .gauge,
                    unit: MeasurementUnit(symbol: "MPa"), resolution: 0.001, expectedMilliseconds: 1000)
            },
            people: ["wang", "li", "李", "zhao"].map {
                Person(id: PersonID($0), label: Bilingual(zh: "王工", en: "Wang"), language: .zh)
            })
    }

    private var bus: BusStatus {
        BusStatus(
            id: "pump-room", kind: .modbusTCP, endpoint: "10.0.3.20:502", state: .degraded,
            sinceWallMilliseconds: five - 3_600_000,
            units: [
                BusStatus.Unit(
                    asset: "P1", unit: 3, isAnswering: true, lastHeardWallMilliseconds: five - 500,
                    diagnostics: diagnostics),
                BusStatus.Unit(
                    asset: "T1", unit: 4, isAnswering: false, lastHeardWallMilliseconds: nil,
                    fault: .timeout),
            ],
            outcomes: [.ok: 4200, .timeout: 7], perSecond: 1.5)
    }

    private var diagnostics: BusStatus.Diagnostics {
        var figures = BusStatus.Diagnostics(requests: 4207)
        figures.outcomes = [.ok: 4200, .timeout: 5, .exception: 2]
        figures.exceptions = [2: 1, 6: 1]
        figures.roundTripMicroseconds = [1200, 3400, 9000]
        figures.timeoutMilliseconds = 250
        return figures
    }

    private var explanation: RuleExplanation {
        RuleExplanation(
            key: Self.key, position: nil, state: .unacknowledged,
            clauses: [RuleExplanation.Clause(role: "when", expression: "pressure < 0.25 MPa", truth: .no)],
            readings: [], clearsWhen: "pressure >= 0.25 MPa", raisesInMilliseconds: nil,
            clearsInMilliseconds: nil, suppressedBy: [])
    }

    /// A bus on which unit 3 has registers, unit 9 refuses, unit 250 is impossible and nobody else is there.
    private static let field = BusPorts(
        plan: { id throws(BusRefusal) in
            guard id == "pump-room" else { throw .unknown }
            return BusPlan(
                ModbusBus(
                    id: id, endpoint: .tcp(host: "10.0.3.20", port: 502), timeoutMilliseconds: 500,
                    requestDelayMilliseconds: 0,
                    units: [
                        ModbusUnit(
                            asset: "P1", unit: 3,
                            map: ModbusMap(points: [
                                ModbusPoint(
                                    meaning: PointMeaning(
                                        name: "pressure", label: Bilingual(zh: "压力", en: "Pressure"),
                                        kind: .gauge), register: RegisterAddress(.holding, 1), length: 1,
                                    type: .uint16, periodMilliseconds: 1000)
                            ]), points: [PointID(0)])
                    ]))
        },
        ask: { id, inquiry throws(BusRefusal) in
            guard id == "pump-room" else { throw id == "broker" ? .isBroker : .unknown }
            guard inquiry.unit <= 247 else { throw .impossibleUnit }
            let errand = BusErrand(id: 1, unit: inquiry.unit, question: inquiry.question)
            let result: BusErrand.Result =
                switch (inquiry.unit, inquiry.question) {
                case (3, .registers(let area, _, let count)):
                    area.isBits
                        ? .bits((0..<count).map { $0 % 2 == 0 })
                        : .registers((0..<count).map { UInt16(0xFF41 &+ $0) })
                case (3, .serverID): .serverID([0x11, 0xFF, 0x56, 0x46, 0x44])
                case (9, _): .exception(2)
                case (_, _): .timeout
                }
            return BusErrand.Answer(errand: errand, result: result, microseconds: 1500)
        },
        frames: { id throws(BusRefusal) in
            guard id == "pump-room" else { throw .unknown }
            return AsyncStream { continuation in
                for frame in frames { continuation.yield(frame) }
                continuation.finish()
            }
        },
        lastFrames: { _ in frames })

    private static let frames = [
        BusFrame(
            unit: 3, isSent: true, wallMilliseconds: five,
            bytes: [0, 7, 0, 0, 0, 6, 3, 3, 0, 1, 0, 2]),
        BusFrame(
            unit: 3, isSent: false, wallMilliseconds: five + 2, bytes: [0, 7, 0, 0, 0, 3, 3, 0x83, 2]),
    ]

    private var ports: SitePorts {
        let (site, bus, alarms, explanation, desktop, order, notices) = (
            site, bus, alarms, explanation, desktop, order, notices
        )
        return SitePorts(
            now: { five }, site: { site },
            latest: { _ in
                [
                    Sample(PointID(0), .number(0.3124), at: five - 800),
                    Sample(PointID(1), failed: .timeout, at: five - 70_000),
                ]
            },
            buses: { [bus] }, field: Self.field, openOccurrences: { alarms },
            occurrences: { filter in
                alarms.filter { filter.cause == nil || $0.context?.cause == filter.cause }
            },
            occurrence: { id in alarms.first { $0.id == id } },
            journal: { id in
                [
                    AlarmEvent(
                        key: Self.key, occurrence: id, kind: .raised, state: .unacknowledged,
                        wallMilliseconds: five - 30_000),
                    AlarmEvent(
                        key: Self.key, occurrence: id, kind: .commented, state: .unacknowledged,
                        wallMilliseconds: five - 20_000, person: "li", note: "on my way"),
                    AlarmEvent(
                        key: Self.key, occurrence: id, kind: .reactivated, state: .unacknowledged,
                        wallMilliseconds: five - 10_000, note: AlarmNote.reminded),
                ]
            },
            journalEntries: { filter in
                await desktop.note(filter)
                return Self.entries.filter {
                    $0.number < filter.before ?? .max
                        && (filter.kinds.isEmpty || filter.kinds.contains($0.event.kind))
                }.prefix(filter.limit).map(
                    \.self)
            },
            quietAlarms: { await desktop.quiet },
            alarmReport: { Self.report(from: $0, to: $1) },
            standings: {
                var standings = AlarmStandings()
                standings.shelved = 2
                return standings
            },
            notices: { _ in notices }, explain: { _ in explanation }, orders: { _ in [order] },
            order: { $0 == order.number ? order : nil },
            orderEvents: { number in
                [
                    OrderEvent(
                        number: number, version: 1, kind: .opened, state: .open,
                        wallMilliseconds: five - 30_000)
                ]
            },
            submit: { await desktop.take($0) },
            historySamples: { request in
                (0..<2500).lazy.map {
                    HistoricSample(
                        wallMilliseconds: five - 2_500_000 + $0 * 1000, value: .number(Double($0) / 8))
                }.filter { $0.wallMilliseconds >= request.fromWallMilliseconds }.prefix(request.limit)
                    .map { $0 }
            },
            historyBuckets: { request in
                stride(
                    from: request.fromWallMilliseconds, to: request.toWallMilliseconds,
                    by: Int(request.stepMilliseconds)
                ).map {
                    HistoryBucket(
                        startWallMilliseconds: $0, count: 60, minimum: 0.25, maximum: 1.0 / 3, average: 0.3)
                }
            },
            rules: { [] },
            health: {
                HealthReport(
                    isReady: true, startedWallMilliseconds: five - 7_200_000, version: "0.1.0",
                    parts: [], history: history, waitingNotices: 0)
            },
            metrics: { [] })
    }

    /// Serves the site while a test runs commands against the socket.
    func whileServed(_ body: @Sendable (_ connection: [String]) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "cli-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let socket = folder + "/s"
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var ports = ports
        ports.outbox = outbox
        let server = WebServer(
            ports: ports, catalog: catalog, socketPath: socket, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            for _ in 0..<200 where !FileManager.default.fileExists(atPath: socket) {
                try await Task.sleep(for: .milliseconds(10))
            }
            try await body(["--socket", socket])
            tasks.cancelAll()
        }
    }
}
