import Alarms
import Facility
import Foundation
import Notices
import Testing
import WebAPI

@testable import sitewatch

@Suite struct `Commands about messages` {
    private static func entry(
        _ number: Int64, _ state: OutboxEntry.State, failure: Message? = nil, into whole: String? = nil
    ) -> OutboxEntry {
        OutboxEntry(
            notice: Notice(
                occurrence: OccurrenceID(number), key: FakeSite.key, step: 0, kind: .raise, channel: "robot",
                recipient: "wang", language: .zh, priority: .p1, title: "P1 出口压力低", body: "…", order: nil,
                decidedWallMilliseconds: five - 60_000, deliverByWallMilliseconds: five + 60_000),
            state: state, attempts: 2, nextAttemptWallMilliseconds: state == .failed ? five + 5000 : nil,
            mergedInto: whole, lastError: failure)
    }

    /// A site with one message that waits and one that was given up.
    private func site(asked: Asked = Asked()) -> FakeSite {
        var site = FakeSite()
        let timedOut = Message("delivery.timed-out", ["milliseconds": "5000"])
        let waiting = Self.entry(17, .failed, failure: timedOut)
        let dead = Self.entry(18, .dead, failure: Message("delivery.meaning.key"))
        site.outbox = OutboxPorts(
            list: { question in
                await asked.note("list \(question.states.map(\.rawValue).sorted().joined(separator: ","))")
                return [dead, waiting].filter {
                    question.states.isEmpty || question.states.contains($0.state)
                }
            },
            about: { $0 == OccurrenceID(17) ? [waiting] : [] },
            trail: { _ in
                [
                    OutboxAttempt(
                        wallMilliseconds: five - 50_000, attempt: 1, result: .retry, reason: timedOut),
                    OutboxAttempt(
                        wallMilliseconds: five - 10_000, attempt: 2, result: .interrupted),
                ]
            },
            retry: { id, person in
                await asked.note("retry \(id) \(person)")
                if id == "16/0/raise/robot/wang" { return .refused(Message("notices.retry.over")) }
                return id == dead.notice.id ? .queued : .notGivenUp
            },
            test: { person, channel, by in
                await asked.note("test \(person) \(channel?.name ?? "-") \(by)")
                guard channel != "no-such" else { return [] }
                return [
                    .init(
                        channel: "mail", isTaken: true,
                        words: Message("notices.test.delivered", ["answer": "250"])),
                    .init(channel: "robot", isTaken: false, words: Message("delivery.meaning.key")),
                ]
            }, untested: { $0 == "wang" ? ["mail", "group"] : [] })
        return site
    }

    private actor Asked {
        private(set) var notes: [String] = []
        func note(_ text: String) { notes.append(text) }
    }

    @Test func `the queue shows what waits and what was given up, and why`() async throws {
        let asked = Asked()
        try await site(asked: asked).whileServed { connection in
            let shown = await run(["notices"] + connection, interactive: true)
            #expect(shown.code == 0)
            for part in ["to be tried again", "given up", "17/0/raise/robot/wang", "P1 出口压力低", "robot"] {
                #expect(shown.out.contains(part), "\(part) in \(shown.out)")
            }
            let json = await run(["notices", "queue", "--json", "--state", "dead"] + connection)
            let document = try JSON.decode(NoticesDocument.self, from: Data(json.out.utf8))
            #expect(document.notices.map(\.alarm) == [18] && document.notices[0].state == .dead)
            let csv = await run(["notices", "queue", "--csv"] + connection)
            #expect(csv.lines[0].contains("next_attempt"))
            #expect(await run(["notices", "queue", "--state", "lost"] + connection).code == 64)
        }
        #expect(await asked.notes.first == "list dead,failed,queued,sending")
    }

    @Test func `the trail tells of each attempt`() async throws {
        try await site().whileServed { connection in
            let shown = await run(["notices", "trail", "17", "--lang", "zh"] + connection, interactive: true)
            #expect(shown.code == 0)
            #expect(shown.out.contains("失败，将重试") && shown.out.contains("中断"))
            let json = await run(["notices", "trail", "17", "--json"] + connection)
            let document = try JSON.decode(TrailDocument.self, from: Data(json.out.utf8))
            #expect(document.notices.flatMap(\.attempts).map(\.result) == [.retry, .interrupted])
            #expect(await run(["notices", "trail", "99"] + connection).code == 1)
        }
    }

    @Test func `what was given up is tried again, one or all`() async throws {
        let asked = Asked()
        try await site(asked: asked).whileServed { connection in
            let all = await run(["notices", "retry", "--dead", "--as", "li"] + connection)
            #expect(all.code == 0 && all.out.contains("1"))
            #expect(
                await run(["notices", "retry", "18/0/raise/robot/wang", "--as", "li"] + connection).code == 0)
            #expect(
                await run(["notices", "retry", "17/0/raise/robot/wang", "--as", "li"] + connection).code == 1)
            #expect(await run(["notices", "retry"] + connection).code == 64)
            let over = await run(["notices", "retry", "16/0/raise/robot/wang", "--as", "li"] + connection)
            #expect(over.out.contains("0 messages are tried again."))
            #expect(over.out.contains("Not tried again: 16/0/raise/robot/wang: "))
        }
        #expect(await asked.notes.contains("retry 18/0/raise/robot/wang li"))
    }

    @Test func `a test tells what each channel answered, and fails if one did not take it`() async throws {
        let asked = Asked()
        try await site(asked: asked).whileServed { connection in
            let shown = await run(["notices", "test", "wang", "--as", "li"] + connection)
            #expect(shown.code == 2)
            #expect(shown.out.contains("taken") && shown.out.contains("failed"))
            #expect(
                shown.err.contains(
                    "would read it: group; to try one: sitewatch notices test wang --channel group"))
            let one = await run(["notices", "test", "wang", "--channel", "mail"] + connection)
            #expect(!one.err.contains("group"))
            #expect(await run(["notices", "test", "mallory"] + connection).code == 1)
            #expect(await run(["notices", "test", "wang", "--channel", "no-such"] + connection).code == 1)
        }
        #expect(await asked.notes.first == "test wang - li")
    }
}
