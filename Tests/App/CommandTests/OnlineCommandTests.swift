import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Testing
import WebAPI

@testable import sitewatch

@Suite(.timeLimit(.minutes(1))) struct `Commands that ask the daemon` {
    @Test func `status shows the site, its buses, its counts and its assets`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["status"] + connection, interactive: true)
            #expect(written.code == 0)
            #expect(written.err == "")
            #expect(
                written.out == """
                    riverside  Riverside  ready  since 2026-03-06 15:00:00  now 2026-03-06 17:00:00  sitewatch 0.1.0

                    BUS        KIND        ENDPOINT       STATE     UNITS  PER SECOND    OK  FAILED  SINCE
                    pump-room  modbus-tcp  10.0.3.20:502  degraded    1/2         1.5  4200       7  2026-03-06 16:00:00

                    Alarms   1 open (P1 0, P2 1, P3 0, P4 0), 1 unacknowledged, 0 kept quiet
                    Orders   1 open, 0 accepted, 0 in progress
                    Points   2: 1 good, 0 uncertain, 1 bad
                    Messages 0 waiting to be sent

                    ASSET  NAME                 LOCATION      POINTS  GOOD  UNCERTAIN  BAD     AGE  ALARMS
                    P1     Domestic pump 1      B3/pump-room       1     1          0    0   800ms       1
                    T1     Tank, the "old" one  B3                 1     0          0    1  1m 10s       0

                    """)
        }
    }

    @Test func `status of an asset shows its points, alarms and orders in Chinese`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["status", "P1", "--lang", "zh"] + connection, interactive: true)
            #expect(
                written.out == """
                    P1  1号生活水泵  B3/pump-room  generic-vfd-pump  pump-room

                    测点         名称           数值  质量  原因   距今
                    P1.pressure  出口压力  0.312 MPa  正常        800ms

                    报警  优先级  状态    设备  触发时间             确认人  内容
                      17  P2      未确认  P1    2026-03-06 16:59:30  -       出口压力低

                    工单              版本  优先级  状态    设备  接单人  开立时间             次数  内容
                    WO-20260306-0001     1  P2      待接单  P1    -       2026-03-06 16:59:30     1  检修水泵

                    """)
        }
    }

    @Test func `an asset that is not there is said by name`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["status", "P9"] + connection)
            #expect(written.code == 1)
            #expect(written.out == "")
            #expect(written.err.contains("P9"))
        }
    }

    @Test func `watch looks again until it is stopped, and clears the screen before`() async throws {
        struct Enough: Error {}
        try await FakeSite().whileServed { connection in
            let looks = Counter()
            let written = await run(["status", "--watch"] + connection, interactive: true) {
                if await looks.next() == 3 { throw Enough() }
            }
            #expect(written.out.split(separator: "\u{1B}[H\u{1B}[2J").count == 3)
        }
    }

    @Test func `a pipe gets codes, not words, in whatever language`() async throws {
        try await FakeSite().whileServed { connection in
            for language in ["en", "zh"] {
                let written = await run(["points", "--lang", language] + connection)
                let label = language == "zh" ? "出口压力" : "Outlet pressure"
                #expect(
                    written.lines == [
                        "point\tname\tvalue\tquality\treason\tage_ms",
                        "P1.pressure\t\(label)\t0.3124\tgood\t\t800",
                        "T1.level_1\t\(label)\t\tbad\ttimeout\t70000", "",
                    ])
            }
        }
    }

    @Test func `points come from all pages`() async throws {
        var site = FakeSite()
        site.pointCount = 2345
        try await site.whileServed { connection in
            let written = await run(["points", "--csv"] + connection)
            #expect(written.lines.count == 2345 + 2)
            let json = await run(["points", "--json"] + connection)
            let document = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
            #expect((document?["points"] as? [Any])?.count == 2345)
            #expect(document?["version"] as? Int == 1)
            #expect(document?["next_cursor"] == nil)
        }
    }

    @Test func `alarms are listed for a person`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["alarms"] + connection, interactive: true)
            #expect(
                written.lines == [
                    "ALARM  PRIORITY  STATE           ASSET  RAISED               ACKNOWLEDGED BY  TEXT",
                    "   17  P2        unacknowledged  P1     2026-03-06 16:59:30  -                Discharge pressure low",
                    "",
                ])
        }
    }

    @Test(arguments: [
        ["--from", "-5m"], ["--from=-5m", "--to", "now"], ["--priority", "P1,p2"], ["--state", "RETURNED"],
        ["--asset", "NOPE"], ["--rule", "nope"],
    ])
    func `a list narrowed down in words people type is a list`(arguments: [String]) async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["alarms", "list"] + arguments + connection)
            #expect(written.code == 0, "\(written.err)")
            #expect(written.lines.count == 3)
        }
    }

    @Test(arguments: [
        (["--asset", "p1"], "the site has no asset p1; is it P1?"),
        (["--asset", "NOPE"], "the site has no asset NOPE; `sitewatch status`"),
        (["--rule", "pump.nope"], "the site has no rule pump.nope; `sitewatch rules`"),
    ])
    func `an empty list is not the answer to a name that the site does not have`(
        arguments: [String], reason: String
    ) async throws {
        var site = FakeSite()
        site.alarms = []
        try await site.whileServed { connection in
            let written = await run(["alarms", "list"] + arguments + connection)
            #expect(written.code == 1)
            #expect(written.err.hasPrefix("sitewatch: \(reason)"))
            #expect(await run(["alarms", "list", "--asset", "P1"] + connection).code == 0)
        }
    }

    @Test func `a doubtful alarm is marked while it is open, and the mark is explained`() async throws {
        var site = FakeSite()
        site.alarms[0].isUncertain = true
        try await site.whileServed { connection in
            let written = await run(["alarms"] + connection, interactive: true)
            #expect(written.out.contains("Discharge pressure low (?)\n"))
            #expect(written.lines.dropLast().last?.hasPrefix("(?) ") == true)
            #expect(!(await run(["alarms"] + connection).out.contains("\n(?)")))
        }
        site.alarms[0].closedWallMilliseconds = five
        try await site.whileServed { connection in
            #expect(
                !(await run(["alarms", "list", "--all"] + connection, interactive: true).out.contains("(?)")))
        }
    }

    @Test func `who acknowledged first is named, with the time`() async throws {
        var site = FakeSite()
        site.alarms[0].acknowledgement = AlarmOccurrence.Acknowledgement(
            person: "wang", wallMilliseconds: five - 10_000, note: nil)
        try await site.whileServed { connection in
            let again = await run(["alarms", "ack", "17", "--as", "li"] + connection)
            #expect(
                again.out
                    == "alarm 17 already acknowledged by wang at 2026-03-06 16:59:50: Discharge pressure low\n"
            )
        }
    }

    @Test func `colours are used on a terminal unless somebody forbids them`() async throws {
        try await FakeSite().whileServed { connection in
            let coloured = await run(
                ["alarms"] + connection, interactive: true, environment: ["NO_COLOR": ""])
            #expect(coloured.out.contains("\u{1B}[31mP2"))
            for (environment, isTerminal) in [(["NO_COLOR": "1"], true), (["NO_COLOR": ""], false)] {
                let plain = await run(
                    ["alarms"] + connection, interactive: isTerminal, environment: environment)
                #expect(!plain.out.contains("\u{1B}"))
            }
        }
    }

    @Test func `an alarm is shown with everything that belongs to it`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["alarms", "show", "17"] + connection, interactive: true)
            for part in [
                "P2  Discharge pressure low  unacknowledged", "rules/pumps.yaml:14:11",
                "pressure < 0.25 MPa  (10s)", "Check the inlet", "0.1 MPa", "WO-20260306-0001  open",
                "li", "on my way", "clears when", "pressure >= 0.25 MPa", "raised when  pressure < 0.25 MPa",
            ] {
                #expect(written.out.contains(part), "\(part)")
            }
            let missing = await run(["alarms", "show", "18"] + connection)
            #expect(missing.code == 1)
        }
    }

    @Test func `an alarm that explains others names them, and each of them its cause`() async throws {
        var site = FakeSite()
        site.catalog = try shippedTexts()
        for number in 20..<75 as Range<Int64> {
            var explained = AlarmOccurrence(
                id: OccurrenceID(number), key: AlarmKey(rule: "tank.low", asset: "T1"), priority: .p3,
                state: .suppressed, text: Bilingual(zh: "水位低", en: "Level low"), guidance: nil,
                beganWallMilliseconds: five, raisedWallMilliseconds: five, evidence: [],
                reason: FakeSite.alarm.reason)
            explained.setContext { $0.cause = OccurrenceID(17) }
            site.alarms.append(explained)
        }
        try await site.whileServed { connection in
            let root = await run(["alarms", "show", "17"] + connection)
            #expect(root.out.contains("Alarms it explains"))
            #expect(root.lines.filter { $0.contains("Level low") && $0.contains("T1") }.count == 50)
            #expect(root.out.contains("and more: 5"))
            let chinese = await run(["alarms", "show", "17", "--lang", "zh"] + connection)
            #expect(chinese.out.contains("由其引起的报警") && chinese.out.contains("其余：5 条"))
            let child = await run(["alarms", "show", "20"] + connection)
            #expect(child.lines.contains { $0.contains("EXPLAINED BY") && $0.contains("17") }, "\(child.out)")
            #expect(!child.out.contains("Alarms it explains"))
        }
    }

    @Test func `messages say how often they were tried, and what failed while they are not sent`()
        async throws
    {
        var site = FakeSite()
        site.notices = [FakeSite.notice(.sent, to: "hook"), FakeSite.notice(.waiting, to: "mqtt")]
        try await site.whileServed { connection in
            let shown = await run(["alarms", "show", "17"] + connection)
            #expect(shown.out.contains("STATE    ATTEMPTS  NOTE\n"))
            #expect(shown.out.contains("HTTP 502 of mqtt"))
            #expect(!shown.out.contains("HTTP 502 of hook"))
        }
    }

    @Test func `sums have their headings in the language of the person`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(
                ["history", "P1.pressure", "--step", "10m", "--agg", "min,max,avg,last,increase"]
                    + ["--lang", "zh"] + connection, interactive: true)
            let heading = written.lines[0].split(separator: " ")
            #expect(heading == ["时间", "测点", "最小", "最大", "平均", "末值", "增量", "采样数", "无效"])
        }
    }

    @Test func `an alarm is acknowledged in the name of the person at the keyboard`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let written = await run(["alarms", "ack", "17", "--note", "on my way"] + connection)
            #expect(written.out == "alarm 17 acknowledged by wang: Discharge pressure low\n")
            _ = await run(["alarms", "ack", "17", "--as", "li"] + connection)
            _ = await run(
                ["alarms", "reset", "17"] + connection, environment: ["USER": "root", "SUDO_USER": "zhao"])
            _ = await run(["alarms", "comment", "17", "looked at it"] + connection)
            let commands = await site.desktop.commands
            #expect(commands.map(\.person) == ["wang", "li", "zhao", "wang"])
            #expect(
                commands.map(\.kind) == [
                    .acknowledge(OccurrenceID(17)), .acknowledge(OccurrenceID(17)),
                    .reset(OccurrenceID(17)), .comment(OccurrenceID(17)),
                ])
            #expect(commands.map(\.note) == ["on my way", nil, nil, "looked at it"])
            #expect(Set(commands.map(\.id)).count == 4)
        }
    }

    @Test func `what became of an action is written as JSON when that is asked for`() async throws {
        try await FakeSite().whileServed { connection in
            for action in [["ack", "17"], ["reset", "17"], ["comment", "17", "seen"]] {
                let written = await run(["alarms"] + action + ["--json"] + connection)
                let document = try JSON.decode(AlarmDocument.self, from: Data(written.out.utf8))
                #expect(document.alarm.id == 17 && document.version == 1)
            }
        }
    }

    @Test func `of several alarms those that can be acknowledged are, and the others are told`() async throws
    {
        var site = FakeSite(refusals: [nil, .closed, nil])
        site.alarms = [17, 18, 19].map { number in
            AlarmOccurrence(
                id: OccurrenceID(number), key: FakeSite.key, priority: .p3, state: .unacknowledged,
                text: Bilingual(zh: "甲", en: "A"), guidance: nil, beganWallMilliseconds: five,
                raisedWallMilliseconds: five, evidence: [], reason: FakeSite.alarm.reason)
        }
        try await site.whileServed { connection in
            let written = await run(["alarms", "ack", "17", "18", "19"] + connection)
            #expect(written.lines.count == 3)
            #expect(written.err.hasPrefix("sitewatch: 18: "))
            #expect(written.code == 1)
        }
    }

    @Test func `orders are listed, shown and moved on`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let listed = await run(["orders", "--csv"] + connection)
            #expect(
                listed.lines == [
                    "order,version,priority,state,asset,assignee,opened,occurrences,title",
                    "WO-20260306-0001,1,p2,open,P1,,2026-03-06T16:59:30.000+08:00,1,Repair the pump", "",
                ])
            let shown = await run(["orders", "show", "WO-20260306-0001"] + connection)
            #expect(shown.out.contains("17  Discharge pressure low"))
            for step in ["accept", "start", "done"] {
                let moved = await run(
                    ["orders", step, "WO-20260306-0001", "--expected-version", "1"] + connection)
                #expect(moved.code == 0)
                #expect(moved.out.contains("WO-20260306-0001"))
            }
            let commands = await site.desktop.commands
            #expect(
                commands.map(\.kind) == [
                    .accept("WO-20260306-0001"), .start("WO-20260306-0001"), .finish("WO-20260306-0001"),
                ])
            #expect(commands.map(\.expectedVersion) == [1, 1, 1])
        }
    }

    @Test func `an order that changed meanwhile is left alone`() async throws {
        try await FakeSite(refusals: [.versionConflict(current: 4)]).whileServed { connection in
            let written = await run(
                ["orders", "accept", "WO-20260306-0001", "--expected-version", "1"] + connection)
            #expect(written.code == 1)
            #expect(written.err.contains("version-conflict"))
            #expect(written.err.contains("4"))
        }
    }

    @Test func `an order that cannot be moved on says which step comes first, or how it ended`() async throws
    {
        let steps: [(Refusal, OrderState, String)] = [
            (.invalidTransition(from: .open), .open, "accept it first"),
            (.invalidTransition(from: .accepted), .accepted, "the next step is to start it"),
            (.closed, .done, "somebody else has to verify it"),
            (.closed, .cancelled, "more work needs a new one"),
        ]
        for (refusal, state, reason) in steps {
            var site = FakeSite(refusals: [refusal])
            site.catalog = try shippedTexts()
            site.order.state = state
            try await site.whileServed { connection in
                let written = await run(["orders", "done", "WO-20260306-0001"] + connection)
                #expect(written.code == 1)
                #expect(written.err.contains(reason), "\(written.err)")
            }
        }
    }

    @Test func `why the daemon did something is said in words, and what a person wrote as it is`()
        async throws
    {
        var site = FakeSite()
        site.catalog = try shippedTexts()
        try await site.whileServed { connection in
            let english = await run(["alarms", "show", "17"] + connection)
            #expect(english.out.contains("still there"))
            #expect(english.out.contains("on my way"))
            let chinese = await run(["alarms", "show", "17", "--lang", "zh"] + connection)
            #expect(chinese.out.contains("仍未消失"))
            #expect(!chinese.out.contains("alarm.note"))
        }
    }

    @Test func `buses and what is on them`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["bus", "list", "--units"] + connection)
            #expect(
                written.lines == [
                    "bus\tunit\tasset\tstate\tlast_heard\treason",
                    "pump-room\t3\tP1\tanswering\t2026-03-06T16:59:59.500+08:00\t",
                    "pump-room\t4\tT1\tsilent\t\ttimeout", "",
                ])
        }
    }

    @Test func `history comes from all pages, as CSV for a program`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["history", "P1.pressure", "--from", "-1d", "--csv"] + connection)
            #expect(written.lines.count == 2502)
            #expect(written.lines[0] == "time,point,value,quality,reason")
            #expect(written.lines[2] == "2026-03-06T16:18:21.000+08:00,P1.pressure,0.125,good,")
            #expect(written.lines.filter { $0.hasPrefix("time") }.count == 1)
        }
    }

    @Test func `history as JSON says what the numbers measure`() async throws {
        try await FakeSite().whileServed { connection in
            for extra in [[], ["--step", "10m"]] {
                let written = await run(["history", "P1.pressure", "--json"] + extra + connection)
                let report = try JSONSerialization.jsonObject(with: Data(written.out.utf8)) as? [String: Any]
                let point = (report?["points"] as? [[String: Any]])?.first
                #expect(report?["version"] as? Int == 1)
                #expect(point?["unit"] as? String == "MPa")
                #expect((point?[extra.isEmpty ? "samples" : "buckets"] as? [Any])?.isEmpty == false)
            }
        }
    }

    @Test func `more steps than one answer has are asked for in parts`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(
                [
                    "history", "P1.pressure", "--from", "2026-03-05 17:00", "--to", "now", "--step", "30s",
                    "--agg", "max,min",
                ] + connection)
            #expect(written.lines.count == 2880 + 2)
            #expect(written.lines[0] == "time\tpoint\tmin\tmax\tcount\tbad")
            #expect(
                written.lines[1]
                    == "2026-03-05T17:00:00.000+08:00\tP1.pressure\t0.25\t0.3333333333333333\t60\t0")
            #expect(Set(written.lines.dropFirst().map { $0.prefix(29) }).count == 2881)
        }
    }

    @Test(arguments: [
        ["--from", "yesterday"], ["--from", "now", "--to", "-1h"], ["--step", "fast"], ["--agg", "min"],
        ["--step", "1m", "--agg", "median"],
    ])
    func `what cannot be understood is wrong usage`(arguments: [String]) async throws {
        try await FakeSite().whileServed { connection in
            #expect(await run(["history", "P1.pressure"] + arguments + connection).code == 64)
        }
    }
}

