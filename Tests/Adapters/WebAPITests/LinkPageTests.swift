import Alarms
import Engine
import Facility
import Foundation
import HTTPTypes
import Maintenance
import Notices
import Testing

@testable import WebAPI

/// What people did from away, and by which way.
private actor Doings {
    private(set) var done: [(command: Command, way: String)] = []
    private var answer: CommandReply?
    private var believed: Set<String> = []

    func refuse(with refusal: Refusal) { answer = CommandReply(command: "", refusal: refusal) }

    func take(_ command: Command, _ way: String) -> CommandReply {
        done.append((command, way))
        return answer ?? CommandReply(command: command.id, refusal: nil)
    }

    /// Believes each signature once.
    func believes(_ proof: PhonePorts.Proof) -> Result<Void, PhonePorts.Disbelief> {
        guard let signature = proof.signature, signature == "sha256=good", proof.timestamp != nil else {
            return .failure(.unsigned)
        }
        return believed.insert(proof.timestamp ?? "").inserted ? .success(()) : .failure(.repeated)
    }
}

private let wang = Person(id: "wang", label: Bilingual(zh: "王工", en: "Wang"), language: .zh)
private let hostile = #"<img src=x onerror="alert(1)">'&"# + "\r\nSet-Cookie: a=b\u{202E}"

@Suite struct `The page behind a link` {
    private let site = TestSite()
    private let doings = Doings()

    private func ask(
        _ uri: String, _ method: HTTPRequest.Method = .get, body: String? = nil, language: String? = nil,
        text: Bilingual? = nil, priority: Priority = .p2, closed: Bool = false, order: OrderNumber? = nil
    ) async throws -> Answer {
        try await site.ask(uri, method, over: .readOnly, language: language, body: body) { ports in
            let doings = doings
            ports.site = {
                Site(
                    id: "riverside", label: TestSite.site.label, language: .zh, zone: TestSite.site.zone,
                    assets: TestSite.site.assets, points: TestSite.site.points,
                    people: [
                        wang,
                        Person(id: "li", label: Bilingual(zh: hostile, en: hostile), language: .en),
                    ])
            }
            ports.occurrence = { id in
                guard id == OccurrenceID(17) else { return nil }
                let known = TestSite.occurrence
                var occurrence = AlarmOccurrence(
                    id: id, key: known.key, priority: priority, state: .unacknowledged,
                    text: text ?? known.text,
                    guidance: known.guidance, beganWallMilliseconds: known.beganWallMilliseconds,
                    raisedWallMilliseconds: known.raisedWallMilliseconds, evidence: known.evidence,
                    reason: known.reason)
                if closed { occurrence.closedWallMilliseconds = five + 480_000 }
                return occurrence
            }
            ports.phone = PhonePorts(
                ticket: { token in
                    func ticket(_ holder: LinkTicket.Holder, _ number: Int64 = 17) -> LinkTicket {
                        LinkTicket(
                            occurrence: OccurrenceID(number), holder: holder, expiresWallSeconds: five / 1000)
                    }
                    return switch token {
                    case "wangs": .success(ticket(.person("wang")))
                    case "groups": .success(ticket(.group("duty-robot")))
                    case "gone": .success(ticket(.person("who-left")))
                    case "forgotten": .success(ticket(.person("wang"), 4))
                    case "old": .failure(.expired(ticket(.person("wang"))))
                    default: .failure(.invalid)
                    }
                },
                believe: { _, proof in await doings.believes(proof) },
                order: { _ in order }, submit: { await doings.take($0, $1) })
        }
    }

