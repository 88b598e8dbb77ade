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

/// What became of waiting for a descriptor.
enum Readiness {
    /// It can be read or written, or it broke: the next call says which.
    case ready
    /// The time was over.
    case expired
    /// The wait was ended from outside.
    case interrupted
}

/// Waits until a descriptor is ready, in slices, so that `isStopping` is noticed within a quarter of a second.
///
/// A negative descriptor waits for the time alone.
func wait(
    for descriptor: CInt, _ events: CInt, until deadlineMicroseconds: Int64, isStopping: () -> Bool
) -> Readiness {
    while true {
        if isStopping() { return .interrupted }
        let left = deadlineMicroseconds - uptimeMicroseconds()
        var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        // Rounded up: a wait that ends early would only be repeated.
        let slice = min(max((left + 999) / 1000, 0), 250)
        if unsafe poll(&request, 1, CInt(slice)) > 0 { return .ready }
        if left <= 0 { return .expired }
    }
}
