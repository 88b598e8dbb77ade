import Acquisition
import Alarms
import Facility
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Maintenance
import NIOCore
import Notices
import Rules
import Trends

@testable import Engine
@testable import WebAPI

/// 2026-03-06 17:00:00 in Shanghai.
let five: Int64 = 1_772_787_600_000

/// The commands that routes handed over, and what they are answered with.
actor Desktop {
    private(set) var commands: [Command] = []
    private var refusal: Refusal?
    private var opened: OrderNumber?

    func refuse(with refusal: Refusal?) {
        self.refusal = refusal
    }

    func open(as number: OrderNumber) { opened = number }

    func take(_ command: Command) -> CommandReply {
        commands.append(command)
        return CommandReply(command: command.id, refusal: refusal, order: opened)
    }
}

/// A site that is configured anew each time somebody looks.
actor Reloads {
    private(set) var given = 0
    private(set) var asked: [String] = []

    func site() -> Site {
        given += 1
        let site = TestSite.site
        return Site(
            id: "configuration \(given)", label: site.label, language: site.language, zone: site.zone,
            assets: site.assets, points: site.points)
    }

    func note(_ site: Site) { asked.append(site.id) }
}

/// What the ports were asked for.
actor Questions {
    private(set) var occurrences: [OccurrenceFilter] = []
    private(set) var orders: [OrderFilter] = []
    private(set) var journal: [JournalFilter] = []
    private(set) var reports: [(from: Int64, to: Int64)] = []
    private(set) var samples: [HistoryRequest] = []
    private(set) var buckets: [BucketRequest] = []

    func note(_ filter: OccurrenceFilter) { occurrences.append(filter) }
    func note(_ filter: OrderFilter) { orders.append(filter) }
    func note(_ filter: JournalFilter) { journal.append(filter) }
    func note(_ span: (from: Int64, to: Int64)) { reports.append(span) }
    func note(_ request: HistoryRequest) { samples.append(request) }
    func note(_ request: BucketRequest) { buckets.append(request) }
}

/// A small site behind ports: two pumps on one bus, one alarm, one order.
struct TestSite {
    let desktop = Desktop()
    let questions = Questions()

    static let site = Site(
        id: "riverside", label: Bilingual(zh: "滨江花园", en: "Riverside"), language: .zh,
        zone: .fixed("Asia/Shanghai", hours: 8),
        assets: [
            Asset(
                id: "P1", assetClass: .pump, label: Bilingual(zh: "1号生活水泵", en: "Domestic pump 1"),
                location: "B3/pump-room", criticality: .high, profile: "generic-vfd-pump", bus: "pump-room",
                commissioned: CivilDate("2020-05-18"), labels: ["zone": "low"]),
            Asset(
                id: "T1", assetClass: .tank, label: Bilingual(zh: "1号水箱", en: "Tank 1"),
                location: "B3/pump-room"),
        ],
        points: [
            Point(
                id: PointID(0), asset: "P1", name: "outlet_pressure",
                label: Bilingual(zh: "出口压力", en: "Outlet pressure"), kind: .gauge,
                unit: MeasurementUnit(symbol: "MPa"), resolution: 0.001, expectedMilliseconds: 1000),
            Point(
                id: PointID(1), asset: "P1", name: "mode", label: Bilingual(zh: "模式", en: "Mode"),
                kind: .state,
                states: [
                    Point.State(code: 1, name: "auto", label: Bilingual(zh: "自动", en: "automatic"))
                ]),
            Point(
                id: PointID(2), asset: "P1", name: "running", label: Bilingual(zh: "运行", en: "Running"),
                kind: .state),
            Point(
                id: PointID(3), asset: "T1", name: "level", label: Bilingual(zh: "液位", en: "Level"),
                kind: .gauge, unit: MeasurementUnit(symbol: "m")),
        ])

    static let latest = [
        Sample(PointID(0), .number(0.3124), at: five - 800),
        Sample(PointID(1), .integer(1), .uncertain(.stale), at: five - 60_000),
        Sample(PointID(2), failed: .exception(2), at: five - 1000),
    ]

    static let key = AlarmKey(rule: "pump.discharge_low", asset: "P1")

