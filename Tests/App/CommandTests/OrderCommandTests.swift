import ArgumentParser
import Engine
import Facility
import Foundation
import Maintenance
import Testing

@testable import sitewatch

/// The commands about orders and assets: what they ask of the daemon, and what they refuse before they ask.
@Suite struct OrderCommandTests {
    private static let number: OrderNumber = "WO-20260306-0001"

    @Test func `every step of an order is asked for with what it needs`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let order = Self.number.name
            for arguments in [
                ["triage", order, "--asset", "P1", "--priority", "p2", "--type", "hazard"],
                ["dispatch", order, "--to", "li", "--note", "nearer"],
                ["reject", order, "--note", "ill"],
                [
                    "hold", order, "--reason", "waiting_part", "--until", "2026-03-07 08:00", "--approved-by",
                    "li",
                ],
                ["resume", order], ["answer", order, "gap=0.5", "lock=good", "oil=full"],
                [
                    "done", order, "--mode", "brd", "--cause", "wear", "--remedy", "replaced", "--labour",
                    "wang=45", "--part", "seal=2@35.50", "--cost", "100", "--override", "valve shut",
                    "--counts-as", "visit/year",
                ],
                ["verify", order], ["cancel", order, "--reason", "false_alarm", "--note", "a test"],
                ["reopen", order, "--note", "drips"],
            ] {
                let written = await run(["orders"] + arguments + connection)
                #expect(written.code == 0, "\(arguments): \(written.err)")
            }
            let zone = SiteZone.fixed("Asia/Shanghai", hours: 8)
            let morning = zone.instant(of: try #require(CivilDate("2026-03-07")), minutes: 480)
            let completion = OrderCompletion(
                codes: FailureCodes(mode: .brd, cause: .wear, remedy: .replaced),
                labour: [.init("wang", minutes: 45)], parts: [.init("seal", count: 2, cents: 3550)],
                cents: 10_000, overrideReason: "valve shut",
                credit: PlanCredit(plan: "visit", level: "year"))
            #expect(
                await site.desktop.commands.map(\.kind) == [
                    .triage(Self.number, "P1", category: nil, .p2, .hazard),
                    .dispatch(Self.number, to: "li"), .reject(Self.number),
                    .hold(
                        Self.number,
                        OrderHold(.waitingPart, resumeBy: morning, approvedBy: "li")),
                    .resume(Self.number),
                    .answer(
                        Self.number,
                        [
                            GivenAnswer("gap", .number(0.5)), GivenAnswer("lock", .check(true)),
                            GivenAnswer("oil", .text("full")),
                        ]),
                    .finish(Self.number, completion), .verify(Self.number),
                    .cancel(Self.number, .falseAlarm), .reopen(Self.number),
                ])
        }
    }

    @Test(arguments: [
        ["orders", "hold", "WO-1", "--reason", "tired", "--until", "+2h"],
        ["orders", "hold", "WO-1", "--reason", "other", "--until", "soon"],
        ["orders", "done", "WO-1", "--mode", "broken"], ["orders", "done", "WO-1", "--labour", "wang"],
        ["orders", "done", "WO-1", "--counts-as", "visit/"],
        ["orders", "done", "WO-1", "--part", "seal"], ["orders", "cancel", "WO-1", "--reason", "no"],
        ["orders", "answer", "WO-1", "gap"], ["orders", "report", "lamp", "--priority", "p9"],
        ["assets", "state", "P1", "asleep", "--note", "x"], ["assets", "state", "P1", "stopped"],
    ])
    func `what cannot be meant is refused before anybody is asked`(arguments: [String]) async {
        #expect(await run(arguments).code == 64)
    }

    @Test(
        arguments: [
            (
                ["orders", "done", "WO-1", "--mode", "broken", "--lang", "zh"],
                "--mode 没有“broken”，可用的有：fts, stp"
            ),
            (["assets", "state", "P1", "stopped", "--lang=zh"], "请用 --note 说明理由"),
            (
                ["alarms", "shelve", "a@P1", "--for", "soon", "--reason", "x"],
                "--for does not understand \"soon\""
            ),
            (["plans", "due", "--days", "999", "--lang", "zh"], "--days 应在 0 到 400 之间"),
            (["orders", "list", "--json", "--csv"], "give either --json or --csv"),
        ] as [([String], String)])
    func `what is wrong with arguments is said in the language of the line`(
        arguments: [String], words: String
    ) throws {
        var terminal = Terminal.system
        terminal.arguments = arguments
        terminal.environment = ["SITEWATCH_SHARE": repository.appending(path: "config").path]
        let error = #expect(throws: (any Error).self) {
            try Terminal.$current.withValue(terminal) { _ = try SitewatchCommand.parseAsRoot(arguments) }
        }
        let told = SitewatchCommand.message(for: try #require(error))
        #expect(told.contains(words), "\(told)")
    }

    @Test func `whoever answers, ends or verifies is told what is not as it should be`() async throws {
        var site = FakeSite()
        site.order = try Self.finished()
        try await site.whileServed { connection in
            let order = Self.number.name
            for step in [["answer", order, "gap=0.9"], ["done", order], ["verify", order]] {
                let told = await run(["orders"] + step + connection)
                #expect(told.lines.contains("1 of 2 not as they should be: gap"), "\(step): \(told.out)")
                let json = await run(["orders"] + step + ["--json"] + connection)
                #expect(!json.out.contains("not as they should be"))
            }
            let quiet = await run(["orders", "accept", order] + connection)
            #expect(!quiet.out.contains("not as they should be"))
        }
    }

    @Test func `a table of assets never takes the place of a file`() async throws {
        let folder = NSTemporaryDirectory() + "assets-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = folder + "/t.csv"
        try "id,class,name_zh,name_en,location\nP9,pump,泵,Pump,B1\n".write(
            toFile: table, atomically: true, encoding: .utf8)
        let first = await run(["assets", "import", table, "--out", folder + "/a.yaml"])
        #expect(first.code == 0, "\(first.err)")
        let kept = try String(contentsOfFile: folder + "/a.yaml", encoding: .utf8)
        let again = await run(["assets", "import", table, "--out", folder + "/a.yaml", "--lang", "zh"])
        #expect(again.code == 1 && again.err.contains("\(folder)/a.yaml 已存在，保持不变"), "\(again.err)")
        #expect(try String(contentsOfFile: folder + "/a.yaml", encoding: .utf8) == kept)
        let nowhere = await run(["assets", "import", table, "--out", folder + "/no/a.yaml"])
        #expect(nowhere.err.contains("there is no folder \(folder)/no"), "\(nowhere.err)")
    }

    @Test func `a replaced counter is told with both readings`() async throws {
        let site = FakeSite(refusals: [nil, .unknownMeter("P1", "starts")])
        try await site.whileServed { connection in
            let told = await run(
                [
                    "assets", "meter", "replace", "P1", "hours", "--new-reading", "3", "--old-reading",
                    "5012.5", "--as", "wang", "--note", "broken", "--lang", "en",
                ] + connection)
            #expect(told.code == 0, "\(told.err)")
            #expect(told.out.contains("hours") && told.out.contains("P1"))
            let unknown = await run(
                ["assets", "meter", "replace", "P1", "starts", "--new-reading", "0", "--as", "wang"]
                    + connection)
            #expect(unknown.code == 1)
            let missing = await run(["assets", "meter", "replace", "P1", "hours"] + connection)
            #expect(missing.code == 64)
            let commands = await site.desktop.commands
            #expect(
                commands.map(\.kind) == [
                    .replaceMeter("P1", "hours", showing: 3, old: 5012.5),
                    .replaceMeter("P1", "starts", showing: 0, old: nil),
                ])
            #expect(commands.first?.note == "broken" && commands.first?.person == "wang")
        }
    }

    @Test func `the board and a dossier are shown`() async throws {
        try await FakeSite().whileServed { connection in
            let board = await run(["orders", "board", "--json"] + connection)
            #expect(board.code == 0 && board.out.contains("\"columns\""))
            let dossier = await run(["assets", "dossier", "P1"] + connection)
            #expect(dossier.code == 0, "\(dossier.err)")
            let listed = await run(["assets", "list", "--csv"] + connection)
            #expect(listed.out.contains("P1,pump"))
            let nothing = await run(["assets", "dossier", "P99"] + connection)
            #expect(nothing.code == 1)
        }
    }

    /// A round that was done, with one line that is not good, an hour late and entered the day after.
    private static func finished() throws -> WorkOrder {
        var opening = OrderOpening(
            asset: "P1", cause: "manual/P1/1", title: Bilingual(zh: "巡检", en: "Round"), priority: .p3,
            type: .round)
        opening.checklist = Checklist(
            Job(
                id: "monthly", label: Bilingual(zh: "月检", en: "Monthly"),
                items: [
                    .init(id: "lock", text: Bilingual(zh: "挂牌", en: "Lock out")),
                    .init(
                        id: "gap", text: Bilingual(zh: "间隙", en: "Gap"),
                        answer: .number(unit: nil, limits: 0.3...0.7)),
                    .init(
                        id: "temp", text: Bilingual(zh: "温度", en: "Temperature"),
                        answer: .number(unit: MeasurementUnit(symbol: "°C"), limits: 20...60),
                        isMandatory: false),
                    .init(
                        id: "oil", text: Bilingual(zh: "油位", en: "Oil"), answer: .text, isMandatory: false),
                ]))
        opening.foundBy = "WO-20260305-0009"
        let policy = OrderPolicy(levels: .standard)
        let day: Int64 = 86_400_000
        var (order, _) = WorkOrderLifecycle.open(
            opening, number: number, source: .user, at: five - 2 * day, under: policy)
        let completion = OrderCompletion(
            codes: FailureCodes(mode: .brd, cause: .wear, remedy: .replaced),
            labour: [.init("wang", minutes: 45), .init("li", minutes: 10)],
            parts: [.init("seal", count: 2, cents: 3550)], cents: 10_000,
            performedWallMilliseconds: five - day, overrideReason: "valve shut",
            credit: PlanCredit(plan: "visit", level: "year", occurrence: "visit/P1/2026-03-08"))
        for input: OrderInput in [
            .accept(person: "wang", note: nil), .start(person: "wang", note: nil),
            .answer(
                person: "wang",
                [GivenAnswer("lock", .check(true)), GivenAnswer("gap", .number(0.9), note: "worn")]),
            .finish(person: "wang", note: nil, completion: completion),
        ] {
            _ = try order.handle(input, at: five - 60_000, under: policy)
        }
        return order.order
    }

    @Test(arguments: ["en", "zh"])
    func `an order is shown with the work done: codes, labour, parts, cost, answers and promises`(
        language: String
    ) async throws {
        var site = FakeSite()
        site.catalog = try shippedTexts()
        site.order = try Self.finished()
        try await site.whileServed { connection in
            let shown = await run(
                ["orders", "show", Self.number.name] + connection, interactive: true,
                environment: ["LANG": language == "zh" ? "zh_CN.UTF-8" : "en_US.UTF-8"])
            #expect(shown.code == 0, "\(shown.err)")
            let expected =
                language == "zh"
                ? [
                    "故障 损坏, 磨损, 更换", "工时 wang 45 min, li 10 min", "备件 2 × seal", "费用 135.50", "补录",
                    "发现于 WO-20260305-0009", "抵计 visit/year visit/P1/2026-03-08",
                    "gap 间隙 0.9 不合格 worn", "lock 挂牌 合格", "oil 油位 - 文字",
                    "temp 温度 - 以 °C 为单位的数字（不写单位），20 至 60 为合格", "响应", "已超时", "计时中",
                ]
                : [
                    "FAILURE breakdown, wear, replaced", "LABOUR wang 45 min, li 10 min", "PARTS 2 × seal",
                    "COST 135.50", "(entered later)", "FOUND BY WO-20260305-0009", "WORKED ON BY wang, li",
                    "ALTHOUGH IT HOLDS valve shut", "COUNTS AS visit/year visit/P1/2026-03-08",
                    "gap Gap 0.9 not good worn", "lock Lock out good",
                    "oil Oil - words",
                    "temp Temperature - a number of °C, written without the unit; good from 20 to 60",
                    "response", "broken", "running",
                ]
            let lines = shown.lines.map { $0.split(separator: " ").joined(separator: " ") }
            for text in expected {
                #expect(lines.contains { $0.contains(text) }, "\(text) in\n\(shown.out)")
            }
        }
    }
}
