internal import Facility
internal import Historian
internal import Logging
internal import Rules
internal import Trends

/// Reads the history for the windows of rules that a restart or a new rule left empty, while the engine runs.
///
/// One rule instance after another, each in parts, off the site loop: the loop only takes what came of it. A
/// history that cannot be read leaves the windows to fill by themselves.
struct WindowWarming: Sendable {
    private let history: HistoryStore
    private let loop: SiteLoop
    private let logger: Logger

    /// Warming of a loop's engine.
    init(history: HistoryStore, loop: SiteLoop, logger: Logger) {
        self.history = history
        self.loop = loop
        self.logger = logger
    }

    /// For how long a stored value holds, by the path of its point.
    static func holds(of history: HistoryStore) -> [String: Int64] {
        Dictionary(
            history.points().map { ($0.path, $0.holdMilliseconds) }, uniquingKeysWith: { _, last in last })
    }

    /// Fills windows.
    ///
    /// - Parameter watchedUntilWallMilliseconds: until when somebody watched before the windows began; what was
    ///   read last holds no longer.
    func run(_ warmups: [RuleWarmup], site: Site, watchedUntilWallMilliseconds end: Int64) async {
        guard !warmups.isEmpty else { return }
        let clock = ContinuousClock()
        let began = clock.now
        for var warmup in warmups {
            do throws(HistoryError) {
                try await fill(&warmup, site)
            } catch {
                logger.error("rules.windows-not-filled", metadata: ["error": "\(error.message.key)"])
                return
            }
            if Task.isCancelled { return }
            warmup.finish(watchedUntilWallMilliseconds: end)
            await loop.warm(warmup)
        }
        logger.notice(
            "rules.windows-filled",
            metadata: [
                "instances": "\(warmups.count)",
                "milliseconds": "\(began.duration(to: clock.now).wholeMilliseconds)",
            ])
    }

    /// Plays the samples of an instance's points to it, in the order of their time.
    private func fill(_ warmup: inout RuleWarmup, _ site: Site) async throws(HistoryError) {
        var streams: [PointStream] = []
        for point in Set(warmup.points).sorted(by: { $0.index < $1.index }) {
            var stream = PointStream(
                point,
                history.batches(
                    of: site[point].path, from: warmup.fromWallMilliseconds,
                    to: warmup.start.wallMilliseconds))
            try await stream.refill()
            streams.append(stream)
        }
        while !Task.isCancelled, let place = earliest(streams), let sample = streams[place].next {
            warmup.take(sample)
            try await streams[place].advance()
        }
    }

    private func earliest(_ streams: [PointStream]) -> Int? {
        streams.indices
            .compactMap { place in streams[place].next.map { (place, $0.wallMilliseconds) } }
            .min { $0.1 < $1.1 }?.0
    }
}

/// The readings of one point, one after another.
private struct PointStream {
    private let point: PointID
    private var batches: HistoryBatches
    private var batch: [HistoricSample] = []
    private var place = 0

    init(_ point: PointID, _ batches: HistoryBatches) {
        self.point = point
        self.batches = batches
    }

    /// The reading that comes next; nil at the end.
    var next: Sample? {
        guard place < batch.count else { return nil }
        let reading = batch[place]
        guard let value = reading.value else {
            guard case .bad(let fault) = reading.quality else {
                return Sample(point, failed: .neverRead, at: reading.wallMilliseconds)
            }
            return Sample(point, failed: fault, at: reading.wallMilliseconds)
        }
        return Sample(point, value, reading.quality, at: reading.wallMilliseconds)
    }

    mutating func advance() async throws(HistoryError) {
        place += 1
        if place >= batch.count { try await refill() }
    }

    mutating func refill() async throws(HistoryError) {
        batch = try await batches.next() ?? []
        place = 0
    }
}
