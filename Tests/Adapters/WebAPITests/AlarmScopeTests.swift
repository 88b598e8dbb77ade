import Alarms
import Engine
import Facility
import Foundation
import HTTPTypes
import Testing

@testable import WebAPI

@Suite struct `Alarms put aside over the API` {
    private let site = TestSite()

    @Test(arguments: [
        ("17", AlarmScope.occurrence(OccurrenceID(17))), ("P1", .asset("P1")), ("%40P1", .asset("P1")),
        ("pump.discharge_low%40P1", .alarm(TestSite.key)), ("%2012", .asset(" 12")),
    ])
    func `what is meant is a number, a rule at an asset, or an asset`(path: String, scope: AlarmScope)
        async throws
    {
        let answer = try await site.ask(
            "/api/v1/alarms/\(path)/unshelve", .post, body: #"{"person":"wang"}"#)
        #expect(answer.status == .ok)
        #expect(await site.desktop.commands.map(\.kind) == [.unshelve(scope)])
    }

    @Test(arguments: ["0", "-3", "rule@", "a%40"])
    func `what can be none of them is no alarm`(path: String) async throws {
        let answer = try await site.ask(
            "/api/v1/alarms/\(path)/unshelve", .post, body: #"{"person":"wang"}"#)
        #expect(answer.status == .notFound)
        #expect(answer.error?.code == "unknown_alarm")
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test(arguments: [
        (#""span":"2h""#, AlarmMemory.Shelf.until(five + 7_200_000)),
        (#""until":"2026-03-06 18:00""#, .until(five + 3_600_000)), (#""once":true"#, .once),
    ])
    func `shelving says for how long in one of three ways`(field: String, shelf: AlarmMemory.Shelf)
        async throws
    {
        let answer = try await site.ask(
            "/api/v1/alarms/17/shelve", .post, body: #"{"person":"wang","note":"repair",\#(field)}"#)
        #expect(answer.status == .ok)
        let command = try #require(await site.desktop.commands.first)
        #expect(command.kind == .shelve(.occurrence(OccurrenceID(17)), shelf))
        #expect(command.note == "repair")
        let document = try answer.document(QuietAlarmsDocument.self)
        #expect(document.alarms.map(\.alarm) == [17])
        #expect(document.alarms.first?.shelvedUntil == "2026-03-06T18:00:00.000+08:00")
    }

    @Test(arguments: [
        #"{"person":"wang","note":"x"}"#, #"{"person":"wang","note":"x","span":"2h","once":true}"#,
        #"{"person":"wang","note":"x","span":"2h","until":"now"}"#,
        #"{"person":"wang","note":"x","span":"soon"}"#, #"{"person":"wang","note":"x","until":"later"}"#,
        #"{"person":"wang","span":"2h"}"#, #"{"person":"wang","note":" ","span":"2h"}"#,
        #"{"note":"x","span":"2h"}"#,
    ])
    func `a shelf without a reason, or with no end or two, is refused`(body: String) async throws {
        let answer = try await site.ask("/api/v1/alarms/17/shelve", .post, body: body)
        #expect(answer.status == .badRequest)
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test func `an asset is taken out of service under an order and returned`() async throws {
        let out = try await site.ask(
            "/api/v1/alarms/T1/out-of-service", .post,
            body: #"{"person":"wang","order":"WO-20260306-0001"}"#)
        #expect(out.status == .ok)
        let back = try await site.ask("/api/v1/alarms/T1/return", .post, body: #"{"person":"wang"}"#)
        #expect(back.status == .ok)
        #expect(
            await site.desktop.commands.map(\.kind) == [
                .takeOutOfService(.asset("T1"), order: "WO-20260306-0001"), .return(.asset("T1")),
            ])
        let alarms = try out.document(QuietAlarmsDocument.self).alarms
        #expect(alarms.map(\.rule) == ["tank.low"])
        #expect(alarms.map(\.state) == [.outOfService])
        #expect(alarms.map(\.order) == ["WO-20260306-0001"])
    }

    @Test(arguments: [
        (Refusal.shelfTooLong(limitMilliseconds: 86_400_000), HTTPResponse.Status.conflict, "24"),
        (.orderStillOpen("WO-20260306-0001"), .conflict, "WO-20260306-0001"),
        (.unknown, .notFound, "17"), (.nothingWatched("P9"), .notFound, "P9"),
    ])
    func `a refusal says why`(refusal: Refusal, status: HTTPResponse.Status, word: String) async throws {
        await site.desktop.refuse(with: refusal)
        for language in ["en", "zh-CN"] {
            let answer = try await site.ask(
                "/api/v1/alarms/17/shelve", .post, language: language,
                body: #"{"person":"wang","note":"x","span":"48h"}"#)
            #expect(answer.status == status)
            #expect(answer.error?.message.contains(word) == true, "\(answer.body)")
        }
    }

    @Test func `only the Unix socket takes them`() async throws {
        for path in ["shelve", "unshelve", "out-of-service", "return"] {
            let answer = try await site.ask(
                "/api/v1/alarms/17/\(path)", .post, over: .readOnly, body: #"{"person":"wang"}"#)
            #expect(answer.status == .forbidden)
        }
    }

    @Test func `what is kept quiet is listed with until when, under which order and why`() async throws {
        let answer = try await site.ask("/api/v1/alarms/quiet", language: "en")
        #expect(
            answer.body == #"""
                {"alarms":[{"active":true,"alarm":17,"asset":"P1","asset_label":{"en":"Domestic pump 1",\#
                "zh":"1号生活水泵"},"note":"pump is being repaired","person":"wang",\#
                "reasons":[],"rule":"pump.discharge_low","shelved_once":false,\#
                "shelved_until":"2026-03-06T18:00:00.000+08:00","state":"shelved"},\#
                {"active":false,"asset":"T1","asset_label":{"en":"Tank 1","zh":"1号水箱"},\#
                "order":"WO-20260306-0001","reasons":["alarm.note.inactive"],\#
                "rule":"tank.low","shelved_once":false,"state":"out_of_service"}],\#
                "time":"2026-03-06T17:00:00.000+08:00","version":1}
                """#)
    }
}

@Suite struct `The journal of alarms over the API` {
    private let site = TestSite()

    @Test func `it is paged and filtered`() async throws {
        let uri =
            "/api/v1/alarms/journal?asset=P1&rule=pump.discharge_low&kind=shelved,cleared&alarm=17&from=-2h&to=now"
        let first = try await site.ask(uri + "&limit=1", language: "zh-CN")
        let page = try first.document(AlarmJournalDocument.self)
        #expect(page.entries.map(\.number) == [41])
        #expect(page.nextCursor == "41")
        let filter = try #require(await site.questions.journal.first)
        #expect(filter.asset == "P1" && filter.rule == "pump.discharge_low")
        #expect(filter.kinds == [.shelved, .cleared] && filter.occurrence == OccurrenceID(17))
        #expect(filter.fromWallMilliseconds == five - 7_200_000 && filter.toWallMilliseconds == five)
        let rest = try await site.ask("/api/v1/alarms/journal?cursor=40")
        #expect(try rest.document(AlarmJournalDocument.self).nextCursor == nil)
        #expect(await site.questions.journal.last?.before == 40)
    }

    @Test func `what a person wrote stays as it is, and what the daemon noted is its entry of the catalogue`()
        async throws
    {
        // The catalogue of these tests has the API's own texts only: the others show their keys.
        let answer = try await site.ask("/api/v1/alarms/journal", language: "en")
        let notes = try answer.document(AlarmJournalDocument.self).entries.map(\.note)
        #expect(notes == ["pump is being repaired", AlarmNote.noData])
    }

    @Test(arguments: ["kind=boom", "alarm=x", "limit=0", "from=yesterday", "cursor=-1"])
    func `what cannot be understood is refused`(query: String) async throws {
        let answer = try await site.ask("/api/v1/alarms/journal?\(query)")
        #expect([.badRequest, .notFound].contains(answer.status))
    }
}

@Suite struct `The figures of alarms over the API` {
    private let site = TestSite()

    @Test func `the last thirty days where nothing is said, never the future`() async throws {
        _ = try await site.ask("/api/v1/alarms/stats")
        _ = try await site.ask("/api/v1/alarms/stats?from=-1d&to=2027-01-01")
        let asked = await site.questions.reports
        #expect(asked.map(\.from) == [five - 30 * 86_400_000, five - 86_400_000])
        #expect(asked.map(\.to) == [five, five])
    }

    @Test func `figures, lists and what is kept quiet now`() async throws {
        let document = try await site.ask("/api/v1/alarms/stats").document(AlarmStatsDocument.self)
        #expect(document.sufficient)
        #expect(document.activations == 16)
        #expect(document.top.count == 10)
        #expect(document.top.first?.rule == "door" && document.top.first?.count == 3)
        #expect(document.top.first?.share == 3.0 / 16)
        #expect(document.chattering.map(\.rule) == ["door"])
        #expect(document.fleeting.map(\.count) == [3])
        #expect(document.floods.map(\.activations) == [16])
        #expect(document.stale.map(\.rule) == ["pump.discharge_low"])
        #expect(document.staleByDay == [0] + Array(repeating: 1, count: 29))
        #expect(document.acknowledging.map(\.count) == [12])
        #expect((document.cleared, document.clearedUnacknowledged) == (15, 3))
        #expect((document.now.shelved, document.now.outOfService) == (1, 2))
        let most = try #require(document.measures.first { $0.name == "per_10_minutes_most" })
        #expect(most.value == 16 && most.verdict == .offTarget)
        #expect(most.target?.comparison == "at_most" && most.target?.value == 10)
    }

    @Test func `every figure and every verdict has its words`() async throws {
        let names = try await site.ask("/api/v1/alarms/stats").document(AlarmStatsDocument.self)
            .measures.map { "alarm.measure.\($0.name)" }
        let verdicts = AlarmMeasure.Verdict.allCases.map { "alarm.verdict.\($0.rawValue)" }
        for language in [Language.en, .zh] {
            #expect(Texts.catalog.keys(language).isSuperset(of: names + verdicts))
        }
    }
}
