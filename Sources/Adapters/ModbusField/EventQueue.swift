import CLinux
import Glibc

/// Waits for many descriptors at once, and for a bell that any thread can ring.
///
/// Unlike `select` it holds as many descriptors as the process may open.
final class EventQueue: Sendable {
    /// What happened to a descriptor.
    struct Event {
        /// What it was added under.
        let key: UInt64
        /// Whether it can be read, was closed or broke: the next read says which.
        let isReadable: Bool
        /// Whether it can be written, or broke.
        let isWritable: Bool
    }

    /// What is waited for at a descriptor.
    enum Interest {
        /// That it can be written, as a new connection can.
        case writing
        /// That something comes, or that the peer leaves.
        case reading

        fileprivate var events: UInt32 {
            switch self {
            case .writing: EPOLLOUT.rawValue
            case .reading: EPOLLIN.rawValue | EPOLLRDHUP.rawValue
            }
        }
    }

    /// How much is taken at once: the rest waits for the next round, after the deadlines.
    private static let batch = 256
    private static let bellKey = UInt64.max

    private let queue: CInt
    private let bell: Bell

    init() {
        queue = epoll_create1(CInt(EPOLL_CLOEXEC))
        precondition(queue >= 0, "no event queue: \(describe(errno))")
        bell = Bell()
        change(EPOLL_CTL_ADD, bell.descriptor, .reading, key: Self.bellKey)
    }

    deinit { close(queue) }

    /// Ends the wait under way, or the next one.
    func ring() { bell.ring() }

    /// Waits for a descriptor from now on.
    func add(_ descriptor: CInt, _ interest: Interest, key: UInt64) {
        change(EPOLL_CTL_ADD, descriptor, interest, key: key)
    }

    /// Waits for something else at a descriptor. One that is closed is forgotten by itself.
    func change(_ descriptor: CInt, to interest: Interest, key: UInt64) {
        change(EPOLL_CTL_MOD, descriptor, interest, key: key)
    }

    private func change(_ operation: CInt, _ descriptor: CInt, _ interest: Interest, key: UInt64) {
        var event = unsafe epoll_event(events: interest.events, data: epoll_data_t(u64: key))
        let code = unsafe epoll_ctl(queue, operation, descriptor, &event)
        precondition(code == 0, "a descriptor cannot be waited for: \(describe(errno))")
    }

    /// Waits until something happens or a time has passed, and appends what happened.
    func wait(milliseconds: CInt, into events: inout [Event]) {
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { buffer in
            let count = unsafe epoll_wait(queue, buffer.baseAddress, CInt(Self.batch), milliseconds)
            for index in 0..<max(Int(count), 0) {
                let event = unsafe buffer[index]
                let key = unsafe event.data.u64
                guard key != Self.bellKey else {
                    bell.quieten()
                    continue
                }
                let flags = unsafe event.events
                let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
                events.append(
                    Event(
                        key: key,
                        isReadable: flags & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | broken) != 0,
                        isWritable: flags & (EPOLLOUT.rawValue | broken) != 0))
            }
        }
    }
}

/// Ends another thread's wait.
final class Bell: Sendable {
    /// Readable from a ring until it is quietened.
    let descriptor: CInt

    init() {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(descriptor >= 0, "no bell: \(describe(errno))")
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable.
    func ring() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Takes all rings so far.
    func quieten() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
