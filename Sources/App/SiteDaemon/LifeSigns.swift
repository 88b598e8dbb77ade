internal import Alarms
internal import Delivery
internal import Engine
internal import Facility
internal import Foundation
internal import Ledger
internal import Logging
internal import Notices
internal import SiteConfig
internal import Synchronization

/// Says that the daemon lives: once a day by each channel, and every few minutes to a monitor outside.
struct LifeSigns: Sendable {
    let parts: RunningParts
    let catalog: MessageCatalog
    let logger: Logger

    private static let tick = Duration.seconds(1)

    /// Says so until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await tellChannels() }
            group.addTask { await tellMonitor() }
        }
    }

    // MARK: The daily sign of life

    private func tellChannels() async {
        var last = parts.clock().wallMilliseconds
        while (try? await Task.sleep(for: Self.tick)) != nil {
            let now = parts.clock().wallMilliseconds
            let configuration = parts.configuration
            defer { last = now }
            guard let settings = configuration.settings.heartbeat,
                DailyTime(minutes: settings.minutes).came(
                    after: last, until: now, in: configuration.site.zone)
            else { continue }
            await tell(settings, configuration.site)
        }
    }

    private func tell(_ settings: HeartbeatSettings, _ site: Site) async {
        let service = parts.delivery.service
        let occasion = LifeSign.Occasion.heartbeat(open: await openAlarms, waiting: await waiting.count)
        await withTaskGroup(of: (ChannelID, SendOutcome?).self) { group in
            for channel in settings.channels {
                let people: [PersonID?] =
                    service.addressesPeople(channel) == true ? settings.recipients.map(Optional.some) : [nil]
                for person in people {
                    let language = person.flatMap(site.person)?.language ?? site.language
                    group.addTask {
                        let sign = LifeSign(occasion, to: person, in: language)
                        return (channel, await service.send(sign, by: channel))
                    }
                }
            }
            // One of several people who does not get it is a channel that does not bring it.
            var failures: [ChannelID: Message?] = [:]
            for await (channel, outcome) in group {
                let failure = failure(outcome, of: channel)
                failures.updateValue(failures[channel].flatMap(\.self) ?? failure, forKey: channel)
            }
            for (channel, failure) in failures { parts.lifeSigns.note(channel.name, failure) }
        }
    }

    private func failure(_ outcome: SendOutcome?, of channel: ChannelID) -> Message? {
        switch outcome {
        case .retry(let reason, _), .recipientRests(let reason, _), .dead(let reason):
            logger.error(
                "heartbeat.failed",
                metadata: ["channel": "\(channel)", "reason": "\(catalog.text(reason, in: .en))"])
            return reason
        case .delivered, .accepted, nil: return nil
        }
    }

    // MARK: The monitor outside

    private func tellMonitor() async {
        var lastUptime: Int64?
        var isHeard = true
        while (try? await Task.sleep(for: Self.tick)) != nil {
            let now = parts.clock()
            guard let settings = parts.configuration.settings.monitor else { continue }
            let isDue = lastUptime.map { now.uptimeMilliseconds - $0 >= settings.everyMilliseconds } ?? true
            // A daemon that does not get on is as good as dead, and the monitor is to say so.
            guard isDue, parts.isProgressing(at: now) else { continue }
            lastUptime = now.uptimeMilliseconds
            let failure = await tell(settings, at: now)
            if let failure, isHeard {
                logger.error("monitor.unheard", metadata: ["reason": "\(catalog.text(failure, in: .en))"])
            } else if failure == nil, !isHeard {
                logger.notice("monitor.heard")
            }
            isHeard = failure == nil
            parts.lifeSigns.note(settings.way, failure)
        }
    }

    private func tell(_ settings: MonitorSettings, at now: Moment) async -> Message? {
        let secret = settings.secretFile.flatMap { try? ChannelPorts.secret(inFile: $0) }
        let monitor = OutsideMonitor(
            url: settings.url, isGet: settings.isGet,
            secret: secret.map { String(decoding: $0, as: UTF8.self) })
        let waiting = await waiting
        return await monitor.tell(
            OutsideMonitor.Report(
                site: parts.configuration.site.id,
                startedWallMilliseconds: parts.started.wallMilliseconds, openAlarms: await openAlarms,
                waitingNotices: waiting.count,
                oldestNoticeMilliseconds: waiting.oldest.map { max(0, now.wallMilliseconds - $0) } ?? 0),
            zone: parts.configuration.site.zone, at: now.wallMilliseconds)
    }

    private var openAlarms: Int {
        get async { await parts.loop.read(\.openOccurrences).count { !$0.isShadow } }
    }

    private var waiting: (count: Int, oldest: Int64?) {
        get async {
            let depth = (try? await parts.ledger.queueDepth()) ?? []
            return (
                depth.reduce(0) { $0 + $1.waiting }, depth.compactMap(\.oldestWallMilliseconds).min()
            )
        }
    }
}

/// How the signs of life went: how often in a row each did not arrive, and why.
final class LifeSignBook: Sendable {
    private struct Entry {
        var failures = 0
        var reason: Message?
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// A sign went out by a way; why it did not arrive, nil if it did.
    func note(_ way: String, _ failure: Message?) {
        entries.withLock { entries in
            let failures = entries[way]?.failures ?? 0
            entries[way] = Entry(failures: failure == nil ? 0 : failures + 1, reason: failure)
        }
    }

    /// What is known of the ways that a configuration names.
    func facts(of settings: SiteSettings) -> [SelfFacts.SignOfLife] {
        let ways =
            (settings.heartbeat?.channels.map(\.name) ?? []) + (settings.monitor.map { [$0.way] } ?? [])
        return entries.withLock { entries in
            ways.map {
                SelfFacts.SignOfLife(way: $0, failures: entries[$0]?.failures, reason: entries[$0]?.reason)
            }
        }
    }
}

extension MonitorSettings {
    /// What people call the monitor: its host. Its address may be a secret.
    fileprivate var way: String { URL(string: url)?.host ?? "monitor" }
}

extension RunningParts {
    /// Whether every part gets on with its work.
    func isProgressing(at now: Moment) -> Bool {
        progress.allSatisfy { name, uptime in
            now.uptimeMilliseconds - uptime < Watchdog.patience(of: name)
        }
    }
}
