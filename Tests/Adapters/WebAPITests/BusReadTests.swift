import Foundation
import HTTPTypes
import Testing

@testable import WebAPI

@Suite struct `Reads between the polls` {
    private let path = "/api/v1/buses/pump-room"

    @Test func `registers come as words, and the time it took`() async throws {
        let answer = try await TestSite().ask(
            "\(path)/reads", .post, body: #"{"unit": 3, "register": "holding:7", "count": 2}"#)
        let read = try answer.document(ReadDocument.self)
        #expect(read.words == [7, 8])
        #expect(read.outcome == .ok)
        #expect(read.roundTripUs == 1500)
    }

    @Test(arguments: [
        (9, ReadDocument.Outcome.exception, true), (10, .exception, false), (20, .timeout, false),
        (3, .ok, true),
    ])
    func `a unit that refuses is there, one the gateway speaks for is not`(
        unit: Int, outcome: ReadDocument.Outcome, isThere: Bool
    ) async throws {
        let answer = try await TestSite().ask(
            "\(path)/probes", .post, body: #"{"unit": \#(unit), "register": "holding:0"}"#)
        let probe = try answer.document(ProbeDocument.self)
        #expect(probe.read.outcome == outcome)
        #expect(probe.there == isThere)
        #expect((probe.asset == "P1") == (unit == 3))
        #expect((probe.identity != nil) == (unit == 3))
    }

    @Test func `what a device says about itself reaches a terminal without its commands`() async throws {
        let answer = try await TestSite().ask(
            "\(path)/probes", .post, body: #"{"unit": 3, "register": "holding:0"}"#)
        let identity = try #require(try answer.document(ProbeDocument.self).identity)
        #expect(identity.serverID == "V")
        #expect(identity.serverIDHex == "11 FF 1B 56")
    }

    @Test(arguments: [
        (#"{"unit": 256, "register": "holding:0"}"#, "invalid_parameter"),
        (#"{"unit": -1, "register": "holding:0"}"#, "invalid_parameter"),
        (#"{"unit": 3, "register": "40001"}"#, "invalid_parameter"),
        (#"{"unit": 3, "register": "holding:65535", "count": 2}"#, "invalid_parameter"),
        (#"{"unit": 3, "register": "holding:0", "count": 126}"#, "invalid_parameter"),
        (#"{"unit": 3, "register": "holding:0", "timeout_ms": 0}"#, "invalid_parameter"),
        (#"{"unit": 11, "register": "holding:0"}"#, "bus_down"),
        (#"{"unit": 12, "register": "holding:0"}"#, "bus_busy"), ("{", "malformed_body"),
    ])
    func `what cannot be asked is refused with the reason`(body: String, code: String) async throws {
        let answer = try await TestSite().ask("\(path)/reads", .post, body: body)
        #expect(answer.error?.code == code)
        #expect(answer.error?.message.isEmpty == false)
    }

    @Test func `nothing is asked over the network address`() async throws {
        let answer = try await TestSite().ask(
            "\(path)/reads", .post, over: .readOnly, body: #"{"unit": 3, "register": "holding:7"}"#)
        #expect(answer.error?.code == "read_only_listener")
    }

    @Test func `frames come a line each with what they say`() async throws {
        let answer = try await TestSite().ask("\(path)/frames")
        let lines = answer.body.split(separator: "\n")
        let frames = try lines.map { try JSON.decode(FrameEntry.self, from: Data($0.utf8)) }
        #expect(frames.map(\.direction) == [.request, .reply, .reply])
        #expect(frames.map(\.first) == [1, nil, nil])
        #expect(frames.map(\.count) == [2, 4, nil])
        #expect(frames.map(\.function) == [3, 3, nil])
        let none = try await TestSite().ask("\(path)/frames?unit=4")
        #expect(none.body.allSatisfy { $0.isNewline })
        let wrong = try await TestSite().ask("\(path)/frames?unit=x")
        #expect(wrong.error?.code == "invalid_parameter")
    }
}
