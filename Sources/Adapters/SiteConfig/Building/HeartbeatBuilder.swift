internal import Facility
internal import Notices

/// Builds the daily sign of life, looking up people and channels.
struct HeartbeatBuilder {
    let files: SiteFiles
    let problems: ProblemList

    func build(_ entry: HeartbeatEntry) -> HeartbeatSettings {
        for person in entry.recipients where files.hasAllPeople && !files.personNames.contains(person.value) {
            problems.add(
                at: person.position, .unknown("person", person.value, among: files.personNames.sorted()))
        }
        for channel in entry.channels {
            check(channel, hasRecipients: !entry.recipients.isEmpty)
        }
        return HeartbeatSettings(
            minutes: entry.minutes, channels: entry.channels.map { ChannelID($0.value) },
            recipients: entry.recipients.map { PersonID($0.value) })
    }

    private func check(_ channel: Located<String>, hasRecipients: Bool) {
        guard files.channelNames.contains(channel.value) else {
            problems.add(
                at: channel.position, .unknown("channel", channel.value, among: files.channelNames.sorted()))
            return
        }
        guard !hasRecipients,
            let definition = files.channels.first(where: { $0.id.name == channel.value }),
            let kind = files.channelKinds.first(where: { $0.name == definition.kind }), kind.addressesPeople
        else { return }
        problems.add(
            at: channel.position, Message("config.nobody-addressed", ["channel": .text(channel.value)]))
    }
}
