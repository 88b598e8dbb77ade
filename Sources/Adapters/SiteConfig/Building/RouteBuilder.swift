internal import Facility
internal import Notices

/// Builds the routes, looking up people and channels.
struct RouteBuilder {
    let files: SiteFiles
    let problems: ProblemList

    func build() -> [Route] {
        files.routes.map { route in
            checkOrder(route.value)
            return Route(id: route.name, steps: route.value.map(step))
        }
    }

    private func step(_ entry: StepEntry) -> Route.Step {
        for person in entry.recipients where files.hasAllPeople && !files.personNames.contains(person.value) {
            problems.add(
                at: person.position, .unknown("person", person.value, among: files.personNames.sorted()))
        }
        for channel in entry.channels where !files.channelNames.contains(channel.value) {
            problems.add(
                at: channel.position, .unknown("channel", channel.value, among: files.channelNames.sorted()))
        }
        checkRecipients(entry)
        return Route.Step(
            afterMilliseconds: entry.afterMilliseconds,
            isSkippedWhenAcknowledged: entry.isSkippedWhenAcknowledged,
            recipients: entry.recipients.map { PersonID($0.value) },
            channels: entry.channels.map { ChannelID($0.value) })
    }

    /// A channel that addresses people needs somebody to address.
    private func checkRecipients(_ entry: StepEntry) {
        guard entry.recipients.isEmpty else { return }
        for channel in entry.channels {
            guard let definition = files.channels.first(where: { $0.id.name == channel.value }),
                let kind = files.channelKinds.first(where: { $0.name == definition.kind }),
                kind.addressesPeople
            else { continue }
            problems.add(
                at: channel.position, Message("config.nobody-addressed", ["channel": .text(channel.value)]))
        }
    }

    private func checkOrder(_ steps: [StepEntry]) {
        for (step, next) in zip(steps, steps.dropFirst())
        where next.afterMilliseconds < step.afterMilliseconds {
            problems.add(at: next.position, Message("config.step-order"))
        }
    }
}
