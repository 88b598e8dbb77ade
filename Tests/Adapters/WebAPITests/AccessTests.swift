import Engine
import Facility
import Foundation
import HTTPTypes
import Maintenance
import Testing

@testable import WebAPI

private struct Broken: Error {}

@Suite struct `Who may do what, and how it is said` {
    let site = TestSite()

    @Test(arguments: [
        "/api/v1/alarms/17/acknowledge", "/api/v1/alarms/17/reset", "/api/v1/alarms/17/comment",
        "/api/v1/orders/WO-20260306-0001/accept", "/api/v1/orders/WO-20260306-0001/start",
        "/api/v1/orders/WO-20260306-0001/done", "/api/v1/alarms", "/nowhere",
    ])
    func `nothing can be changed over the network`(uri: String) async throws {
        for method in [HTTPRequest.Method.post, .put, .delete, .patch] {
            let answer = try await site.ask(uri, method, over: .readOnly, body: #"{"person": "wang"}"#)
            #expect(answer.status == .forbidden)
            #expect(answer.error?.code == "read_only_listener")
        }
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test func `looking is possible over the network`() async throws {
        #expect(try await site.ask("/api/v1/alarms/17", over: .readOnly).status == .ok)
    }

    @Test func `looking never changes anything, whatever the address`() async throws {
        for action in ["acknowledge", "reset", "comment"] {
            #expect(try await site.ask("/api/v1/alarms/17/\(action)").status == .notFound)
        }
        #expect(await site.desktop.commands.isEmpty)
    }

    @Test(arguments: [
        ("en", "the site has no asset P9"), ("zh-CN,zh;q=0.9", "项目中没有设备 P9"),
        ("fr, en;q=0.4, zh;q=0.8", "项目中没有设备 P9"), ("fr", "项目中没有设备 P9"),
        ("zh;q=0.1, en-GB", "the site has no asset P9"), ("english", "项目中没有设备 P9"),
    ])
    func `errors are in the caller's language, else in the site's`(wanted: String, text: String) async throws
    {
        let answer = try await site.ask("/api/v1/assets/P9", language: wanted)
        #expect(answer.status == .notFound)
        #expect(answer.error?.message == text)
    }

    @Test func `an address without anything is an error like the others`() async throws {
        let answer = try await site.ask("/api/v2/site", language: "en")
        #expect((answer.status, answer.error?.code) == (.notFound, "not_found"))
    }

    @Test func `a body over the limit is refused before it is read to the end`() async throws {
        let note = String(repeating: "x", count: 256 * 1024)
        let answer = try await site.ask(
            "/api/v1/alarms/17/comment", .post, body: #"{"person": "wang", "note": "\#(note)"}"#)
        #expect((answer.status, answer.error?.code) == (.contentTooLarge, "body_too_large"))
    }

    @Test func `a note over the limit is refused`() async throws {
        let body = { (count: Int) in
            #"{"person": "wang", "note": "\#(String(repeating: "注", count: count))"}"#
        }
        #expect(try await site.ask("/api/v1/alarms/17/comment", .post, body: body(2000)).status == .ok)
        #expect(
            try await site.ask("/api/v1/alarms/17/comment", .post, body: body(2001)).error?.code
                == "invalid_parameter")
    }

    @Test func `what fails inside is not told to the caller`() async throws {
        let answer = try await site.ask("/api/v1/alarms", language: "en") { ports in
            ports.occurrences = { _ in throw Broken() }
        }
        #expect((answer.status, answer.error?.code) == (.serviceUnavailable, "unavailable"))
        #expect(!answer.body.contains("Broken"))
    }

    @Test func `browsers neither guess nor keep what they were shown`() async throws {
        for uri in ["/api/v1/site", "/nowhere", "/metrics"] {
            let answer = try await site.ask(uri)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test func `a refusal says how it goes`() {
        func text(_ refusal: Refusal) -> String {
            Texts.catalog.text(APIError.refused(refusal).message, in: .en)
        }
        #expect(text(.invalidTransition(from: .verified)).contains("sitewatch orders reopen"))
        #expect(text(.invalidTransition(from: .archived)).contains("sitewatch orders report --open"))
        #expect(
            text(.order(.answerOfAnotherForm("pressure", .number(unit: "MPa", low: 0.4, high: 0.8))))
                == "the answer to pressure has to be a number of MPa, written without the unit; good from 0.4 to 0.8"
        )
        #expect(text(.order(.modeOfAnotherClass(.vib, of: .tank))).contains("one of: elp, loo, hio, plu"))
        #expect(text(.order(.urgentAlarmHolds)).contains("--reason false_alarm"))
        #expect(
            text(.order(.reasonMissingToTakeFrom("wang")))
                == "the order is wang's; say with --note why it goes to somebody else")
    }

    @Test func `every error has its text in both languages`() {
        let errors: [APIError] = [
            .notFound, .unknownAsset("A"), .unknownPoint("A.b"), .unknownOccurrence("1"),
            .unknownOrder("WO"), .invalid(parameter: "from", expected: Message("api.expected-time")),
            .malformedBody, .bodyTooLarge(limitBytes: 262_144), .tooManyBuckets(limit: 1000),
            .readOnlyListener, .refused(.unknown), .refused(.closed), .refused(.stillActive),
            .refused(.unacknowledged), .refused(.invalidTransition(from: .open)),
            .refused(.invalidTransition(from: .accepted)), .refused(.invalidTransition(from: .inProgress)),
            .refused(.invalidTransition(from: .done)), .orderFinished(.done), .orderFinished(.cancelled),
            .refused(.invalidTransition(from: .verified)), .refused(.invalidTransition(from: .archived)),
            .refused(.order(.reasonMissingToTakeFrom("li"))),
            .refused(.order(.modeOfAnotherClass(.vib, of: .tank))),
            .refused(.order(.answerOfAnotherForm("a", .check))),
            .refused(.order(.answerOfAnotherForm("a", .number(unit: "MPa", low: 0.4, high: nil)))),
            .refused(.order(.answerOfAnotherForm("a", .number(unit: nil, low: nil, high: 2)))),
            .refused(.order(.answerOfAnotherForm("a", .choice(["full"], bad: [])))),
            .refused(.order(.answerOfAnotherForm("a", .text))),
            .refused(.versionConflict(current: 3)), .unavailable,
        ]
        let server: [WebServerError] = [
            .socketInUse(path: "/s"), .socketPathTooLong(path: "/s"),
            .socketUnusable(path: "/s", reason: "r"), .notSocket(path: "/s"),
            .notLoopback(host: "0.0.0.0"),
        ]
        for message in errors.map(\.message) + server.map(\.message) {
            for language in Language.allCases {
                let text = Texts.catalog.text(message, in: language)
                #expect(!text.hasPrefix(message.key), "\(message.key) in \(language)")
                #expect(!text.contains("{"), "\(text)")
            }
        }
    }
}
