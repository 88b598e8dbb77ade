import Glibc

/// What the simulator asks of its own process.
enum OwnProcess {
    /// Holds back the signals that ask for an end, so that the loop can look for them between two steps,
    /// and the one that would end the process when a peer is gone.
    static func holdSignals() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGPIPE] {
            unsafe sigaddset(&signals, signal)
        }
        _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Whether somebody asked for an end.
    static var isAskedToEnd: Bool {
        var pending = sigset_t()
        guard unsafe sigpending(&pending) == 0 else { return false }
        return unsafe sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1
    }

    static var identifier: Int { Int(getpid()) }

    static var unixSeconds: Int { time(nil) }

    /// Seconds on a clock that never steps.
    static var uptime: Double {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
    }
}
