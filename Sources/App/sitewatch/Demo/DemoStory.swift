/// The chain that the demonstration shows, and how much of it was seen.
struct DemoStory: Sendable {
    /// One link, in the order a fault travels.
    enum Link: String, CaseIterable, Sendable {
        case siteReady = "site_ready"
        case faultInjected = "fault_injected"
        case alarmCommitted = "alarm_committed"
        case noticeReceived = "notice_received"
        case orderOpen = "order_open"
        case historyReadable = "history_readable"
        case equipmentRecovered = "equipment_recovered"
        case alarmCleared = "alarm_cleared"

        /// The entry of the message catalogue that names the link.
        var messageKey: String { "demo.link.\(rawValue)" }
    }

    /// When a link was first seen, seconds since the start of the demonstration.
    private(set) var seen: [Link: Double] = [:]

    /// Marks a link as seen; later sightings change nothing.
    mutating func see(_ link: Link, atSeconds seconds: Double) {
        if seen[link] == nil { seen[link] = seconds }
    }

    /// The links nobody saw.
    var missing: [Link] {
        Link.allCases.filter { seen[$0] == nil }
    }

    /// From the fault to the notice at its receiver, seconds.
    var faultToNoticeSeconds: Double? {
        guard let fault = seen[.faultInjected], let notice = seen[.noticeReceived] else { return nil }
        return notice - fault
    }
}

/// What `--json` prints at the end.
struct DemoReport: Encodable {
    struct Step: Encodable {
        let link: String
        let seen: Bool
        let atSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case link
            case seen
            case atSeconds = "at_seconds"
        }
    }

    let version = 1
    let complete: Bool
    let missing: [String]
    let links: [Step]
    let faultToNoticeSeconds: Double?

    init(_ story: DemoStory) {
        complete = story.missing.isEmpty
        missing = story.missing.map(\.rawValue)
        links = DemoStory.Link.allCases.map { link in
            Step(link: link.rawValue, seen: story.seen[link] != nil, atSeconds: story.seen[link])
        }
        faultToNoticeSeconds = story.faultToNoticeSeconds
    }

    enum CodingKeys: String, CodingKey {
        case version
        case complete
        case missing
        case links
        case faultToNoticeSeconds = "fault_to_notice_seconds"
    }
}
