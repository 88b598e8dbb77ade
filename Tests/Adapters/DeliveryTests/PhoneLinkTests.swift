import Delivery
import Facility
import Foundation
import Notices
import Testing

@Suite struct PhoneLinkTests {
    private let links = PhoneLinks(key: Array(repeating: 7, count: 32))
    private let ticket = LinkTicket(
        occurrence: OccurrenceID(17), holder: .person("wang"), expiresWallSeconds: noon / 1000 + 60)

    @Test(arguments: [
        LinkTicket.Holder.person("wang"), .person("王工"), .group("duty-robot"),
        .person(PersonID(String(repeating: "长", count: 64))),
    ])
    func `a token opens what it was made for`(holder: LinkTicket.Holder) {
        let ticket = LinkTicket(
            occurrence: OccurrenceID(.max), holder: holder, expiresWallSeconds: noon / 1000 + 60)
        let token = links.token(of: ticket)
        #expect(token.allSatisfy { $0.isLowercase || $0.isNumber })
        #expect(token.utf8.count <= PhoneLinks.longestToken)
        #expect(links.ticket(of: token, at: noon) == .success(ticket))
    }

    @Test func `the token of the feed opens the feed and no alarm, and that of an alarm no feed`() {
        let token = links.feedToken
        #expect(token.utf8.count == 26 && token.allSatisfy { $0.isLowercase || $0.isNumber })
        #expect(links.admitsFeed(token))
        #expect(links.feedToken == token)
        #expect(links.ticket(of: token, at: noon) == .failure(.invalid))
        #expect(!links.admitsFeed(links.token(of: ticket)))
        let other = PhoneLinks(key: Array(repeating: 8, count: 32))
        #expect(!other.admitsFeed(token) && other.feedToken != token)
        for wrong in ["", "a", token + "a", String(token.dropLast()), token.uppercased()] {
            #expect(!links.admitsFeed(wrong))
        }
        for place in token.indices {
            let sign = token[place] == "a" ? "b" : "a"
            #expect(!links.admitsFeed(token.replacingCharacters(in: place...place, with: sign)))
        }
    }

    @Test func `a usual token is short`() {
        #expect(links.token(of: ticket).utf8.count <= 64)
    }

    @Test func `whatever is changed in a token, it opens nothing`() {
        let token = Array(links.token(of: ticket).utf8)
        for place in token.indices {
            for sign in "ab27".utf8 where sign != token[place] {
                var changed = token
                changed[place] = sign
                let text = String(decoding: changed, as: UTF8.self)
                #expect(links.ticket(of: text, at: noon) == .failure(.invalid))
            }
        }
        for length in 0..<token.count {
            let text = String(decoding: token.prefix(length), as: UTF8.self)
            #expect(links.ticket(of: text, at: noon) == .failure(.invalid))
        }
        for text in ["", "A", "../../etc", String(repeating: "a", count: 5000), "ｗ"] {
            #expect(links.ticket(of: text, at: noon) == .failure(.invalid))
        }
    }

    @Test func `another key opens nothing`() {
        let other = PhoneLinks(key: Array(repeating: 8, count: 32))
        #expect(other.ticket(of: links.token(of: ticket), at: noon) == .failure(.invalid))
    }

    @Test func `a token ends at its time`() {
        let token = links.token(of: ticket)
        #expect(links.ticket(of: token, at: noon + 59_999) == .success(ticket))
        #expect(links.ticket(of: token, at: noon + 60_000) == .failure(.expired(ticket)))
    }

    @Test func `the key is made once, and nobody else may read it`() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/links.key"
        let token = try PhoneLinks(keyFile: file).token(of: ticket)
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try PhoneLinks(keyFile: file).ticket(of: token, at: noon) == .success(ticket))
        let other = try TemporaryFolder()
        let elsewhere = try PhoneLinks(keyFile: other.path + "/links.key")
        #expect(elsewhere.ticket(of: token, at: noon) == .failure(.invalid))
        #expect(throws: DeliveryError.self) { try PhoneLinks(keyFile: folder.path + "/no/folder/links.key") }
    }

    @Test func `only a message that asks for something carries a ticket, the same at every attempt`() {
        let raised = notice(17)
        #expect(LinkTicket(raised, isPrivate: true)?.holder == .person("wang"))
        #expect(LinkTicket(raised, isPrivate: true) == LinkTicket(raised, isPrivate: true))
        #expect(LinkTicket(raised, isPrivate: false)?.holder == .group("duty-hook"))
        #expect(LinkTicket(notice(17, recipient: nil), isPrivate: true)?.holder == .group("duty-hook"))
        for kind in [Notice.Kind.clear, .raiseAndClear, .digest, .handover, .heartbeat, .test, .calm] {
            #expect(LinkTicket(notice(17, kind), isPrivate: true) == nil)
        }
    }
}

@Suite struct SignedRequestTests {
    private let body = Array(#"{"action":"acknowledge","alarm":17}"#.utf8)

    /// As another program would sign, with OpenSSL.
    private func signature(_ timestamp: String, _ body: [UInt8], _ secret: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["dgst", "-sha256", "-hmac", secret]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data("\(timestamp).".utf8) + Data(body))
        try input.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return "sha256="
            + (text.split(separator: " ").last ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func check(
        _ requests: SignedRequests, at seconds: Int64, signature: String?, body: [UInt8]? = nil
    ) -> SignedRequests.Failure? {
        let result = requests.check(
            body ?? self.body, timestamp: String(seconds), signature: signature, secret: "密钥", now: noon)
        if case .failure(let failure) = result { return failure }
        return nil
    }

    @Test func `what another program signed is believed, once`() throws {
        let requests = SignedRequests()
        let now = noon / 1000
        let good = try signature(String(now), body, "密钥")
        #expect(check(requests, at: now, signature: good) == nil)
        #expect(check(requests, at: now, signature: good) == .repeated)
        #expect(
            check(requests, at: now, signature: good.uppercased().replacing("SHA256", with: "sha256"))
                == .repeated)
        let later = try signature(String(now + 1), body, "密钥")
        #expect(check(requests, at: now + 1, signature: later) == nil)
    }

    @Test func `nothing else is believed`() throws {
        let requests = SignedRequests()
        let now = noon / 1000
        let good = try signature(String(now), body, "密钥")
        #expect(check(requests, at: now, signature: nil) == .unsigned)
        #expect(check(requests, at: now, signature: "") == .unsigned)
        #expect(check(requests, at: now, signature: "sha256=") == .wrongSignature)
        #expect(check(requests, at: now + 1, signature: good) == .wrongSignature)
        #expect(check(requests, at: now, signature: good, body: body + [10]) == .wrongSignature)
        #expect(
            check(requests, at: now, signature: try signature(String(now), body, "other")) == .wrongSignature)
        for off in [Int64(-301), 301] {
            let skewed = try signature(String(now + off), body, "密钥")
            #expect(check(requests, at: now + off, signature: skewed) == .clock(offSeconds: off))
        }
        for edge in [Int64(-300), 300] {
            let allowed = try signature(String(now + edge), body, "密钥")
            #expect(check(requests, at: now + edge, signature: allowed) == nil)
        }
    }
}
