import Delivery
import Facility
import Foundation
import Notices
import Testing

@Suite(.serialized) struct WebhookChannelTests {
    let peer: HTTPPeer

    init() throws { peer = try HTTPPeer() }

    private func send(
        _ path: String, _ settings: [String: String] = [:], _ message: OutgoingNotice = outgoing(notice(17))
    ) async throws -> SendOutcome {
        let all = settings.merging(["url": peer.url(path)]) { given, _ in given }
        return try await WebhookChannel(definition: definition("webhook", all), ports: channelPorts())
            .send(message)
    }

    @Test func `a message arrives whole, with its key`() async throws {
        let outcome = try await send("/ok?robot=1")
        #expect(outcome == .delivered(answer: "200 ok"))
        let received = try #require(peer.received.first)
        #expect(received.method == "POST")
        #expect(received.headers["content-type"] == "application/json")
        #expect(received.headers["idempotency-key"] == "17/0/raise/duty-hook/wang")
        #expect(received.headers["x-sitewatch-signature"] == nil)
        let payload = try #require(
            JSONSerialization.jsonObject(with: Data(received.body.utf8)) as? [String: any Sendable])
        #expect(payload["schema"] as? Int == 1)
        #expect(payload["id"] as? String == "17/0/raise/duty-hook/wang")
        #expect(payload["kind"] as? String == "raise")
        #expect(payload["site"] as? String == "riverside")
        #expect(payload["occurrence"] as? Int == 17)
        #expect(payload["asset"] as? String == "P2")
        #expect(payload["rule"] as? String == "pump.discharge_low")
        #expect(payload["priority"] as? String == "p2")
        #expect(payload["title"] as? String == "Pump 2: low pressure")
        #expect(payload["body"] as? String == "2号泵 pump room B3")
        #expect(payload["order"] as? String == "WO-20260306-0001")
        #expect(payload["decided"] as? String == "2026-03-06T12:00:00.000+08:00")
        #expect(payload["attempt"] as? Int == 1)
    }

    @Test func `a name in Chinese makes a key that a header can carry`() async throws {
        _ = try await send("/ok", [:], outgoing(notice(1, recipient: "王工 %")))
        let key = peer.received.first?.headers["idempotency-key"]
        #expect(key == "1/0/raise/duty-hook/%E7%8E%8B%E5%B7%A5%20%25")
    }

    @Test func `a peer that knows the secret finds the signature right`() async throws {
        #expect(try await send("/signed", ["secret_file": "s"]) == .delivered(answer: "200 ok"))
        guard case .dead = try await send("/signed") else {
            Issue.record("an unsigned message was taken")
            return
        }
    }

    @Test func `a server that fails is tried again, and then takes it`() async throws {
        guard case .retry(_, nil) = try await send("/once-500") else {
            Issue.record("no retry")
            return
        }
        #expect(try await send("/once-500") == .delivered(answer: "200 try again"))
        #expect(Set(peer.received.map { $0.headers["idempotency-key"] }).count == 1)
    }

    @Test(arguments: [400, 401, 403, 404, 410, 422])
    func `a refusal is final, with the words of the other side`(status: Int) async throws {
        let outcome = try await send("/status?\(status)")
        let words: Message.Argument = "拒绝"
        #expect(
            outcome
                == .dead(
                    reason: Message("delivery.status", ["status": .text(String(status)), "answer": words])))
    }

    @Test(arguments: [408, 429, 500, 502, 503, 504])
    func `trouble on the other side is not final`(status: Int) async throws {
        guard case .retry(_, nil) = try await send("/status?\(status)") else {
            Issue.record("\(status) is final")
            return
        }
    }

    @Test func `the other side says when to come again`() async throws {
        guard case .retry(_, 7000) = try await send("/later"),
            case .retry(_, 120_000) = try await send("/later-date")
        else {
            Issue.record("Retry-After is not heard")
            return
        }
    }

    @Test(arguments: ["/redirect", "/break", "/close", "/garbage", "/hang", "/drip"])
    func `a peer that does not really answer is tried again`(path: String) async throws {
        guard case .retry = try await send(path, ["timeout": "500"]) else {
            Issue.record("\(path) is final")
            return
        }
    }

    @Test func `a taken message counts however much the peer has to say`() async throws {
        guard case .delivered(let answer) = try await send("/huge") else {
            Issue.record("not delivered")
            return
        }
        #expect(answer.count < 400)
    }

    @Test func `a closed port is tried again`() async throws {
        guard case .retry = try await send("/", ["url": "http://127.0.0.1:1/"]) else {
            Issue.record("final")
            return
        }
    }

    @Test func `settings that cannot work are refused with the name of the setting`() throws {
        func refusal(_ settings: [String: String], _ ports: ChannelPorts = channelPorts()) -> DeliveryError? {
            do throws(DeliveryError) {
                _ = try WebhookChannel(definition: definition("webhook", settings), ports: ports)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal([:]) == .missing(channel: "duty-hook", setting: "url"))
        guard case .invalid(_, "url", _) = refusal(["url": "ftp://x"]),
            case .invalid(_, "timeout", _) = refusal(["url": "http://x", "timeout": "0"]),
            case .unreadableSecret(_, "s", _) = refusal(
                ["url": "http://x", "secret_file": "s"], channelPorts(secret: ""))
        else {
            Issue.record("a setting was taken")
            return
        }
    }

    @Test func `a secret is read from its file without the editor's line end`() throws {
        let path = peer.folder + "/secret"
        try Data("abc\r\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try ChannelPorts.secret(inFile: path) == Array("abc".utf8))
    }
}
