public import Facility
internal import Synchronization

/// The one way for samples from the buses into the site.
///
/// A bus numbers its points as they were numbered when it started. A reload may number them anew, and a bus that
/// it does not concern goes on: the gate then translates. While the numbers change it holds what arrives, so
/// that nothing is lost and nothing is taken for another point.
public final class SampleGate: Sendable {
    /// One bus's way through the gate.
    public struct Lane: Hashable, Sendable {
        fileprivate let number: Int
    }

    private enum Phase {
        /// For the history and the rules.
        case open
        /// For the history alone: that reading ends is no news about the equipment.
        case closing
    }

    private struct State {
        /// For each lane whose numbers are not those of the site any more: what its points are called now,
        /// nil for those that are gone.
        var translations: [Lane: [PointID?]] = [:]
        /// The lanes of buses that run, and of those that are being stopped.
        var lanes: [Lane: Phase] = [:]
        var nextLane = 0
        var isHolding = false
        var held: [(lane: Lane, samples: [Sample], isLate: Bool)] = []
        var heldCount = 0
        var dropped = 0

        /// Keeps samples until the gate opens; the oldest make room for the newest.
        mutating func hold(_ samples: [Sample], over lane: Lane, isLate: Bool) {
            held.append((lane, samples, isLate))
            heldCount += samples.count
            guard heldCount > SampleGate.heldLimit else { return }
            // Half at once: moving the rest each time would hold up every bus.
            var excess = 0
            while heldCount > SampleGate.heldLimit / 2, excess < held.count {
                heldCount -= held[excess].samples.count
                dropped += held[excess].samples.count
                excess += 1
            }
            held.removeFirst(excess)
        }
    }

    /// So many samples wait at most while a reload is made durable: some seconds of the largest site.
    private static let heldLimit = 500_000

    private let state = Mutex(State())
    private let store: @Sendable ([Sample]) -> Void
    private let judge: @Sendable ([Sample]) -> Void

    /// A gate that is open.
    ///
    /// - Parameters:
    ///   - store: takes every sample for the history, one call at a time.
    ///   - judge: takes for the rules what was read while the bus ran, one call at a time.
    public init(store: @escaping @Sendable ([Sample]) -> Void, judge: @escaping @Sendable ([Sample]) -> Void)
    {
        self.store = store
        self.judge = judge
    }

    /// A way through for a bus that numbers its points as the site does from now on.
    public func addLane() -> Lane {
        state.withLock { state in
            let lane = Lane(number: state.nextLane)
            state.nextLane += 1
            state.lanes[lane] = .open
            return lane
        }
    }

    /// Keeps from the rules what a bus says from now on: it is being stopped.
    public func close(_ lane: Lane) {
        state.withLock { $0.lanes[lane] = .closing }
    }

    /// Ends a way; nothing comes over it any more.
    public func remove(_ lane: Lane) {
        state.withLock { state in
            state.lanes[lane] = nil
            state.translations[lane] = nil
            state.held.removeAll { $0.lane == lane }
        }
    }

    /// Takes what a bus read. Called on the thread of the bus.
    ///
    /// - Parameter isLate: whether something newer of the points is known already, so that the samples are for the
    ///   history alone.
    public func pass(_ samples: [Sample], over lane: Lane, isLate: Bool = false) {
        state.withLock { state in
            guard state.lanes[lane] != nil else { return }
            guard !state.isHolding else { return state.hold(samples, over: lane, isLate: isLate) }
            // Inside the lock: once `hold` has returned, nothing in the old numbers is on its way.
            deliver(samples, over: lane, isLate: isLate, state)
        }
    }

    /// Lets nothing through until `release`.
    public func hold() {
        state.withLock { $0.isHolding = true }
    }

    /// Lets everything through again, in new numbers.
    ///
    /// - Parameters:
    ///   - old: how many points the site had in the numbers that end.
    ///   - rename: what a point is called now; nil if it is gone.
    public func release(old: Int, rename: (PointID) -> PointID?) {
        state.withLock { state in
            for lane in state.lanes.keys {
                let names = state.translations[lane] ?? (0..<old).map { PointID($0) }
                let renamed = names.map { $0.flatMap(rename) }
                // Most reloads number nothing anew, and then every sample is spared the look-up. A point that is
                // gone counts as a change: its number may mean another one now.
                let isSame = renamed.enumerated().allSatisfy { $1 == PointID($0) }
                state.translations[lane] = isSame ? nil : renamed
            }
            state.isHolding = false
            for (lane, samples, isLate) in state.held {
                deliver(samples, over: lane, isLate: isLate, state)
            }
            state.held = []
            state.heldCount = 0
        }
    }

    /// How many samples were dropped, because a reload held the gate for too long.
    public var dropped: Int { state.withLock { $0.dropped } }

    private func deliver(
        _ samples: [Sample], over lane: Lane, isLate: Bool, _ state: borrowing State
    ) {
        var samples = samples
        if let names = state.translations[lane] {
            samples = samples.compactMap { sample in
                names[Int(sample.point.index)].map { sample.renamed($0) }
            }
        }
        guard !samples.isEmpty else { return }
        store(samples)
        if state.lanes[lane] == .open, !isLate { judge(samples) }
    }
}

extension Sample {
    /// The same reading under another number.
    fileprivate func renamed(_ point: PointID) -> Sample {
        guard let value else {
            guard case .bad(let fault) = quality else { return self }
            return Sample(point, failed: fault, at: wallMilliseconds)
        }
        return Sample(point, value, quality, at: wallMilliseconds)
    }
}
