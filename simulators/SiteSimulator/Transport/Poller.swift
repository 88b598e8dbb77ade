import Glibc

/// Waits until one of several descriptors has something to do.
enum Poller {
    /// What to wait for, and what was found.
    struct Interest: OptionSet {
        let rawValue: Int16

        static let read = Interest(rawValue: Int16(POLLIN))
        static let write = Interest(rawValue: Int16(POLLOUT))
        /// The other side is gone, or the descriptor is broken: any of these.
        static let lost = Interest(rawValue: Int16(POLLHUP | POLLERR | POLLNVAL))
    }

    /// The interests that came true, in the order asked.
    static func wait(_ wanted: [(Descriptor, Interest)], seconds: Double) -> [Interest] {
        wait(numbers: wanted.map { ($0.0.number, $0.1) }, seconds: seconds)
    }

    static func wait(numbers wanted: [(Int32, Interest)], seconds: Double) -> [Interest] {
        var entries = wanted.map { pollfd(fd: $0.0, events: $0.1.rawValue, revents: 0) }
        // Rounded up: waking early would turn the last millisecond into a busy loop.
        let milliseconds = Int32((max(0, seconds) * 1000).rounded(.up))
        let found = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        guard found > 0 else { return wanted.map { _ in [] } }
        return entries.map { Interest(rawValue: $0.revents) }
    }
}
