public import Engine
public import Facility
internal import Synchronization

/// What waits for the next step of the site loop: filled by field threads and requests, emptied by the loop.
///
/// Bounded: past `sampleLimit` samples only the latest of each point is kept, because a rule needs the present
/// state more than the past one; history has every sample already.
public final class Mailbox: Sendable {
    /// One batch for the engine.
    public struct Content: Sendable {
        /// Samples in the order they came.
        public var samples: [Sample] = []
        /// Requests in the order they came.
        public var commands: [Command] = []
        /// What the daemon found out about itself, the last of each alarm.
        public var conditions: [SelfCondition] = []
        /// How many samples were replaced by later ones of the same point, in all.
        public var replaced: Int64 = 0
        /// When the oldest of the samples came, by uptime milliseconds; nil without samples.
        public var arrivedUptimeMilliseconds: Int64?
    }

    /// One element for each time something arrived in an empty mailbox.
    public let wakeups: AsyncStream<Void>

    private let bell: AsyncStream<Void>.Continuation
    private let content = Mutex(Content())
    private let sampleLimit: Int

    /// An empty mailbox.
    public init(sampleLimit: Int = 65_536) {
        self.sampleLimit = sampleLimit
        (wakeups, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds what a read or a payload brought, by uptime milliseconds. Called from field threads; never blocks
    /// for long.
    public func put(_ samples: [Sample], at uptimeMilliseconds: Int64) {
        content.withLock { content in
            content.samples.append(contentsOf: samples)
            content.arrivedUptimeMilliseconds = content.arrivedUptimeMilliseconds ?? uptimeMilliseconds
            if content.samples.count > sampleLimit { content.keepLatest() }
        }
        bell.yield()
    }

    /// Adds a request.
    public func put(_ command: Command) {
        content.withLock { $0.commands.append(command) }
        bell.yield()
    }

    /// Adds what the daemon found out about itself; of each alarm the last one counts.
    public func put(_ conditions: [SelfCondition]) {
        content.withLock { content in
            content.conditions.removeAll { old in conditions.contains { $0.alarm == old.alarm } }
            content.conditions += conditions
        }
        bell.yield()
    }

    /// Wakes the loop although nothing arrived: a deadline is due.
    public func ring() {
        bell.yield()
    }

    /// Ends `wakeups`; what is still inside can be taken.
    public func close() {
        bell.finish()
    }

    /// What waits for the next step: how many samples, since when by uptime milliseconds; and how many were replaced
    /// by later ones so far.
    public var waiting: (samples: Int, arrivedUptimeMilliseconds: Int64?, replaced: Int64) {
        content.withLock { ($0.samples.count, $0.arrivedUptimeMilliseconds, $0.replaced) }
    }

    /// Takes everything.
    public func take() -> Content {
        content.withLock { content in
            let taken = content
            content.samples = []
            content.arrivedUptimeMilliseconds = nil
            content.commands = []
            content.conditions = []
            return taken
        }
    }
}

extension Mailbox.Content {
    /// Keeps the last sample of each point, in order of arrival.
    fileprivate mutating func keepLatest() {
        var seen: Set<PointID> = []
        let kept = samples.reversed().filter { seen.insert($0.point).inserted }
        replaced += Int64(samples.count - kept.count)
        samples = kept.reversed()
    }
}
