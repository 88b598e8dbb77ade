import Alarms
import Facility

extension SelfAlarm {
    /// A channel does not bring messages to people. Its own message goes by the same routes: whoever looks at the
    /// page, or hears by another channel, learns of it.
    static let channelFailing = SelfAlarm(name: "channel-failing", priority: .p2, policy: AlarmPolicy()) {
        facts in
        guard let channels = facts.failingChannels else { return Verdict(nil) }
        let failing = channels.filter(\.isFailing)
        guard let oldest = failing.max(by: { $0.waitedMilliseconds < $1.waitedMilliseconds }) else {
            return Verdict(false)
        }
        let names = failing.map(\.channel.name).sorted().joined(separator: ", ")
        return Verdict(
            true,
            [
                "channels": .text(names), "notice": .text(oldest.title),
                "time": .message(span(oldest.waitedMilliseconds)),
                "reason": .message(oldest.reason ?? Message("alarm.system.no-reason")),
            ])
    }
}

extension SelfFacts.FailingChannel {
    /// One try that failed is no news: the next comes within seconds. What was given up is.
    fileprivate var isFailing: Bool { isGivenUp || attempts > 1 && waitedMilliseconds >= 30_000 }
}
