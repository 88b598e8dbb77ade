internal import Logging
internal import SystemService

/// Pings the service manager, but only while every part gets on with its work.
struct Watchdog: Sendable {
    let parts: RunningParts
    let notifier: SystemNotifier
    let logger: Logger

    /// Pings until cancelled; without a watchdog it only waits.
    func run() async {
        guard let period = notifier.watchdogMilliseconds else { return await untilCancelled() }
        var gate = WatchdogGate(parts: Array(parts.progress.keys))
        while (try? await Task.sleep(for: .milliseconds(period / 2))) != nil {
            let progress = parts.progress
            gate.watch(Array(progress.keys))
            if gate.ping(progress: progress) {
                notifier.watchdog()
            } else {
                logger.error(
                    "watchdog.withheld", metadata: ["stuck": "\(gate.stuck.joined(separator: ","))"])
            }
        }
    }
}
