import Alarms
import Facility
import Foundation
import Notices

/// A message as a mail: plain text and HTML, in one conversation per occurrence.
struct MailMessage {
    /// How long the text may be, bytes.
    static let textBytes = 64_000
    static let subjectCharacters = 200

    private let message: OutgoingNotice
    private let text: NoticeText
    private let from: String
    private let to: String

    init(_ message: OutgoingNotice, from: String, to: String, text: NoticeText) {
        self.message = message
        self.from = from
        self.to = to
        self.text = text
    }

    /// The mail as it goes over the wire: lines of ASCII, short enough for any server.
    var bytes: [UInt8] {
        let boundary = "=_\(Signatures.hash(Array(message.notice.id.utf8)).prefix(24))"
        let lines =
            headers + [
                "MIME-Version: 1.0", "Content-Type: multipart/alternative; boundary=\"\(boundary)\"", "",
            ] + part(boundary, "text/plain", plain) + part(boundary, "text/html", html) + [
                "--\(boundary)--", "",
            ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private var headers: [String] {
        let notice = message.notice
        var headers = [
            "From: <\(from)>", "To: <\(to)>", "Date: \(date)",
            "Subject: \(encoded(text.title(message, characters: Self.subjectCharacters) { $0 }))",
            "Message-ID: \(messageID)",
        ]
        if messageID != root, notice.aboutNoAlarm == nil {
            headers += ["In-Reply-To: \(root)", "References: \(root)"]
        }
        headers += [
            "X-Alarm-Occurrence: \(notice.occurrence.number)", "X-Alarm-Kind: \(notice.kind.rawValue)",
            "X-Alarm-Priority: \(notice.priority.name)", "Auto-Submitted: auto-generated",
        ]
        if notice.priority == .p1 { headers += ["X-Priority: 1", "Importance: high"] }
        return headers
    }

    // The first message of an occurrence begins the conversation; whoever joins later finds it by its name.
    private var messageID: String {
        let notice = message.notice
        let isFirst = notice.step == 0 && (notice.kind == .raise || notice.kind == .raiseAndClear)
        return isFirst ? root : "<\(token(notice.id))@\(domain)>"
    }

    private var root: String {
        "<alarm-\(message.notice.occurrence.number).\(token(to))@\(domain)>"
    }

    private func token(_ text: String) -> String { String(Signatures.hash(Array(text.utf8)).prefix(20)) }

    private var domain: String {
        let name = text.ports.site.lowercased().filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
        }
        return "\(name.isEmpty ? "site" : name).sitewatch.invalid"
    }

    private var date: String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return formatter.string(
            from: Date(timeIntervalSince1970: Double(message.sentWallMilliseconds) / 1000))
    }

    private var plain: String {
        text.body(message, bytes: Self.textBytes) { $0 }
    }

    private var html: String {
        let title = text.title(message, characters: Self.subjectCharacters, escape: PlainText.html)
        let body = text.body(
            message, bytes: Self.textBytes, escape: PlainText.html,
            linked: { "<a href=\"\(PlainText.html($1))\">\(PlainText.html($0))</a>" }
        )
        .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "<br>\n")
        return """
            <!DOCTYPE html>
            <html lang="\(message.notice.language == .zh ? "zh" : "en")"><head><meta charset="utf-8"></head>
            <body style="font-family: sans-serif">
            <h2 style="color: \(colour)">\(title)</h2>
            <p>\(body)</p>
            </body></html>
            """
    }

    private var colour: String {
        if message.notice.isEnd == true { return "#2e7d32" }
        return switch message.notice.priority {
        case .p1: "#b71c1c"
        case .p2: "#e65100"
        case .p3: "#9a7b00"
        case .p4: "#1565c0"
        }
    }

    private func part(_ boundary: String, _ type: String, _ content: String) -> [String] {
        let code = Data(content.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ])
        return [
            "--\(boundary)", "Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: base64", "",
            code,
        ]
    }

    // Words of at most 75 characters, none of which cuts a character.
    private func encoded(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (32...126).contains($0) }) || text.contains("=?") else { return text }
        var words: [String] = []
        var piece: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > 45 {
                words.append(Data(piece).base64EncodedString())
                piece = []
            }
            piece += bytes
        }
        words.append(Data(piece).base64EncodedString())
        return words.map { "=?utf-8?B?\($0)?=" }.joined(separator: "\r\n ")
    }
}
