import Glibc

/// Microseconds since boot, for spans within this process.
func uptimeMicroseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}

/// The system's words for an error number.
func describe(_ code: CInt) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Blocks the calling thread.
func pause(microseconds: Int64) {
    if microseconds > 0 { usleep(useconds_t(min(microseconds, 60_000_000))) }
}

/// What became of waiting for a descriptor.
enum Readiness {
    /// It can be read, or it broke: the next read says which.
    case ready
    /// Its other end is gone, and there is nothing left to be read.
    case hungUp
    /// The time was over.
    case expired
    /// The bell rang.
    case rung
}

/// Waits until something can be read, a bell rings, or an uptime in microseconds is reached.
func wait(for descriptor: CInt, or bell: Bell, until deadlineMicroseconds: Int64) -> Readiness {
    while true {
        let left = deadlineMicroseconds - uptimeMicroseconds()
        var requests = [
            pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        // Rounded up: a wait that ends early would only be repeated.
        let milliseconds = CInt(min(max((left + 999) / 1000, 0), 60_000))
        if unsafe poll(&requests, 2, milliseconds) > 0 {
            if requests[0].revents != 0 {
                bell.quieten()
                return .rung
            }
            if requests[1].revents & Int16(POLLIN) != 0 { return .ready }
            if requests[1].revents != 0 { return .hungUp }
        }
        if left <= 0 { return .expired }
    }
}
