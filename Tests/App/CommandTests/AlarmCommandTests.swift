import Alarms
import Engine
import Facility
import Foundation
import Maintenance
import Testing
import WebAPI

@testable import sitewatch

extension Written {
    /// The lines with single blanks between their words.
    fileprivate var words: [String] {
        lines.map { $0.split(separator: " ").joined(separator: " ") }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Commands about what is kept quiet` {
    @Test func `shelving for two hours sends an instant, a reason and a person`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let written = await run(
                ["alarms", "shelve", "17", "--for", "2h", "--reason", "repair"] + connection)
            #expect(written.code == 0)
            #expect(written.out == "17 shelved by wang until 2026-03-06 19:00:00 (alarms: 1)\n")
        }
        let command = try #require(await site.desktop.commands.first)
        #expect(command.kind == .shelve(.occurrence(OccurrenceID(17)), .until(five + 7_200_000)))
        #expect(command.person == "wang" && command.note == "repair")
    }

    @Test func `one alarm, all of an asset, until the condition ends, and back`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let key = FakeSite.key.description
            let once = await run(
                ["alarms", "shelve", key, "P1", "--once", "--reason", "维修", "--lang", "zh", "--as", "李"]
                    + connection)
            #expect(
                once.lines == [
                    "\(key) 已由 李 搁置至条件结束（报警 1 个）", "P1 已由 李 搁置至条件结束（报警 1 个）", "",
                ])
            let back = await run(["alarms", "unshelve", key, "--note", "done"] + connection)
            #expect(back.out == "\(key) brought back from the shelf by wang\n")
        }
        #expect(
            await site.desktop.commands.map(\.kind) == [
                .shelve(.alarm(FakeSite.key), .once), .shelve(.asset("P1"), .once),
                .unshelve(.alarm(FakeSite.key)),
            ])
    }

    @Test func `a refusal is told with its reason, and the rest is done all the same`() async throws {
        var site = FakeSite(refusals: [.shelfTooLong(limitMilliseconds: 86_400_000), nil])
        site.catalog = try shippedTexts()
        try await site.whileServed { connection in
            let written = await run(
                ["alarms", "shelve", "17", "P1", "--for", "48h", "--reason", "x"] + connection)
            #expect(written.code == 1)
            #expect(written.err == "sitewatch: 17: an alarm can be shelved for 24 hours at most\n")
            #expect(written.out.hasPrefix("P1 shelved by wang until"))
        }
    }

    @Test func `a name that nobody of the site has silences nothing, a login that is no name may act`()
        async throws
    {
        var site = FakeSite()
        site.catalog = try shippedTexts()
        try await site.whileServed { connection in
            for command in [
                ["ack", "17"], ["reset", "17"], ["shelve", "P1", "--once", "--reason", "x"],
                ["unshelve", "P1"],
                ["out-of-service", "WO-20260306-0001"], ["return", "P1"], ["comment", "17", "x"],
            ] {
                let written = await run(["alarms"] + command + ["--as", "wnag"] + connection)
                #expect(written.code == 1)
                #expect(written.err.contains("people.yaml has no person or firm wnag"))
            }
            let login = await run(["alarms", "ack", "17"] + connection, environment: ["USER": "root"])
            #expect(login.code == 0)
        }
        #expect(await site.desktop.commands.map(\.person) == ["root"])
    }

    @Test func `out of service without alarms means the asset of the order`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let written = await run(["alarms", "out-of-service", "WO-20260306-0001"] + connection)
            #expect(
                written.out
                    == "@P1 taken out of service by wang under order WO-20260306-0001 (alarms: 1)\n")
            let quiet = await run(["alarms", "quiet"] + connection, interactive: true)
            #expect(
                quiet.words == [
                    "RULE ASSET ALARM STATE ACTIVE UNTIL ORDER PERSON REASON",
                    "pump.discharge_low P1 - out of service no - WO-20260306-0001 -",
                    "",
                ])
            let chinese = await run(["alarms", "quiet", "--lang", "zh"] + connection, interactive: true)
            #expect(chinese.words[1] == "pump.discharge_low P1 - 已停用 否 - WO-20260306-0001 -")
            let csv = await run(["alarms", "quiet", "--csv"] + connection)
            #expect(
                csv.lines == [
                    "rule,asset,alarm,state,active,until,order,person,reason",
                    "pump.discharge_low,P1,,out_of_service,false,,WO-20260306-0001,,", "",
                ])
            let back = await run(["alarms", "return", "P1"] + connection)
            #expect(back.out == "P1 put back into service by wang\n")
        }
        #expect(
            await site.desktop.commands.map(\.kind) == [
                .takeOutOfService(.asset("P1"), order: "WO-20260306-0001"), .return(.asset("P1")),
            ])
    }

    @Test func `an order that is not there takes nothing out of service`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let written = await run(["alarms", "out-of-service", "WO-1"] + connection)
            #expect(written.code == 1)
            #expect(written.err.contains("WO-1"))
        }
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test func `the journal is a table with numbers, whose last one leads to the next page`() async throws {
        let site = FakeSite()
        try await site.whileServed { connection in
            let written = await run(
                ["alarms", "journal", "--limit", "1", "--kind", "Shelved,raised", "--asset", "P1"]
                    + connection, interactive: true)
            #expect(
                written.words == [
                    "NUMBER TIME ALARM ASSET RULE EVENT STATE PERSON NOTE",
                    "41 2026-03-06 16:59:59 - P1 pump.discharge_low shelved shelved wang repair, \"soon\"",
                    "",
                ])
            #expect(
                written.err
                    == "sitewatch: there are more than 1; the next page is that with --before 41\n")
            let rest = await run(["alarms", "journal", "--before", "41", "--csv"] + connection)
            #expect(
                rest.lines == [
                    "number,time,alarm,asset,rule,event,state,person,note",
                    "40,2026-03-06T16:59:30.000+08:00,17,P1,pump.discharge_low,raised,unacknowledged,,", "",
                ])
        }
        let asked = await site.desktop.journal
        #expect(asked.map(\.kinds) == [[.shelved, .raised], []])
        #expect(asked.map(\.before) == [nil, 41])
    }

    @Test func `figures stand beside what the standard asks for`() async throws {
        try await FakeSite().whileServed { connection in
            let written = await run(["alarms", "stats"] + connection, interactive: true)
            #expect(written.code == 0)
            let lines = written.words
            #expect(lines[0] == "Alarms from 2026-02-04 17:00:00 to 2026-03-06 17:00:00: 12")
            for line in [
                "MEASURE VALUE TARGET MANAGEABLE VERDICT",
                "alarms in any 10 min, most 12 ≤ 10 - OFF TARGET",
                "alarms per day, average 0.4 ≤ 150 ≤ 300 on target",
                "share of P2 100.0 % ≤ 5 % - OFF TARGET",
                "P2 11 45s 45s",
                "Floods: more than 10 alarms in 10 min",
                "Now: shelved 2, suppressed 0, out of service 0, held without data 0",
            ] {
                #expect(lines.contains(line), "\(line)\n\(written.out)")
            }
            let short = await run(
                ["alarms", "stats", "--from", "-1d", "--lang", "zh"] + connection, interactive: true)
            #expect(short.out.contains("时间段不足 30 天"))
            #expect(short.out.contains("数据不足") && !short.out.contains("超标"))
        }
    }

    @Test func `figures for programs are the same in every language`() async throws {
        try await FakeSite().whileServed { connection in
            for language in ["en", "zh"] {
                let csv = await run(["alarms", "stats", "--csv", "--lang", language] + connection)
                #expect(csv.lines[0] == "measure,value,target,manageable,verdict")
                #expect(csv.lines.contains("per_10_minutes_most,12.0,≤ 10.0,,off_target"), "\(csv.out)")
            }
            let json = await run(["alarms", "stats", "--json"] + connection)
            let document = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
            #expect(document?["version"] as? Int == 1)
            #expect(document?["activations"] as? Int == 12)
        }
    }
}
