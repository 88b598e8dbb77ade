import Alarms
import Facility
import Maintenance

/// Writes what one recipient reads, in their language.
struct NoticeWriter {
    let site: Site
    let catalog: MessageCatalog
    let occurrence: AlarmOccurrence
    let order: OrderNumber?
    let language: Language

    /// The first line of a message about an alarm that holds.
    func raiseTitle(_ kind: Notice.Kind) -> String {
        switch kind {
        case .escalate: text("notice.escalate.title", titleArguments)
        case .chatter: text("notice.chatter.title", titleArguments)
        case .raise, .clear, .raiseAndClear, .calm, .digest, .handover, .heartbeat, .test:
            text("notice.raise.title", titleArguments)
        }
    }

    /// The whole text of a message about an alarm that holds.
    func raiseBody(_ kind: Notice.Kind, at wallMilliseconds: Int64) -> String {
        var lines = [occurrence.text[language], place, since].compactMap(\.self)
        if kind == .escalate {
            let waited = wallMilliseconds - occurrence.raisedWallMilliseconds
            lines.append(text("notice.body.escalated", ["duration": duration(waited)]))
        }
        if occurrence.context?.isDetectedLate == true { lines.append(text("notice.body.detected-late", [:])) }
        if let first = occurrence.context?.first, first != occurrence.id {
            lines.append(text("notice.body.after", ["number": .text(first.description)]))
        }
        if kind == .chatter { lines.append(text("notice.chatter.body", [:])) }
        lines += values
        if let guidance = occurrence.guidance {
            lines.append(text("notice.body.cause", ["text": .bilingual(guidance.cause)]))
            lines.append(text("notice.body.consequence", ["text": .bilingual(guidance.consequence)]))
            lines.append(text("notice.body.action", ["text": .bilingual(guidance.action)]))
            if let span = guidance.respondWithinMilliseconds {
                lines.append(text("notice.body.respond-within", ["duration": duration(span)]))
            }
        }
        return (lines + [orderLine, numberLine].compactMap(\.self)).joined(separator: "\n")
    }

    /// The first line of a message that an alarm is over.
    func endTitle(_ ending: AlarmEnding) -> String {
        text("notice.clear.title.\(ending.keyPart)", titleArguments)
    }

    /// The whole text of a message that an alarm is over.
    func endBody(_ ending: AlarmEnding, at wallMilliseconds: Int64) -> String {
        let lasted = wallMilliseconds - occurrence.raisedWallMilliseconds
        let lines = [
            occurrence.text[language],
            text(
                "notice.clear.body.\(ending.keyPart)", ["time": .text(site.zone.readable(wallMilliseconds))]),
            place, since, text("notice.body.lasted", ["duration": duration(lasted)]), orderLine, numberLine,
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    /// The first line of a message that an alarm has stopped coming and going.
    var calmTitle: String { text("notice.calm.title", titleArguments) }

    /// The whole text of a message that an alarm has stopped coming and going.
    func calmBody(count: Int, since wallMilliseconds: Int64, isHolding: Bool) -> String {
        let lines = [
            occurrence.text[language], place,
            text(
                "notice.calm.body",
                ["count": .text(String(count)), "time": .text(site.zone.readable(wallMilliseconds))]),
            text(isHolding ? "notice.calm.holds" : "notice.calm.over", [:]), orderLine, numberLine,
        ]
        return lines.compactMap(\.self).joined(separator: "\n")
    }

    private var titleArguments: [String: Message.Argument] {
        [
            "priority": .text(occurrence.priority.name.uppercased()),
            "text": .bilingual(occurrence.text),
        ]
    }

    private var place: String? {
        guard let asset = site.asset(occurrence.key.asset) else { return nil }
        return text(
            "notice.body.where",
            [
                "device": .bilingual(asset.label), "asset": .text(asset.id.name),
                "location": .text(asset.location), "site": .bilingual(site.label),
            ])
    }

    private var since: String {
        text("notice.body.since", ["time": .text(site.zone.readable(occurrence.beganWallMilliseconds))])
    }

    private var values: [String] {
        occurrence.evidence.map { evidence in
            let missing = Message.Argument.message(Message("notice.body.no-value"))
            return text(
                "notice.body.value",
                [
                    "point": .bilingual(evidence.label),
                    "value": evidence.value.map(Message.Argument.bilingual) ?? missing,
                ])
        }
    }

    private var orderLine: String? {
        order.map { text("notice.body.order", ["order": .text($0.name)]) }
    }

    private var numberLine: String? {
        text("notice.body.occurrence", ["number": .text(occurrence.id.description)])
    }

    private func duration(_ milliseconds: Int64) -> Message.Argument {
        let seconds = max(0, milliseconds) / 1000
        let (key, count) =
            switch seconds {
            case ..<120: ("duration.seconds", seconds)
            case ..<7200: ("duration.minutes", seconds / 60)
            default: ("duration.hours", seconds / 3600)
            }
        return .message(Message(key, ["count": .text(String(count))]))
    }

    private func text(_ key: String, _ arguments: [String: Message.Argument]) -> String {
        catalog.text(Message(key, arguments), in: language)
    }
}

extension AlarmEnding {
    fileprivate var keyPart: String {
        switch self {
        case .recovered: "recovered"
        case .recoveredUnacknowledged: "recovered-unacknowledged"
        case .reset: "reset"
        case .noData: "no-data"
        case .retired: "retired"
        }
    }
}
