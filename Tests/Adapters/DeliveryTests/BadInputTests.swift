import Delivery
import Facility
import Foundation
import Notices
import Testing

/// Everything a peer can do instead of its work, over every channel on HTTP.
@Suite(.serialized) struct BadInputTests {
    static let temporary = [
        "hang", "close", "break", "garbage", "page", "redirect", "later", "500", "502", "503", "504", "429",
        "408",
    ]
    static let permanent = ["400", "401", "403", "404", "410", "422"]

    private func attempt(_ kind: String, _ services: NoticeServices, fault: String) async throws
        -> SendOutcome
    {
        try await channel(kind, at: services, fault: fault).send(alarmNotice())
    }

    private func expectReadable(_ outcome: SendOutcome, _ what: String) {
        for language in [Language.en, .zh] {
            let text = readable(outcome, language)
            #expect(!text.isEmpty && !text.hasPrefix("delivery."), "\(what): \(text)")
            #expect(!text.contains("{"), "\(what): \(text)")
        }
    }

    @Test(arguments: ChannelContractTests.overHTTP)
    func `what is not final is tried again, what is final is not, and both can be read`(
        kind: String
    ) async throws {
        let services = try NoticeServices()
        for fault in Self.temporary {
            // A page is an answer for whoever reads only the status.
            if kind == "webhook", fault == "page" { continue }
            let outcome = try await attempt(kind, services, fault: fault)
            guard case .retry(_, let after) = outcome else {
                Issue.record("\(kind) \(fault): \(readable(outcome, .en))")
                continue
            }
            if fault == "later" { #expect(after == 7000, "\(kind)") }
            expectReadable(outcome, "\(kind) \(fault)")
        }
        for fault in Self.permanent {
            let outcome = try await attempt(kind, services, fault: fault)
            guard case .dead = outcome else {
                Issue.record("\(kind) \(fault): \(readable(outcome, .en))")
                continue
            }
            expectReadable(outcome, "\(kind) \(fault)")
        }
        // Nothing was followed: every request went to the faults.
        #expect(services.received.allSatisfy { $0.status == 0 })
    }

    @Test(arguments: ChannelContractTests.overHTTP)
    func `a name that does not resolve and a closed port are tried again`(kind: String) async throws {
        let services = try NoticeServices()
        for url in ["http://no-such-host.invalid/x", "http://127.0.0.1:1/x"] {
            let outcome = try await channel(kind, at: services, settings: ["url": url]).send(alarmNotice())
            guard case .retry(let reason, nil) = outcome else {
                Issue.record("\(kind) \(url)")
                continue
            }
            #expect(reason.key == "delivery.unreachable")
            expectReadable(outcome, "\(kind) \(url)")
        }
    }

    @Test(arguments: ChannelContractTests.overHTTP)
    func `a certificate must be one that is trusted and not over`(kind: String) async throws {
        let certificates = try Certificates.shared.get()
        let authority = ["ca_file": certificates.authority]
        let good = try NoticeServices(
            settings: ["webhook": ["secret": "hook-secret-0001"]], tls: certificates.good)
        let outcome = try await channel(kind, at: good, settings: authority).send(alarmNotice())
        switch outcome {
        case .delivered, .accepted: break
        case .retry, .recipientRests, .dead: Issue.record("\(kind): \(readable(outcome, .en))")
        }
        let expired = try NoticeServices(tls: certificates.expired)
        for (services, settings) in [(expired, authority), (good, [:])] {
            let outcome = try await channel(kind, at: services, settings: settings).send(alarmNotice())
            guard case .retry(let reason, nil) = outcome else {
                Issue.record("\(kind): not refused")
                continue
            }
            #expect(reason.key == "delivery.untrusted")
            expectReadable(outcome, kind)
        }
        #expect(expired.received.isEmpty)
    }

    @Test(arguments: ["dingtalk", "feishu", "aliyun-sms"])
    func `a clock that is wrong by hours is named`(kind: String) async throws {
        let services = try NoticeServices()
        let notice = alarmNotice()
        let late = OutgoingNotice(
            notice: notice.notice, body: notice.body, attempt: 1, sentWallMilliseconds: noon + 2 * 3_600_000)
        let outcome = try await channel(kind, at: services).send(late)
        guard case .dead(let reason) = outcome else {
            Issue.record("\(readable(outcome, .en))")
            return
        }
        #expect(words.text(reason, in: .en).contains("clock"))
        #expect(words.text(reason, in: .zh).contains("时钟"))
    }
}