    static let occurrence = AlarmOccurrence(
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
                point: "P1.outlet_pressure", label: Bilingual(zh: "出口压力", en: "Outlet pressure"),
                value: Bilingual(zh: "0.100 MPa", en: "0.100 MPa"), wallMilliseconds: five - 31_000)
        ],
        reason: AlarmReason(
            position: SourcePosition(file: "rules/pumps.yaml", line: 14, column: 11),
            expression: "outlet_pressure < 0.25 MPa", delayMilliseconds: 10_000))

    /// What the alarm explains.
    static var explained: AlarmOccurrence {
        var explained = AlarmOccurrence(
            id: OccurrenceID(18), key: AlarmKey(rule: "tank.low", asset: "T1"), priority: .p3,
            state: .suppressed, text: Bilingual(zh: "水位低", en: "Level low"), guidance: nil,
            beganWallMilliseconds: five - 20_000, raisedWallMilliseconds: five - 20_000, evidence: [],
            reason: occurrence.reason)
        explained.setContext { $0.cause = OccurrenceID(17) }
        return explained
    }

    static var order: WorkOrder {
        var order = WorkOrder(
            number: "WO-20260306-0001", asset: "P1", cause: "P1/pump.discharge_low",
            occurrence: OccurrenceID(17), title: Bilingual(zh: "检修水泵", en: "Repair the pump"),
            priority: .p2, openedWallMilliseconds: five - 30_000)
        order.version = 2
        return order
    }

    static let rule = RuleDefinition(
        id: "pump.discharge_low",
        position: SourcePosition(file: "rules/pumps.yaml", line: 12, column: 3),
        match: RuleMatch(assetClass: .pump),
        when: ExpressionText(
            "outlet_pressure < 0.25 MPa",
            at: SourcePosition(file: "rules/pumps.yaml", line: 14, column: 11)),
        raiseDelayMilliseconds: 10_000, priority: .p2,
        text: Bilingual(zh: "出口压力低", en: "Discharge pressure low"), order: RuleDefinition.Order())

    static let bus = BusStatus(
        id: "pump-room", kind: .modbusTCP, endpoint: "10.0.3.20:502", state: .degraded,
        sinceWallMilliseconds: five - 3_600_000,
        units: [
            BusStatus.Unit(
                asset: "P1", unit: 3, isAnswering: false, lastHeardWallMilliseconds: five - 60_000,
                fault: .timeout, diagnostics: diagnostics)
        ],
        outcomes: [.ok: 4200, .timeout: 7], perSecond: 1.5,
        trouble: BusStatus.Trouble(reason: "Connection refused", wallMilliseconds: five - 60_000),
        plannedUse: 0.25)

    static var diagnostics: BusStatus.Diagnostics {
        var figures = BusStatus.Diagnostics(requests: 4209)
        figures.outcomes = [.ok: 4200, .timeout: 7, .exception: 2]
        figures.exceptions = [2: 2]
        figures.dropped = 1
        figures.roundTripMicroseconds = [1200, 3400, 9000]
        figures.timeoutMilliseconds = 250
        figures.isDemoted = true
        figures.nextProbeWallMilliseconds = five + 4000
        figures.plannedRequests = 2
        return figures
    }

    /// Unit 3 has registers and says who it is, unit 9 refuses, the gateway speaks for unit 10.
    static let field = BusPorts(
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
                                        name: "mode", label: Bilingual(zh: "模式", en: "Mode"), kind: .state),
                                    register: RegisterAddress(.holding, 1), length: 1, type: .uint16,
                                    periodMilliseconds: 1000)
                            ]), points: [PointID(1)])
                    ]))
        },
        ask: { id, inquiry throws(BusRefusal) in
            guard id == "pump-room" else { throw .unknown }
            let result: BusErrand.Result =
                switch (inquiry.unit, inquiry.question) {
                case (3, .registers(_, let first, let count)):
                    .registers((0..<count).map { first &+ UInt16($0) })
                case (3, .serverID): .serverID([0x11, 0xFF, 0x1B, 0x56])
                case (9, _): .exception(2)
                case (10, _): .exception(11)
                case (11, _): .noConnection
                case (12, _): .busy
                case (_, _): .timeout
                }
            return BusErrand.Answer(
                errand: BusErrand(id: 1, unit: inquiry.unit, question: inquiry.question), result: result,
                microseconds: 1500)
        },
        frames: { _ throws(BusRefusal) in
            AsyncStream { continuation in
                for frame in frames { continuation.yield(frame) }
                continuation.finish()
            }
        },
        lastFrames: { _ in frames })

    private static let frames = [
        BusFrame(unit: 3, isSent: true, wallMilliseconds: five, bytes: [0, 7, 0, 0, 0, 6, 3, 3, 0, 1, 0, 2]),
        BusFrame(
            unit: 3, isSent: false, wallMilliseconds: five, bytes: [0, 7, 0, 0, 0, 7, 3, 3, 4, 0, 1, 0, 2]),
        BusFrame(unit: 3, isSent: false, wallMilliseconds: five, bytes: [0]),
    ]

    static let health = HealthReport(
        isReady: true, startedWallMilliseconds: five - 7_200_000, version: "0.1.0",
        parts: [
            HealthReport.Part(
                name: "site-loop", isProgressing: true, lastProgressWallMilliseconds: five - 200)
        ],
        history: HealthReport.History(
            bytes: 123_456, syncedSinceStart: 98_765, dropped: 0,
            capacity: HealthReport.Capacity(
                disk: DiskSpace(totalBytes: 1_000_000, freeBytes: 600_000, usedBytes: 200_000),
                outlook: .limited, daysLeft: 412),
            damaged: 3, filesAside: ["2026-03.sqlite.damaged-20260306T121314Z"]),
        waitingNotices: 2)

    static let journal = [
        NumberedAlarmEvent(
            number: 41,
            event: AlarmEvent(
                key: key, occurrence: nil, kind: .shelved, state: .shelved, wallMilliseconds: five - 1000,
                person: "wang", note: "pump is being repaired")),
        NumberedAlarmEvent(
            number: 40,
            event: AlarmEvent(
                key: key, occurrence: OccurrenceID(17), kind: .cleared, state: .normal,
                wallMilliseconds: five - 9000, note: AlarmNote.noData)),
    ]

    /// One alarm on the shelf until six, another out of service with its asset.
    static var quiet: [AlarmMemory] {
        var shelved = AlarmMemory(key: key)
        shelved.shelf = .until(five + 3_600_000)
        shelved.isConditionTrue = true
        shelved.occurrence = OccurrenceID(17)
        var removed = AlarmMemory(key: AlarmKey(rule: "tank.low", asset: "T1"))
        removed.outOfService = "WO-20260306-0001"
        removed.suppressedBy = [AlarmNote.inactive]
        return [shelved, removed]
    }

    /// A month with one alarm that stands, twelve that came at once, and one that came and went.
    static func report(_ from: Int64, _ to: Int64) -> AlarmReport {
        var measures = AlarmMeasures(fromWallMilliseconds: from, toWallMilliseconds: to)
        func note(
            _ kind: AlarmEvent.Kind, _ state: AlarmState, _ rule: RuleID, at time: Int64,
            by person: String? = nil
        ) {
            measures.note(
                AlarmEvent(
                    key: AlarmKey(rule: rule, asset: "P1"), occurrence: nil, kind: kind, state: state,
                    wallMilliseconds: time, person: person), priority: .p2)
        }
        note(.raised, .unacknowledged, "pump.discharge_low", at: from)
        for index in Int64(0)..<12 {
            note(.raised, .unacknowledged, RuleID("rule.\(index)"), at: from + index * 1000)
            note(.acknowledged, .acknowledged, RuleID("rule.\(index)"), at: from + 60_000, by: "li")
            note(.cleared, .normal, RuleID("rule.\(index)"), at: from + 120_000)
        }
        for _ in 0..<3 {
            note(.raised, .unacknowledged, "door", at: from + 300_000)
            note(.cleared, .normal, "door", at: from + 310_000)
        }
        return measures.report
    }

    static let explanation = RuleExplanation(
        key: key, position: SourcePosition(file: "rules/pumps.yaml", line: 12, column: 3),
        state: .unacknowledged,
        clauses: [
            RuleExplanation.Clause(role: "when", expression: "outlet_pressure < 0.25 MPa", truth: .no)
        ],
        readings: [
            RuleExplanation.Reading(
                point: "P1.outlet_pressure", label: Bilingual(zh: "出口压力", en: "Outlet pressure"),
                value: Bilingual(zh: "0.312 MPa", en: "0.312 MPa"), quality: .good,
                wallMilliseconds: five - 800)
        ],
        clearsWhen: "not (outlet_pressure < 0.25 MPa)", raisesInMilliseconds: nil,
        clearsInMilliseconds: 25_000, suppressedBy: [])

    static let notice = NoticeStatus(
        notice: Notice(
            occurrence: OccurrenceID(17), key: key, step: 0, kind: .raise, channel: "duty-hook",
            recipient: "wang", language: .zh, priority: .p2, title: "P2 出口压力低", body: "…",
            order: "WO-20260306-0001", decidedWallMilliseconds: five - 30_000,
            deliverByWallMilliseconds: five + 3_600_000),
        state: .waiting, attempts: 2, lastAttemptWallMilliseconds: five - 5000, failure: "HTTP 502")

    var ports: SitePorts {
        let (desktop, questions) = (desktop, questions)
        return SitePorts(
            now: { five }, site: { Self.site }, latest: { _ in Self.latest }, buses: { [Self.bus] },
            field: Self.field,
            openOccurrences: { [Self.occurrence] },
            occurrences: { filter in
                await questions.note(filter)
                if let cause = filter.cause { return cause == OccurrenceID(17) ? [Self.explained] : [] }
                return filter.before == nil ? [Self.occurrence] : []
            },
            occurrence: { $0 == OccurrenceID(17) ? Self.occurrence : nil },
            journal: { id in
                [
                    AlarmEvent(
                        key: Self.key, occurrence: id, kind: .raised, state: .unacknowledged,
                        wallMilliseconds: five - 30_000)
                ]
            },
            journalEntries: { filter in
                await questions.note(filter)
                return filter.before != nil
                    ? []
                    : Self.journal.filter { filter.kinds.isEmpty || filter.kinds.contains($0.event.kind) }
            },
            quietAlarms: { Self.quiet },
            alarmReport: { from, to in
                await questions.note((from, to))
                return Self.report(from, to)
            },
            standings: {
                var standings = AlarmStandings()
                (standings.shelved, standings.outOfService) = (1, 2)
                return standings
            },
            notices: { _ in [Self.notice] }, explain: { $0 == Self.key ? Self.explanation : nil },
            orders: { filter in
                await questions.note(filter)
                return [Self.order]
            },
            order: { $0 == Self.order.number ? Self.order : nil },
            orderEvents: { number in
                [
                    OrderEvent(
                        number: number, version: 1, kind: .opened, state: .open,
                        wallMilliseconds: five - 30_000)
                ]
            },
            submit: { await desktop.take($0) },
            historySamples: { request in
                await questions.note(request)
                return (0..<5).map {
                    HistoricSample(
                        wallMilliseconds: five - 5000 + $0 * 1000, value: .number(Double($0) / 8))
                }.filter { $0.wallMilliseconds >= request.fromWallMilliseconds }.prefix(request.limit)
                    .map { $0 }
            },
            historyBuckets: { request in
                await questions.note(request)
                return [
                    HistoryBucket(
                        startWallMilliseconds: request.fromWallMilliseconds, count: 60, badCount: 1,
                        minimum: 0.25, maximum: 0.5, average: 0.375, last: 0.5, increase: 0)
                ]
            },
            rules: { [RuleStatus(definition: Self.rule, assets: ["P1"])] }, health: { Self.health },
            metrics: {
                [Metric("sitewatch_steps_total", .counter, help: "Steps of the engine.", value: 12)]
            })
    }

    /// Sends one request to the routes, as if it came over a listener.
    func ask(
        _ uri: String, _ method: HTTPRequest.Method = .get, over access: Access = .full,
        language: String? = nil, body: String? = nil, headers: HTTPFields = HTTPFields(),
        change: (inout SitePorts) -> Void = { _ in }
    ) async throws -> Answer {
        var ports = ports
        change(&ports)
        var headers = headers
        headers[.acceptLanguage] = language
        let router = SiteRouter.build(ports: ports, catalog: Texts.catalog, access: access)
        let (head, content) = (headers, body.map { ByteBuffer(string: $0) })
        return try await Application(router: router).test(.router) { client in
            try await client.execute(uri: uri, method: method, headers: head, body: content) {
                Answer(status: $0.status, headers: $0.headers, body: String(buffer: $0.body))
            }
        }
    }
}

