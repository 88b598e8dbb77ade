import CLinux
public import Facility
import Glibc

/// The two clocks of the machine and the name of its boot: the only place of the daemon that reads them.
public enum SystemClock {
    /// Now, on both clocks.
    public static func moment() -> Moment {
        Moment(
            wallMilliseconds: milliseconds(of: CLOCK_REALTIME),
            uptimeMilliseconds: milliseconds(of: CLOCK_BOOTTIME))
    }

    /// Whether a time service keeps the wall clock in step; false where the kernel does not say.
    public static var isSynchronised: Bool { sitewatch_clock_is_synchronised() == 1 }

    /// The kernel's name for the running boot, for moments that are kept across a restart.
    public static func bootID() throws(SystemError) -> String {
        let content = try bytes(of: "/proc/sys/kernel/random/boot_id", limit: 128)
        return String(decoding: content.prefix { $0 != 10 }, as: UTF8.self)
    }

    /// Microseconds of the clock that systemd compares reloads with.
    static func monotonicMicroseconds() -> Int64 {
        let time = read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        let time = read(clock)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        let result = unsafe clock_gettime(clock, &time)
        precondition(result == 0, "the kernel has no clock \(clock)")
        return time
    }
}