/// Counts up from one.
private actor Counter {
    private var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}

@Suite(.timeLimit(.minutes(1))) struct `One line for monitoring systems` {
    @Test(
        arguments: [
            (
                HealthReport.Capacity.Outlook.full, "en",
                "Disk     95 % used, 5.0 GiB free: in 12 days the history has filled the disk"
            ),
            (
                .limited, "en",
                "Disk     95 % used, 5.0 GiB free: in 12 days the history reaches its limit, and its oldest months go early"
            ),
            (.enough, "en", "Disk     95 % used, 5.0 GiB free: the history always has room"),
            (.unknown, "zh", "磁盘  已用 95 %，剩余 5.0 GiB：满一天后可知历史数据还能存多久"),
        ])
    func `status says how long the history has room, and which files are damaged`(
        _ outlook: HealthReport.Capacity.Outlook, _ language: String, _ line: String
    ) async throws {
        var site = FakeSite()
        let disk = DiskSpace(totalBytes: 100 << 30, freeBytes: 5 << 30, usedBytes: 95 << 30)
        site.history = HealthReport.History(
            bytes: 1, syncedSinceStart: 2, dropped: 0,
            capacity: .init(disk: disk, outlook: outlook, daysLeft: 12), damaged: 4, filesAside: ["a", "b"])
        let found = Found()
        try await site.whileServed { connection in
            await found.keep(await run(["status", "--lang", language] + connection))
        }
        let written = try #require(await found.written)
        #expect(written.out.split(separator: "\n").map(String.init).contains(line), "\(written.out)")
        if language == "en" {
            #expect(written.out.contains("DAMAGE   places found since the start: 4; files put aside: a, b ("))
        }
    }

    private func check(_ alarms: [(Priority, AlarmState)]) async throws -> Written {
        var site = FakeSite()
        site.alarms = alarms.enumerated().map { index, alarm in
            AlarmOccurrence(
                id: OccurrenceID(Int64(index + 1)), key: FakeSite.key, priority: alarm.0, state: alarm.1,
                text: Bilingual(zh: "甲", en: "A"), guidance: nil, beganWallMilliseconds: five,
                raisedWallMilliseconds: five, evidence: [], reason: FakeSite.alarm.reason)
        }
        let found = Found()
        try await site.whileServed { connection in
            await found.keep(await run(["status", "--check"] + connection))
        }
        return try #require(await found.written)
    }

    private actor Found {
        var written: Written?
        func keep(_ written: Written) { self.written = written }
    }

    @Test func `an urgent alarm is critical`() async throws {
        let written = try await check([(.p4, .acknowledged), (.p1, .unacknowledged)])
        #expect(written.code == 2)
        #expect(
            written.out == """
                CRITICAL - riverside: alarms: 2 (unacknowledged: 2), buses up: 0 of 1, points bad: 1 of 2\
                |alarms=2 p1=1 p2=0 p3=0 p4=1 orders=1 bad_points=1 notices_waiting=0

                """)
    }

    @Test func `a bus that half answers is a warning even without an alarm`() async throws {
        let written = try await check([(.p1, .shelved)])
        #expect(written.code == 1)
        #expect(written.out.hasPrefix("WARNING - riverside: alarms: 0 "))
    }

    @Test func `no daemon is unknown`() async {
        let written = await run(["status", "--check", "--socket", "/nowhere/s"])
        #expect(written.code == 3)
        #expect(written.out.hasPrefix("UNKNOWN - no daemon answers on /nowhere/s"))
    }
}

@Suite struct `Without a daemon` {
    @Test(arguments: [
        ["status"], ["points"], ["alarms"], ["alarms", "ack", "1"], ["orders"], ["rules"], ["bus"],
        ["history", "P1.pressure"], ["orders", "done", "WO-1"],
    ])
    func `the exit code is 3 and the message says what to do`(arguments: [String]) async {
        let english = await run(arguments + ["--socket", "/nowhere/s"])
        #expect(english.code == 3)
        #expect(english.out == "")
        #expect(
            english.err.hasPrefix(
                "sitewatch: no daemon answers on /nowhere/s: there is no such socket. Start it with"))
        let address = await run(["points", "--url", "http://127.0.0.1:1"])
        #expect(address.code == 3)
        #expect(!address.err.contains("socket"), "\(address.err)")
        let chinese = await run(arguments + ["--socket", "/nowhere/s"], environment: ["LANG": "zh_CN.UTF-8"])
        #expect(chinese.err.hasPrefix("sitewatch: /nowhere/s 上没有守护进程应答"))
    }
}