    @Test func `looking shows the alarm in the person's language and changes nothing`() async throws {
        for method in [HTTPRequest.Method.get, .head] {
            let page = try await ask("/a/wangs", method, language: "en")
            #expect(page.status == .ok)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        }
        let page = try await ask(
            "/a/wangs?action=acknowledge&done=acknowledge", language: "en", priority: .p1)
        #expect(page.body.contains(#"<html lang="zh-Hans">"#))
        for part in ["出口压力低", "1号生活水泵", "B3/pump-room", "0.100 MPa", "检查进水", "王工", "P1 ·", "确认"] {
            #expect(page.body.contains(part), "\(part)")
        }
        #expect(!page.body.contains("phone."), "a text is missing: \(page.body)")
        #expect(await doings.done.isEmpty)
    }

    @Test func `no program runs on it, and its address is told to nobody`() async throws {
        for uri in ["/a/wangs", "/a/old", "/a/nothing"] {
            let page = try await ask(uri)
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"))
            #expect(page.headers[.cacheControl] == "no-store")
            #expect(page.headers[try #require(HTTPField.Name("Referrer-Policy"))] == "no-referrer")
            #expect(!page.body.contains("<script") && !page.body.contains(" style="))
        }
        let style = try await ask("/a/style.css")
        #expect(style.headers[.contentType] == "text/css; charset=utf-8")
        #expect(style.body.contains("prefers-color-scheme: dark"))
    }

    @Test func `sending acts as the person the link was made for, whoever the form names`() async throws {
        let page = try await ask(
            "/a/wangs", .post, body: "action=acknowledge&person=li&note=%E6%9D%A5%E4%BA%86&request=n1")
        #expect(page.status == .seeOther)
        #expect(page.headers[.location] == "wangs?done=acknowledge")
        let done = await doings.done
        #expect(done.count == 1 && done[0].way == "link")
        #expect(done[0].command.kind == .acknowledge(OccurrenceID(17)))
        #expect(done[0].command.person == "wang" && done[0].command.note == "来了")
        let after = try await ask("/a/wangs?done=acknowledge")
        #expect(after.body.contains("已确认"))
    }

    @Test func `what was measured when it was raised and what is measured now stand side by side`()
        async throws
    {
        let page = try await ask("/a/wangs")
        #expect(page.body.contains("0.100 MPa，现在 0.312 MPa"))
        // Since the condition began, as the message says; not since it was raised.
        #expect(page.body.contains("2026-03-06 16:59:20"))
    }

    @Test func `an urgent alarm is put aside only with a reason`() async throws {
        for note in ["", "%20"] {
            let page = try await ask("/a/wangs", .post, body: "action=shelve&note=\(note)", priority: .p1)
            #expect(page.status == .conflict && page.body.contains("搁置紧急报警须在备注中写明理由"))
        }
        #expect(await doings.done.isEmpty)
        let done = try await ask("/a/wangs", .post, body: "action=shelve&note=drill", priority: .p1)
        #expect(done.status == .seeOther)
        #expect(await doings.done.count == 1)
    }

    private static let buttons: [(String, Command.Kind, String?)] = [
        ("shelve", Command.Kind.shelve(.occurrence(OccurrenceID(17)), .until(five + 3_600_000)), "在外搁置"),
        ("coming", .comment(OccurrenceID(17)), "我在路上。"), ("order", .order(OccurrenceID(17)), nil),
    ]

    @Test(arguments: buttons)
    func `every button does its thing, twice with one id where it is tapped twice`(
        action: String, kind: Command.Kind, note: String?
    ) async throws {
        for _ in 0..<2 {
            let answer = try await ask("/a/wangs", .post, body: "action=\(action)&request=n1&note=")
            #expect(answer.status == .seeOther)
        }
        let done = await doings.done
        #expect(done.map(\.command.kind) == [kind, kind])
        #expect(Set(done.map(\.command.id)).count == 1)
        #expect(done[0].command.note == note)
        _ = try await ask("/a/wangs", .post, body: "action=\(action)&request=n2")
        #expect(Set(await doings.done.map(\.command.id)).count == 2)
    }

    @Test func `what is not there to do is not offered`() async throws {
        let page = try await ask("/a/wangs", order: "WO-20260306-0001")
        #expect(page.body.contains("WO-20260306-0001"))
        #expect(!page.body.contains(#"value="order""#) && page.body.contains(#"value="acknowledge""#))
    }

    @Test func `a group's link asks who acts, and takes only people of the site`() async throws {
        let page = try await ask("/a/groups", language: "en")
        #expect(page.body.contains(#"<html lang="en">"#))
        #expect(page.body.contains(#"<option value="wang">Wang"#))
        for person in ["", "&person=", "&person=mallory"] {
            let answer = try await ask("/a/groups", .post, body: "action=acknowledge\(person)")
            #expect(answer.status == .conflict)
        }
        #expect(await doings.done.isEmpty)
        #expect(try await ask("/a/groups", .post, body: "action=acknowledge&person=wang").status == .seeOther)
        let done = await doings.done
        #expect(done.map(\.command.person) == ["wang"] && done.map(\.way) == ["link in duty-robot"])
    }

    @Test(arguments: ["old", "gone", "forgotten"])
    func `a link that is no longer good says so, and does nothing`(token: String) async throws {
        for method in [HTTPRequest.Method.get, .post] {
            let page = try await ask("/a/\(token)", method, body: "action=acknowledge")
            #expect(page.status == .gone)
            #expect(page.body.contains("</html>"))
        }
        #expect(await doings.done.isEmpty)
    }

    @Test func `when the alarm is over the page says so, and nothing can be done`() async throws {
        for method in [HTTPRequest.Method.get, .post] {
            let page = try await ask("/a/wangs", method, body: "action=acknowledge", closed: true)
            #expect(page.status == .gone)
            #expect(page.body.contains("该报警已结束") && page.body.contains("2026-03-06 17:08:00"))
            #expect(!page.body.contains("<form"))
        }
        #expect(await doings.done.isEmpty)
        // It may end between the look and the tap.
        await doings.refuse(with: .closed)
        #expect(try await ask("/a/wangs", .post, body: "action=acknowledge").status == .gone)
    }

    @Test func `what is refused is said in words`() async throws {
        await doings.refuse(with: .shelfTooLong(limitMilliseconds: 600_000))
        let page = try await ask("/a/wangs", .post, body: "action=shelve")
        #expect(page.status == .conflict)
        #expect(page.body.contains(#"role="alert""#))
        for body in [
            "", "action=explode", "action", "%%%=&&&", "action=" + String(repeating: "x", count: 9000),
        ] {
            #expect(try await ask("/a/wangs", .post, body: body).status == .conflict)
        }
        #expect(
            try await ask("/a/wangs", .post, body: String(repeating: "x", count: 20_000)).status
                == .contentTooLarge)
        let long = String(repeating: "a", count: 2001)
        #expect(try await ask("/a/wangs", .post, body: "action=coming&note=\(long)").status == .conflict)
    }

