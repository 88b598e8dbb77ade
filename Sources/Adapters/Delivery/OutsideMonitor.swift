public import Facility
import Foundation

/// Tells a monitor outside that the daemon lives. The monitor raises the alarm when it hears nothing more: the one
/// failure that nobody inside can tell of.
public struct OutsideMonitor: Sendable {
    /// What the monitor is told beside the fact.
    public struct Report: Hashable, Sendable {
        /// The site's name in files.
        public let site: String
        /// When the daemon started, wall-clock milliseconds.
        public let startedWallMilliseconds: Int64
        /// How many alarms are open.
        public let openAlarms: Int
        /// How many messages wait.
        public let waitingNotices: Int
        /// How old the oldest of them is, milliseconds.
        public let oldestNoticeMilliseconds: Int64

        /// Collects the figures.
        public init(
            site: String, startedWallMilliseconds: Int64, openAlarms: Int, waitingNotices: Int,
            oldestNoticeMilliseconds: Int64
        ) {
            self.site = site
            self.startedWallMilliseconds = startedWallMilliseconds
            self.openAlarms = openAlarms
            self.waitingNotices = waitingNotices
            self.oldestNoticeMilliseconds = oldestNoticeMilliseconds
        }
    }

    private let url: String
    private let isGet: Bool
    private let secret: String?
    private let timeoutMilliseconds: Int64
    private let transfer = HTTPTransfer()

    /// Describes a monitor; nothing is sent yet.
    public init(url: String, isGet: Bool, secret: String?, timeoutMilliseconds: Int64 = 10_000) {
        self.url = url
        self.isGet = isGet
        self.secret = secret
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Tells the monitor; why it did not hear, nil if it did.
    public func tell(_ report: Report, zone: SiteZone, at wallMilliseconds: Int64) async -> Message? {
        let body: [UInt8] =
            isGet
            ? []
            : JSON.object([
                "schema": .number(1), "site": .text(report.site),
                "time": .text(zone.iso(wallMilliseconds)),
                "started": .text(zone.iso(report.startedWallMilliseconds)),
                "open_alarms": .number(Int64(report.openAlarms)),
                "waiting_notices": .number(Int64(report.waitingNotices)),
                "oldest_notice_seconds": .number(report.oldestNoticeMilliseconds / 1000),
            ]).bytes
        let request = HTTPRequest(
            isGet ? "GET" : "POST", url, headers: headers(body, at: wallMilliseconds), body: body,
            timeoutMilliseconds: timeoutMilliseconds, connectTimeoutMilliseconds: timeoutMilliseconds,
            bodyLimit: 4096)
        do throws(HTTPError) {
            let answer = try await transfer.send(request)
            guard !answer.isSuccess else { return nil }
            return Message(
                "delivery.status",
                ["status": .text(String(answer.status)), "answer": .text(shown(answer.text))])
        } catch {
            return error.message
        }
    }

    // Signed as our webhooks are; of a GET the address is what is signed.
    private func headers(_ body: [UInt8], at wallMilliseconds: Int64) -> [HTTPField] {
        var fields = [HTTPField("User-Agent", "sitewatch")]
        if !isGet { fields.append(HTTPField("Content-Type", "application/json")) }
        guard let secret else { return fields }
        let timestamp = String(wallMilliseconds / 1000)
        let signed = Array("\(timestamp).".utf8) + (isGet ? Array(url.utf8) : body)
        fields.append(HTTPField("X-Sitewatch-Timestamp", timestamp))
        fields.append(
            HTTPField("X-Sitewatch-Signature", "sha256=\(Signatures.hexadecimal(signed, key: secret))"))
        return fields
    }

    private func shown(_ text: String) -> String {
        let tame = secret.map { text.replacingOccurrences(of: $0, with: "…") } ?? text
        return String(tame.prefix(HTTPService.shownCharacters))
    }
}