extension TestSite {
    /// Sends requests one after the other to the same routes over the network; how each was answered.
    func ask(_ uris: [String]) async throws -> [HTTPResponse.Status] {
        let router = SiteRouter.build(ports: ports, catalog: Texts.catalog, access: .readOnly)
        return try await Application(router: router).test(.router) { client in
            var answers: [HTTPResponse.Status] = []
            for uri in uris { answers.append(try await client.execute(uri: uri, method: .get) { $0.status }) }
            return answers
        }
    }
}

/// What came back.
struct Answer {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: String

    func document<Document: Decodable>(_ type: Document.Type) throws -> Document {
        try JSON.decode(type, from: Data(body.utf8))
    }

    /// The code and text of an error.
    var error: ErrorDocument.Detail? {
        try? document(ErrorDocument.self).error
    }
}

/// The texts of the repository, so that a missing one is seen.
enum Texts {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let catalog = MessageCatalog([.en: entries("en"), .zh: entries("zh-Hans")])

    private static func entries(_ language: String) -> [String: String] {
        let lines = ["api", "reach", "orders"].flatMap { name in
            let file = root.appending(path: "config/messages/\(name).\(language).yaml")
            return (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
        }
        return Dictionary(
            uniqueKeysWithValues: lines.compactMap { line in
                guard let colon = line.firstRange(of: ": \"") else { return nil }
                return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...].dropLast()))
            })
    }
}