    @Test func `names are text on it, whatever they are`() async throws {
        let page = try await ask("/a/groups", text: Bilingual(zh: hostile, en: hostile))
        #expect(
            !page.body.contains("<img") && !page.body.contains("onerror=\"")
                && !page.body.contains("\u{202E}"))
        #expect(page.body.contains("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;"))
        let sent = try await ask("/a/nothing%22%3E%3Cscript%3E")
        #expect(sent.status == .notFound && !sent.body.contains("<script"))
    }

    @Test func `nobody guesses fast`() async throws {
        let answers = try await site.ask(Array(repeating: "/a/nothing", count: 130))
        #expect(answers.prefix(120).allSatisfy { $0 == .notFound })
        #expect(answers.suffix(10).allSatisfy { $0 == .tooManyRequests })
    }
}

@Suite struct `Callbacks of services` {
    private let site = TestSite()
    private let doings = Doings()

    private func post(
        _ body: String, timestamp: String? = "1", signature: String? = "sha256=good",
        channel: String = "duty-hook"
    ) async throws -> Answer {
        var headers = HTTPFields()
        if let timestamp { headers[try #require(HTTPField.Name("X-Sitewatch-Timestamp"))] = timestamp }
        if let signature { headers[try #require(HTTPField.Name("X-Sitewatch-Signature"))] = signature }
        let doings = doings
        return try await site.ask(
            "/api/v1/callbacks/\(channel)", .post, over: .readOnly, language: "en", body: body,
            headers: headers
        ) { ports in
            ports.site = {
                Site(
                    id: "riverside", label: TestSite.site.label, language: .zh, zone: TestSite.site.zone,
                    assets: TestSite.site.assets, points: [], people: [wang])
            }
            ports.phone = PhonePorts(
                ticket: { _ in .failure(.invalid) },
                believe: { channel, proof in
                    channel == "duty-hook" ? await doings.believes(proof) : .failure(.unknownChannel)
                },
                order: { _ in "WO-20260306-0001" }, submit: { await doings.take($0, $1) })
        }
    }

    private let good = #"{"action":"acknowledge","alarm":17,"person":"wang","request_id":"r-1","note":"ok"}"#

    @Test func `a signed one acts, and says how the alarm stands`() async throws {
        let answer = try await post(good)
        #expect(answer.status == .ok)
        let document = try answer.document(CallbackDocument.self)
        #expect(document.alarm == 17 && document.state == "unacknowledged")
        #expect(document.order == "WO-20260306-0001")
        let done = await doings.done
        #expect(done.map(\.way) == ["callback duty-hook"])
        #expect(done[0].command.kind == .acknowledge(OccurrenceID(17)) && done[0].command.person == "wang")
    }

    @Test func `the same wish signed anew has the same id; the very same request is refused`() async throws {
        #expect(try await post(good, timestamp: "1").status == .ok)
        #expect(try await post(good, timestamp: "1").error?.code == "repeated")
        #expect(try await post(good, timestamp: "2").status == .ok)
        let done = await doings.done
        #expect(done.count == 2 && done[0].command.id == done[1].command.id)
    }

    @Test func `nothing unsigned is even read`() async throws {
        #expect(try await post("{", signature: nil).error?.code == "unsigned")
        #expect(try await post(good, timestamp: nil).error?.code == "unsigned")
        #expect(try await post(good, signature: "sha256=bad").status == .unauthorized)
        #expect(try await post(good, channel: "other").error?.code == "unknown_channel")
        #expect(await doings.done.isEmpty)
    }

    @Test(arguments: [
        ("{", "malformed_body"), ("[]", "malformed_body"), (#"{"action":"acknowledge"}"#, "malformed_body"),
        (#"{"action":"explode","alarm":17,"person":"wang","request_id":"r"}"#, "invalid_parameter"),
        (#"{"action":"shelve","alarm":17,"person":"mallory","request_id":"r"}"#, "unknown_name"),
        (#"{"action":"shelve","alarm":17,"person":"wang"}"#, "invalid_parameter"),
        (
            #"{"action":"shelve","alarm":17,"person":"wang","request_id":"r","minutes":0}"#,
            "invalid_parameter"
        ),
    ])
    func `what cannot be meant is refused`(body: String, code: String) async throws {
        #expect(try await post(body).error?.code == code)
        #expect(await doings.done.isEmpty)
    }

    @Test func `a refusal of the site is told`() async throws {
        await doings.refuse(with: .closed)
        let answer = try await post(good)
        #expect(answer.status == .conflict && answer.error?.code == "closed")
        let long = good.replacing("ok", with: String(repeating: "x", count: 20_000))
        #expect(try await post(long, timestamp: "9").status == .contentTooLarge)
    }
}
