import Alarms
import Facility
import Foundation
import Maintenance
import Notices

/// The text of a message as a service can carry it.
struct NoticeText: Sendable {
    let ports: ChannelPorts

    /// The whole text, escaped, in no more bytes than a limit as it stands in JSON; under it the link, whole.
    ///
    /// - Parameter linked: Writes the link, from its words and its address.
    func body(
        _ message: OutgoingNotice, bytes: Int, escape: @escaping @Sendable (String) -> String,
        linked: (_ words: String, _ address: String) -> String = { "\($0) \($1)" }
    ) -> String {
        guard let address = message.link else { return lines(message, bytes: bytes, escape: escape) }
        let words = ports.catalog.text(Message("notice.link"), in: message.notice.language)
        let line = "\n" + linked(words, address)
        let room = bytes - PlainText.jsonBytes(line)
        // A text that has no room for anything but its link is none.
        guard room >= 200 else { return lines(message, bytes: bytes, escape: escape) }
        return lines(message, bytes: room, escape: escape) + line
    }

    private func lines(
        _ message: OutgoingNotice, bytes: Int, escape: @escaping @Sendable (String) -> String
    ) -> String {
        var room = bytes
        while true {
            let fit = TextFit(
                bytes: room, measure: { PlainText.jsonBytes(escape($0)) },
                remark: { more($0, message.notice.language) })
            let text = escape(fit.fit(PlainText.clean(message.body)))
            // Signs that mean something only beside each other can make the whole longer than its pieces.
            if PlainText.jsonBytes(text) <= bytes || room < 16 { return text }
            room -= room / 10
        }
    }

    /// The first line, in no more characters than a limit.
    func title(
        _ message: OutgoingNotice, characters: Int, escape: @Sendable (String) -> String
    ) -> String {
        let line = PlainText.line(message.notice.title)
        let scalars = line.unicodeScalars
        guard scalars.count > characters else { return escape(line) }
        return escape(String(String.UnicodeScalarView(scalars.prefix(characters - 1))) + "…")
    }

    /// The telephone number of the recipient: digits only, as the services in China want it.
    func phone(_ message: OutgoingNotice) -> String? {
        guard let phone = message.notice.recipient.flatMap(ports.person)?.phone else { return nil }
        let digits = String(phone.filter { ("0"..."9").contains($0) })
        let national = digits.hasPrefix("86") && digits.count == 13 ? String(digits.dropFirst(2)) : digits
        return national.isEmpty ? nil : national
    }

    /// What may be put into templates, by name.
    func fields(_ message: OutgoingNotice) -> [String: String] {
        let notice = message.notice
        let asset = ports.asset(notice.key.asset)
        let since = notice.raisedWallMilliseconds ?? notice.decidedWallMilliseconds
        return [
            "id": notice.id, "site": ports.site, "occurrence": notice.occurrence.description,
            "kind": notice.kind.rawValue, "rule": notice.key.rule.name, "asset": notice.key.asset.name,
            "device": asset?.label[notice.language] ?? notice.key.asset.name,
            "location": asset?.location ?? "", "priority": notice.priority.name.uppercased(),
            "title": notice.title, "body": message.body, "order": notice.order?.name ?? "",
            "time": ports.zone.readable(since), "recipient": notice.recipient?.name ?? "",
            "phone": phone(message) ?? "", "link": message.link ?? "",
            "mail": notice.recipient.flatMap(ports.person)?.mail ?? "",
        ]
    }

    private func more(_ lines: Int, _ language: Language) -> String {
        ports.catalog.text(Message("notice.more", ["count": .text(String(lines))]), in: language)
    }
}

extension OutgoingNotice {
    /// The message cannot be addressed: nobody, or nobody with what the channel needs.
    func unaddressed(_ what: String) -> SendOutcome {
        .dead(
            reason: Message(
                "delivery.unaddressed",
                [
                    "person": .text(notice.recipient?.name ?? "–"),
                    "what": .message(Message("delivery.address.\(what)")),
                ]))
    }
}
