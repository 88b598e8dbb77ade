import Facility
import Foundation
import Notices
import Testing

@testable import Delivery

/// Mails as a real server of another make receives them.
@Suite(.serialized, .enabled(if: Python.hasMailServer, "aiosmtpd is missing: script/bootstrap test"))
struct MailChannelTests {
    let certificates: Certificates

    init() throws { certificates = try Certificates.shared.get() }

    private func channel(
        _ server: MailServer, scheme: String = "smtp", _ settings: [String: String] = [:],
        host: String = "127.0.0.1"
    ) throws -> any Channel {
        let standard = [
            "server": "\(scheme)://\(host):\(server.port)", "from": "gateway@riverside.example",
            "ca_file": certificates.authority, "timeout": "20000",
        ]
        return try Channels.make(
            definition("mail", standard.merging(settings) { _, new in new }), ports: servicePorts())
    }

    /// Python's own reader of mails takes one apart.
    private func parsed(_ mail: String) throws -> [String: Any] {
        let program = """
            import email, email.policy, json, sys
            mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
            print(json.dumps({"headers": {k.lower(): str(v) for k, v in mail.items()}, "parts": parts,
                "type": mail.get_content_type(), "defects": [str(d) for d in mail.defects],
                "longest": max(len(l) for l in mail.as_bytes().split(b"\\n"))}))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Python.executable)
        process.arguments = ["-c", program]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(mail.utf8))
        try input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `a mail arrives encrypted, signed in, in both forms and in its conversation`() async throws {
        let server = try MailServer(
            ["--user", "gate", "--password", "mail-password-0001"], tls: certificates.good)
        let channel = try channel(server, ["user": "gate", "password_file": "mail-password"])
        for kind in [Notice.Kind.raise, .escalate, .clear] {
            let outcome = await channel.send(alarmNotice(kind))
            guard case .delivered(let answer) = outcome else {
                Issue.record("\(readable(outcome, .en))")
                return
            }
            #expect(answer.contains("250 2.0.0 taken as"))
        }
        let mails = server.mails
        #expect(mails.count == 3)
        let read = try mails.map(parsed)
        let headers = try read.map { try #require($0["headers"] as? [String: String]) }
        print("a mail as it was received:\n\(mails[1].prefix(1200))")
        #expect(headers.allSatisfy { $0["x-test-encrypted"] == "True" })
        #expect(headers[0]["subject"] == "[P2] 2号生活水泵 出口压力低")
        #expect(headers[0]["x-alarm-occurrence"] == "17")
        #expect(headers[0]["date"] == "Fri, 06 Mar 2026 04:00:00 +0000")
        #expect(headers[0]["x-test-to"] == "wang@example.com")
        #expect(headers[0]["references"] == nil)
        #expect(headers[1]["references"] == headers[0]["message-id"])
        #expect(headers[2]["in-reply-to"] == headers[0]["message-id"])
        #expect(Set(headers.map { $0["message-id"] }).count == 3)
        for mail in read {
            #expect(mail["type"] as? String == "multipart/alternative")
            #expect((mail["defects"] as? [String]) == [])
            #expect((mail["longest"] as? Int ?? 9999) < 200)
            let parts = try #require(mail["parts"] as? [String: String])
            #expect(parts["text/plain"]?.contains("起始：2026-03-06 12:00:00") == true)
            #expect(parts["text/html"]?.contains("<h2 style") == true)
        }
    }

    @Test func `the same attempt again is the same mail`() async throws {
        let server = try MailServer(tls: certificates.good)
        let channel = try channel(server)
        _ = await channel.send(alarmNotice())
        _ = await channel.send(alarmNotice())
        #expect(server.mails.count == 2 && Set(server.mails).count == 1)
    }

    @Test func `a hostile name writes no header and no tag`() async throws {
        let server = try MailServer(["--implicit"], tls: certificates.good)
        let outcome = try await channel(server, scheme: "smtps").send(
            alarmNotice(name: ChannelContractTests.hostile))
        guard case .delivered = outcome else {
            Issue.record("\(readable(outcome, .en))")
            return
        }
        let read = try parsed(try #require(server.mails.first))
        let headers = try #require(read["headers"] as? [String: String])
        #expect(headers["bcc"] == nil)
        #expect(headers["x-test-to"] == "wang@example.com")
        #expect(headers["subject"]?.contains("Bcc: x@evil.example") == true)
        let parts = try #require(read["parts"] as? [String: String])
        #expect(parts["text/html"]?.contains("<script") == false)
        #expect(parts["text/html"]?.contains("&lt;script") == true)
        #expect(parts["text/plain"]?.contains("报警号 17") == true)
    }

    @Test(arguments: [
        ("busy", false, "451"), ("greylisted", false, "450"), ("gone", true, "550"), ("full", true, "552"),
    ])
    func `a refusal of the server is final or not by its code`(
        recipient: String, isFinal: Bool, code: String
    ) async throws {
        let server = try MailServer(tls: certificates.good)
        let outcome = try await channel(server).send(alarmNotice(recipient: PersonID(recipient)))
        switch outcome {
        case .retry(let reason, _):
            #expect(!isFinal)
            #expect(words.text(reason, in: .en).contains(code))
        case .dead(let reason):
            #expect(isFinal)
            #expect(words.text(reason, in: .en).contains(code))
            #expect(words.text(reason, in: .zh).contains(recipient == "gone" ? "接收人不存在" : "过长"))
        case .delivered, .accepted, .recipientRests: Issue.record("taken")
        }
        #expect(server.mails.isEmpty)
    }

    @Test func `a wrong password is final and not shown`() async throws {
        let server = try MailServer(["--user", "gate", "--password", "other"], tls: certificates.good)
        let outcome = try await channel(server, ["user": "gate", "password_file": "mail-password"])
            .send(alarmNotice())
        guard case .dead(let reason) = outcome else {
            Issue.record("\(readable(outcome, .en))")
            return
        }
        #expect(words.text(reason, in: .en).contains("password is wrong"))
        #expect(!"\(outcome)".contains("mail-password-0001"))
    }

    @Test func `without encryption nothing leaves, unless it is wanted so`() async throws {
        let server = try MailServer(["--plain"], tls: certificates.good)
        guard case .dead(let reason) = try await channel(server).send(alarmNotice()) else {
            Issue.record("sent in the clear")
            return
        }
        #expect(reason.key == "delivery.unencrypted")
        #expect(server.mails.isEmpty)
        guard case .delivered = try await channel(server, ["security": "none"]).send(alarmNotice()) else {
            Issue.record("not sent")
            return
        }
    }

    @Test func `a certificate that is over, a name nobody has and a closed port are tried again`()
        async throws
    {
        let expired = try MailServer(tls: certificates.expired)
        for (outcome, key) in [
            (try await channel(expired).send(alarmNotice()), "delivery.untrusted"),
            (
                try await channel(expired, ["server": "smtp://no-such-host.invalid"]).send(alarmNotice()),
                "delivery.unreachable"
            ),
            (
                try await channel(expired, ["server": "smtp://127.0.0.1:1"]).send(alarmNotice()),
                "delivery.unreachable"
            ),
        ] {
            guard case .retry(let reason, nil) = outcome else {
                Issue.record("\(readable(outcome, .en))")
                continue
            }
            #expect(reason.key == key)
        }
        #expect(expired.mails.isEmpty)
    }
}
