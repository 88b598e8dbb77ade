internal import Facility
internal import Logging
internal import SystemService

/// Pings the service manager, but only while every part gets on with its work.
struct Watchdog: Sendable {
    let parts: RunningParts
    let notifier: SystemNotifier
    let logger: Logger

    /// How long a part may go without getting on before it counts as stuck, milliseconds.
    ///
    /// Each covers the longest wait that is no fault of the part's: a foreign program may hold the ledger for a
    /// minute, a name server may keep a bus thread waiting for longer.
    static func patience(of part: String) -> Int64 {
        part.hasPrefix("bus:") ? 120_000 : 75_000
    }

    /// Pings until cancelled; without a watchdog it only waits.
    func run() async {
        guard let period = notifier.watchdogMilliseconds else { return await untilCancelled() }
        var gate = WatchdogGate(parts: Array(parts.progress.keys))
        var round: Int64 = 0
        while (try? await Task.sleep(for: .milliseconds(period / 2))) != nil {
            round += 1
            let uptime = parts.clock().uptimeMilliseconds
            // A part that got on lately counts as moving in every round, one that did not stands still.
            let moving = Dictionary(
                uniqueKeysWithValues: parts.progress.map { name, last in
                    (name, uptime - last < Self.patience(of: name) ? round : 0)
                })
            gate.watch(Array(moving.keys))
            if gate.ping(progress: moving) {
                notifier.watchdog()
            } else {
                logger.error(
                    "watchdog.withheld", metadata: ["stuck": "\(gate.stuck.joined(separator: ","))"])
            }
        }
    }
}
