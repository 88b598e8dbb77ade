internal import Delivery
internal import Facility
internal import Foundation
internal import Historian
internal import Ledger
internal import Logging
internal import Notices
internal import ServiceLifecycle
internal import SiteConfig
internal import SystemService
internal import WebAPI

extension Daemon {
    /// Opens the ledger; one that is damaged is set aside with its name and time, and said so.
    func openLedger(boot: String) throws -> LedgerStore {
        let path = options.data + "/ledger.sqlite"
        do throws(LedgerError) {
            let ledger = try LedgerStore(
                path: path, boot: boot, onDamage: .startNew(at: SystemClock.moment().wallMilliseconds))
            if let damage = ledger.damage {
                logger.critical(
                    "ledger.damaged", metadata: ["kept": "\(damage.keptAt)", "detail": "\(damage.detail)"])
            }
            return ledger
        } catch {
            throw DaemonError.unusable(error.message)
        }
    }

    /// Opens the history; replays what the tail kept.
    func openHistory(
        _ configuration: Configuration, boot: String, clock: @escaping @Sendable () -> Moment
    ) throws -> HistoryStore {
        let folder = options.data + "/history"
        do throws(HistoryError) {
            return try HistoryStore(
                folder: folder, points: configuration.site.points, settings: configuration.historySettings,
                boot: boot, clock: clock, disk: { FileSystem.space(of: folder) },
                didSeal: MemoryFootprint.releaseFreePages)
        } catch {
            throw DaemonError.unusable(
                Message(
                    "daemon.history-unusable", ["path": .text(folder), "reason": .message(error.message)]))
        }
    }

    /// The channels of a configuration, ready to drain the outbox.
    func delivery(
        of configuration: Configuration, ledger: LedgerStore, publishers: Publishers,
        clock: @escaping @Sendable () -> Moment
    ) throws -> DeliveryService {
        let links = try links()
        var ports = ChannelPorts(
            site: configuration.site.id, zone: configuration.site.zone, catalog: catalog,
            person: { [site = configuration.site] in site.person($0) },
            asset: { [site = configuration.site] in site.asset($0) },
            publish: { bus, topic, payload, retain in
                try await publishers.publish(bus, topic, payload, retain: retain)
            })
        if let address = configuration.settings.publicURL {
            let kinds = Set(Channels.kinds.filter(\.addressesPeople).map(\.name))
            let readByOne = Set(configuration.channels.filter { kinds.contains($0.kind) }.map(\.id))
            ports.link = { notice in
                LinkTicket(notice, isPrivate: readByOne.contains(notice.channel)).map {
                    "\(address)/a/\(links.token(of: $0))"
                }
            }
        }
        do throws(DeliveryError) {
            return try DeliveryService(
                configuration.channels, catalog: catalog, channelPorts: ports,
                ports: .outbox(of: ledger, clock: clock))
        } catch {
            throw DaemonError.unusable(error.message)
        }
    }

    /// Makes and reads links; their key is made at the first start.
    func links() throws -> PhoneLinks {
        do throws(DeliveryError) {
            return try PhoneLinks(keyFile: options.data + "/links.key")
        } catch {
            throw DaemonError.unusable(error.message)
        }
    }

    /// The parts as services: started in this order, stopped in reverse.
    func services(
        _ parts: RunningParts, _ publishers: Publishers, _ views: Views, web: WebServer,
        notifier: SystemNotifier
    ) -> [any Service] {
        [
            Part { try await parts.history.run() },
            Part {
                await Housekeeping(
                    parts: parts, catalog: catalog, language: options.language, logger: logger
                ).run()
            },
            Part {
                var watch = SelfWatch(parts: parts, dataFolder: options.data)
                await watch.run()
            },
            Part {
                while (try? await Task.sleep(for: .seconds(5))) != nil { _ = await views.buses }
            },
            Part {
                try await parts.delivery.run()
                publishers.stop()
            },
            Part {
                let remote = RemoteDesk(parts: parts, catalog: catalog, links: try links())
                await CommandTopics(parts: parts, remote: remote, logger: logger).run()
            },
            Part { await LifeSigns(parts: parts, catalog: catalog, logger: logger).run() },
            Part {
                try await parts.loop.run {
                    notifier.ready()
                    logger.notice("daemon.ready")
                }
            },
            Part {
                let configuration = parts.configuration
                publishers.connect(for: configuration.channels)
                parts.field.run(modbus: configuration.modbusBuses, mqtt: configuration.mqttBuses)
                let keeper = FieldKeeper(parts: parts, logger: logger)
                await keeper.run()
                await parts.field.stop()
                await keeper.save()
            },
            web,
            Part {
                await parts.warming.run(
                    parts.warmups, site: parts.configuration.site,
                    watchedUntilWallMilliseconds: parts.watchedUntilWallMilliseconds)
                await untilCancelled()
            },
            Part {
                // By then every bus was read once, and whatever runs now runs every day.
                try await Task.sleep(for: .seconds(8))
                MemoryFootprint.releaseStartUpPages()
                await untilCancelled()
            },
            Part {
                await Watchdog(parts: parts, notifier: notifier, logger: logger).run()
                notifier.stopping()
            },
        ]
    }
}

/// A part of the daemon as a service: its work is cancelled when the daemon stops gracefully.
private struct Part: Service {
    let work: @Sendable () async throws -> Void

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown(work)
        } catch is CancellationError {
            // Stopping is how a part ends.
        }
    }
}

/// Waits until the task is cancelled.
func untilCancelled() async {
    let (stream, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
}

extension DeliveryPorts {
    /// The outbox of a ledger.
    fileprivate static func outbox(
        of ledger: LedgerStore, clock: @escaping @Sendable () -> Moment
    ) -> DeliveryPorts {
        DeliveryPorts(
            claim: { claim in
                try await ledger.claim(claim).map {
                    ClaimedNotice(
                        notice: $0.notice, attempt: $0.attempt,
                        deliverByWallMilliseconds: $0.deliverByWallMilliseconds,
                        goesOnWallMilliseconds: $0.goesOnWallMilliseconds)
                }
            },
            passOn: { try await ledger.passOn($0) },
            settle: { notice, result, fallback, now in
                let outcome: AttemptOutcome =
                    switch result {
                    case .delivered(let answer): .delivered(answer: answer)
                    case .accepted(let answer): .accepted(answer: answer)
                    case .retry(let reason, let at): .retry(reason: reason, at: at)
                    case .postponed(let reason, let at): .postponed(reason: reason, at: at)
                    case .interrupted(let reason): .interrupted(reason: reason)
                    case .dead(let reason): .dead(reason: reason)
                    }
                try await ledger.settle(notice, outcome, fallback: fallback, now: now)
            },
            recentSendings: { channel, since in
                try await ledger.recentSendings(channel: channel, since: since)
            },
            nextAttempt: { channel in try await ledger.nextAttempt(channel: channel) },
            abandon: { channels, reason, now in
                try await ledger.abandon(exceptFor: channels, because: reason, now: now)
            },
            now: clock)
    }
}

extension Configuration {
    /// How the history is kept.
    var historySettings: HistorySettings {
        HistorySettings(
            syncMilliseconds: settings.syncMilliseconds,
            retention: settings.retention,
            // A steady point is stored once a minute, so that a look at the last minutes always finds it.
            heartbeatMilliseconds: 60_000, reserveBytes: settings.reserveBytes)
    }
}
