public import Facility

/// How many messages a way out carries in a span of time.
///
/// Counted over every span of that length, not refilled like a bucket: a service that allows twenty a minute
/// counts any sixty seconds. Part of each span is kept for what is urgent.
public struct SendingQuota: Hashable, Sendable {
    /// Whose messages are counted together.
    public enum Scope: Hashable, Sendable {
        /// Everybody's.
        case channel
        /// Each recipient's for themselves.
        case recipient
    }

    /// So many messages in so long.
    public struct Window: Hashable, Sendable {
        /// How many.
        public let count: Int
        /// In how long, milliseconds.
        public let milliseconds: Int64
        /// Whose.
        public let scope: Scope

        /// Describes a window.
        public init(_ count: Int, per milliseconds: Int64, _ scope: Scope = .channel) {
            precondition(count > 0 && milliseconds > 0, "a window of \(count) in \(milliseconds) ms")
            self.count = count
            self.milliseconds = milliseconds
            self.scope = scope
        }

        /// How many of the window's messages there may be before one of this priority has to wait: the less
        /// urgent ones leave room for those that are more so.
        public func share(of priority: Priority) -> Int {
            switch priority {
            case .p1: count
            case .p2: max(1, (count * 4 + 4) / 5)
            case .p3, .p4: max(1, (count * 3 + 4) / 5)
            }
        }
    }

    /// The windows, all of which a message has to fit into.
    public let windows: [Window]

    /// Collects windows.
    public init(_ windows: [Window]) { self.windows = windows }

    /// As many as there are.
    public static let unlimited = SendingQuota([])

    /// How far back it matters what was sent, milliseconds.
    public var memoryMilliseconds: Int64 { windows.map(\.milliseconds).max() ?? 0 }
}

/// Counts what left by a way out, and says what may leave next.
public struct QuotaMeter: Sendable {
    private struct Sending: Sendable {
        let recipient: PersonID?
        let uptimeMilliseconds: Int64
    }

    private let quota: SendingQuota
    private var sendings: [Sending] = []

    /// A meter that has counted nothing.
    public init(_ quota: SendingQuota) { self.quota = quota }

    /// A message left.
    public mutating func sent(to recipient: PersonID?, at uptimeMilliseconds: Int64) {
        guard !quota.windows.isEmpty else { return }
        sendings.removeAll { uptimeMilliseconds - $0.uptimeMilliseconds >= quota.memoryMilliseconds }
        sendings.append(Sending(recipient: recipient, uptimeMilliseconds: uptimeMilliseconds))
    }

    /// The least urgent priority of which a message may leave now; nil if none may.
    public func lowestPriority(at uptimeMilliseconds: Int64) -> Priority? {
        Priority.allCases.last { priority in
            windows(.channel).allSatisfy { window in
                used(window, nil, at: uptimeMilliseconds) < window.share(of: priority)
            }
        }
    }

    /// Whom no message of a priority may go to now.
    public func restingRecipients(_ priority: Priority, at uptimeMilliseconds: Int64) -> Set<PersonID> {
        let recipients = Set(sendings.compactMap(\.recipient))
        return recipients.filter { recipient in
            windows(.recipient).contains { window in
                used(window, recipient, at: uptimeMilliseconds) >= window.share(of: priority)
            }
        }
    }

    /// How long until something may leave that may not leave now, milliseconds; nil if nothing is held back.
    public func wait(at uptimeMilliseconds: Int64) -> Int64? {
        quota.windows.flatMap { window in
            full(window, at: uptimeMilliseconds).map { $0 + window.milliseconds - uptimeMilliseconds }
        }.min()
    }

    private func windows(_ scope: SendingQuota.Scope) -> [SendingQuota.Window] {
        quota.windows.filter { $0.scope == scope }
    }

    // When the oldest messages left of those that fill a window for somebody.
    private func full(_ window: SendingQuota.Window, at uptime: Int64) -> [Int64] {
        let recipients: Set<PersonID?> =
            window.scope == .channel ? [nil] : Set(sendings.map(\.recipient).filter { $0 != nil })
        return recipients.compactMap { recipient in
            let counted = recent(window, recipient, at: uptime)
            return counted.count >= window.share(of: .p4)
                ? counted.map(\.uptimeMilliseconds).min() : nil
        }
    }

    private func used(_ window: SendingQuota.Window, _ recipient: PersonID?, at uptime: Int64) -> Int {
        recent(window, recipient, at: uptime).count
    }

    private func recent(
        _ window: SendingQuota.Window, _ recipient: PersonID?, at uptime: Int64
    ) -> [Sending] {
        sendings.filter { sending in
            uptime - sending.uptimeMilliseconds < window.milliseconds
                && (window.scope == .channel || sending.recipient == recipient)
        }
    }
}
