import Alarms
import ArgumentParser
import Facility
import Notices
import Rules
import SiteConfig
import WebAPI

/// Says who would hear of an alarm, and sends nothing.
struct NoticesSimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Who would hear of an alarm: when, by which way, in which words and why. Nothing is sent.",
        discussion: """
            ALARM is RULE@ASSET, or the number of an alarm, for which the daemon is asked. Without a daemon the \
            values in the texts are not known. Nobody acknowledges anything.
            """)

    @Argument(help: "RULE@ASSET, or the number of an alarm.")
    var alarm: String?

    @Option(help: "The rule.")
    var rule: String?

    @Option(help: "The asset.")
    var asset: String?

    @Option(help: ArgumentHelp("Raised at this time. Default: now.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("Of this priority instead of the rule's: p1 to p4.", valueName: "priority"))
    var priority: String?

    @Flag(help: "Write JSON: stable, versioned.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    /// No roster or calendar says what will be in ten years, and turns are counted day by day.
    private static let furthestMilliseconds: Int64 = 10 * 366 * 86_400_000

    func validate() throws {
        try ArgumentCheck.time(at, option: "--at")
        _ = try ListedWords.priorities.one(priority)
        guard let alarm else {
            guard rule != nil, asset != nil else {
                throw Usage.error(Message("cli.usage.alarm-missing"))
            }
            return
        }
        guard rule == nil, asset == nil else {
            throw Usage.error(Message("cli.usage.alarm-twice"))
        }
        guard Int64(alarm) != nil || alarm.split(separator: "@").count == 2 else {
            throw Usage.error(Message("cli.usage.no-alarm", ["text": .text(alarm)]))
        }
    }

    func run() async throws {
        try await Session.run(connection.site.language) { session in
            let configuration = try session.configuration(connection.site)
            let rehearsed = try await rehearse(configuration, session)
            if json { return try session.show(json: RehearsalDocument(rehearsed)) }
            RehearsalText(session: session, rehearsed: rehearsed).write()
        }
    }

    private func rehearse(_ configuration: Configuration, _ session: Session) async throws -> RehearsedAlarm {
        let known = try await asked(session)
        let definition = try definition(known.rule, configuration)
        guard let asset = configuration.site.asset(AssetID(known.asset)) else {
            throw CommandFailure(
                NearestName.unknown(
                    "cli.simulate.unknown-asset", known.asset, among: configuration.site.assets.map(\.id.name)
                ))
        }
        let compiled = configuration.rules.rules.first { $0.definition.id == definition.id }
        guard compiled?.instances.contains(where: { $0.asset == asset.id }) == true else {
            throw CommandFailure(
                Message(
                    "cli.simulate.no-instance",
                    ["rule": .text(known.rule), "asset": .text(known.asset)]))
        }
        let zone = configuration.site.zone
        let now = session.terminal.now()
        let wall = try at.map { try TimeArgument.instant($0, option: "--at", now: now, zone: zone) } ?? now
        guard wall - now <= Self.furthestMilliseconds else {
            throw CommandFailure(
                Message("cli.simulate.too-far", ["text": .text(at ?? "")]), .validationFailure)
        }
        let urgency = priority.flatMap { Priority(name: $0.lowercased()) } ?? known.priority
        return RehearsedAlarm(
            configuration, session.catalog, definition, asset, priority: urgency, text: known.text,
            at: Moment(wallMilliseconds: wall, uptimeMilliseconds: 0))
    }

    /// What was asked for: of a number, what the daemon knows of the alarm.
    private func asked(
        _ session: Session
    ) async throws -> (rule: String, asset: String, priority: Priority?, text: Bilingual?) {
        guard let alarm else { return (rule ?? "", asset ?? "", nil, nil) }
        let parts = alarm.split(separator: "@").map(String.init)
        guard parts.count == 1 else { return (parts[0], parts[1], nil, nil) }
        let found = try await DaemonClient(connection, session).get(AlarmDocument.self, ["alarms", alarm])
            .alarm
        return (found.rule, found.asset, Priority(name: found.priority), found.text)
    }

    private func definition(_ name: String, _ configuration: Configuration) throws -> RuleDefinition {
        let all = configuration.ruleDefinitions
        guard let found = all.first(where: { $0.id.name == name }) else {
            throw CommandFailure(NearestName.unknown("cli.rules.unknown", name, among: all.map(\.id.name)))
        }
        return found
    }
}

/// An alarm that was not, and what would have been said of it.
struct RehearsedAlarm {
    /// How a route was chosen.
    enum Choice: String {
        case named, matched, `default`
    }

    let configuration: Configuration
    let occurrence: AlarmOccurrence
    let route: String
    let choice: Choice
    let rehearsal: NoticeRehearsal

    init(
        _ configuration: Configuration, _ catalog: MessageCatalog, _ definition: RuleDefinition,
        _ asset: Asset, priority: Priority?, text: Bilingual?, at now: Moment
    ) {
        let key = AlarmKey(rule: definition.id, asset: asset.id)
        let planner = NoticePlanner(
            site: configuration.site, routes: configuration.routes, directory: configuration.directory,
            catalog: catalog, announcements: [])
        let urgency = priority ?? definition.mostUrgent
        let occurrence = AlarmOccurrence(
            id: OccurrenceID(0), key: key, priority: urgency, state: .unacknowledged,
            text: text ?? Self.text(definition.text, of: asset, catalog), guidance: definition.guidance,
            beganWallMilliseconds: now.wallMilliseconds, raisedWallMilliseconds: now.wallMilliseconds,
            evidence: [],
            reason: AlarmReason(
                position: definition.when.position, expression: definition.when.text,
                delayMilliseconds: definition.raiseDelayMilliseconds))
        let route = planner.route(
            rule: definition.id, priority: urgency, asset: asset.id, named: definition.route,
            at: now.wallMilliseconds)
        self.configuration = configuration
        self.occurrence = occurrence
        self.route = route
        choice =
            definition.route != nil ? .named : route == NoticePlanner.defaultRoute ? .default : .matched
        rehearsal = NoticeRehearsal(
            planner,
            of: NoticePlanner.Subject(
                occurrence: occurrence, isAcknowledged: false, isQuiet: false, order: nil), route: route,
            at: now)
    }

    /// A way that a message would take if a channel did not take it.
    struct Detour {
        let channel: ChannelID
        let fallback: ChannelID
        /// How long it would wait before.
        let milliseconds: Int64
    }

    /// The ways that messages would take if their channels did not take them, in the order of the channels. A message
    /// goes to no channel twice.
    var detours: [Detour] {
        let told = rehearsal.entries.filter { $0.notice != nil }
        var (detours, starts) = ([Detour](), [ChannelID]())
        for entry in told where !starts.contains(entry.channel) { starts.append(entry.channel) }
        for start in starts {
            var passed = [start]
            while let channel = passed.last,
                let fallback = configuration.channels.first(where: { $0.id == channel })?.fallback,
                !passed.contains(fallback.channel), !isTold(told, by: start, and: fallback.channel)
            {
                passed.append(fallback.channel)
                guard !detours.contains(where: { $0.channel == channel }) else { continue }
                detours.append(
                    Detour(
                        channel: channel, fallback: fallback.channel,
                        milliseconds: fallback.waitMilliseconds(occurrence.priority)))
            }
        }
        return detours
    }

    /// Whether whoever is told by a channel is told by another one at the same time anyway.
    private func isTold(
        _ told: [NoticeRehearsal.Entry], by channel: ChannelID, and other: ChannelID
    ) -> Bool {
        told.filter { $0.channel == channel }.allSatisfy { entry in
            told.contains {
                $0.channel == other && $0.recipient == entry.recipient && $0.wave == entry.wave
            }
        }
    }

    /// The rule's sentence; values are not known.
    private static func text(_ text: Bilingual, of asset: Asset, _ catalog: MessageCatalog) -> Bilingual {
        func filled(_ language: Language) -> String {
            var values = ["device": asset.label[language], "location": asset.location]
            for place in RuleText.places(text[language]) where values[place] == nil {
                values[place] = catalog.text(Message("notice.body.no-value"), in: language)
            }
            return MessageCatalog.fill(text[language], with: values)
        }
        return Bilingual(zh: filled(.zh), en: filled(.en))
    }
}
